#include <gmock/gmock.h>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FilesSource : public FileTest {
 protected:
  FileIdentity identity_of(const std::string& path) {
    entity_.read.files = path;
    JobSpec job;
    CensusRequest request;
    auto result = source()->census(job, entity_, request);
    EXPECT_TRUE(result && result->extents.size() == 1);
    return result->extents[0].extent.identity;
  }
};

TEST_F(FilesSource, ReadsAFileThatIsAsItWasPlanned) {
  const std::string path = write("a.csv", "a\n1\n");
  const FileIdentity identity = identity_of(path);
  EXPECT_EQ(identity.size_bytes, 4);
  EXPECT_EQ(identity.digest.size(), 64U);
  EXPECT_EQ(read(path, {"a"}, 1 << 20, identity).rows, (Table{{"1"}}));
}

TEST_F(FilesSource, AFileThatGrewSinceItWasPlannedIsRefused) {
  const std::string path = write("a.csv", "a\n1\n");
  const FileIdentity identity = identity_of(path);
  write("a.csv", "a\n1\n2\n");
  const Read got = read(path, {"a"}, 1 << 20, identity);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kSourceChanged);
  EXPECT_THAT(got.error->message, HasSubstr("a.csv"));
}

TEST_F(FilesSource, OtherContentOfEqualSizeAndTimeIsRefused) {
  const std::string path = write("a.csv", "a\n1\n");
  const FileIdentity identity = identity_of(path);
  const auto time = std::filesystem::last_write_time(path);
  write("a.csv", "a\n2\n");
  std::filesystem::last_write_time(path, time);
  const Read got = read(path, {"a"}, 1 << 20, identity);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kSourceChanged);
}

TEST_F(FilesSource, AFileThatChangesWhileItIsReadIsRefused) {
  std::string text = "a\n";
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + "\n";
  const std::string path = write("a.csv", text);
  ReadRequest request;
  request.entity = &entity_;
  request.columns = {"a"};
  request.extent.kind = ExtentKind::kFile;
  request.extent.path = path;
  request.extent.identity = identity_of(path);
  auto from = source(4096);
  auto rows = from->open(request);
  ASSERT_TRUE(rows);
  RowBatch batch;
  std::vector<Reject> faults;
  ASSERT_TRUE((*rows)->next(batch, faults));
  std::ofstream(path, std::ios::app) << "more\n";
  std::optional<Error> error;
  for (int i = 0; i < 1000 && !error; ++i) {
    auto more = (*rows)->next(batch, faults);
    if (!more) error = more.error();
    if (more && !*more) break;
  }
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kSourceChanged);
}

TEST_F(FilesSource, AReadEndsWhenItIsCalledOff) {
  const std::string path = write("a.csv", "a\n1\n");
  auto from = source();
  ReadRequest request;
  request.entity = &entity_;
  request.columns = {"a"};
  request.extent.kind = ExtentKind::kFile;
  request.extent.path = path;
  auto rows = from->open(request);
  ASSERT_TRUE(rows);
  from->cancel();
  RowBatch batch;
  std::vector<Reject> faults;
  const auto more = (*rows)->next(batch, faults);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kCancelled);
  // The session is kept for the next task.
  rows = from->open(request);
  ASSERT_TRUE(rows);
  EXPECT_TRUE((*rows)->next(batch, faults));
}

TEST_F(FilesSource, ATruncatedArchiveIsAnErrorAndNotAShortFile) {
  // A gzip member with its last bytes cut off.
  const std::string path =
      write("a.csv.gz", std::string_view("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\xe4", 12));
  const Read got = read(path, {"a"});
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("ends in the middle of its gzip data"));
}

TEST_F(FilesSource, ABadByteRefusesItsRowAndNamesItsOffset) {
  const Read got = read(write("a.csv", "a,b\n1,ok\n2,caf\xe9\n3,ok\n"));
  EXPECT_EQ(got.rows, (Table{{"1", "ok"}, {"3", "ok"}}));
  ASSERT_EQ(got.faults.size(), 1U);
  EXPECT_EQ(got.faults[0].rule, "encoding");
  EXPECT_EQ(got.faults[0].reason, "line 3: the byte 0xE9 at offset 14 is not UTF-8");
  EXPECT_EQ(got.faults[0].original, "2,caf\\xE9");
}

TEST_F(FilesSource, ABadByteInTheHeaderIsAnErrorThatNamesTheEncoding) {
  const Read got = read(write("a.csv", "a,a\xf1o\n1,2\n"));
  ASSERT_TRUE(got.error);
  EXPECT_THAT(got.error->message, HasSubstr("0xF1 at offset 3"));
  EXPECT_THAT(got.error->advice, HasSubstr("encoding"));
}

TEST_F(FilesSource, AByteThatTheEncodingHasNotIsNamed) {
  entity_.read.file_options.encoding = "cp1252";
  const Read got = read(write("a.csv", "a\nx\n\x81\n"));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("0x81 at offset 4"));
}

TEST_F(FilesSource, AnUnknownEncodingIsAUsageError) {
  entity_.read.file_options.encoding = "latin-2b";
  const Read got = read(write("a.csv", "a\n1\n"));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kUsage);
}

TEST_F(FilesSource, TheConnectionMayBeTheFolder) {
  write("shop/a.csv", "a\n1\n");
  entity_.read.files = "a.csv";
  const std::vector<std::string> connections = {"shop", "file:shop", "file://" + folder_ + "/shop",
                                                folder_ + "/shop/"};
  for (const std::string& connection : connections) {
    SourceRequest request;
    request.connection = connection;
    request.directory = folder_;
    const auto made = open_files_source(request);
    ASSERT_TRUE(made);
    EXPECT_TRUE((*made)->describe(entity_)) << connection;
  }
}

TEST_F(FilesSource, ParquetNeedsAReaderOfItsOwn) {
  entity_.read.file_options.format = FileFormat::kParquet;
  const Read got = read(write("a.parquet", "PAR1"));
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace decant::testing
