// The bytes of stage files, and what is refused of them.
#include <gmock/gmock.h>

#include <cstring>
#include <filesystem>

#include "common/base/text.h"
#include "common/connector/duckdb/stage_file.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/duckdb/stage_files.h"

namespace decant::test {
namespace {

using duck::StageFile;
using testing::HasSubstr;
using testing::StartsWith;

const std::vector<PlanColumn> k_columns = {
    {"b", "bool"},         {"i", "int16"},        {"j", "int32"},         {"k", "int64"},
    {"n", "decimal(4,2)"}, {"m", "decimal(9,4)"}, {"l", "decimal(18,4)"}, {"w", "decimal(38,10)"},
    {"f", "float64"},      {"d", "date"},         {"t", "time"},          {"ts", "timestamp"},
    {"tz", "timestamptz"}, {"s", "text"},         {"x", "bytes"},         {"u", "uuid"},
    {"js", "json"}};

std::vector<TextRow> some_rows() {
  return {{"true", "-2", "-3", "-4", "-1.25", "2.5", "-3.75", "12345678901234567890.5", "0.5",
           "2024-02-29", "21:05:00.000123", "2024-08-31 21:05:00", "2024-08-31 21:05:00+00",
           "more than twelve", "\\x00ff", "7f3a52c1-0b6e-4f0a-9d3b-0123456789ab", "{\"a\": 1}"},
          TextRow(k_columns.size()),
          {"false", "2", "3", "4", "1.25", "-2.5", "3.75", "-1", "-0.5", "infinity", "24:00:00",
           "-infinity", "infinity", "", "\\x", "00000000-0000-0000-0000-000000000000", "null"}};
}

class StageFiles : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }

  std::string small_file() { return read_file(write_stage(path("small"), k_columns, some_rows())); }

  // What is wrong with a file of these bytes, reading all of it; empty: nothing.
  std::string fault_of(const std::string& bytes) const {
    write_file(path("bytes"), bytes);
    const auto file = StageFile::open(path("bytes"));
    if (!file) return checked(file.error());
    ByteBuffer buffer;
    for (std::size_t block = 0; block < (*file)->footer().block_rows.size(); ++block) {
      for (std::size_t column = 0; column < (*file)->footer().columns.size(); ++column) {
        const auto section = (*file)->read(block, column, buffer);
        if (!section) return checked(section.error());
      }
    }
    return {};
  }

  std::string checked(const Error& error) const {
    EXPECT_EQ(error.code, ErrorCode::kUnreachable);
    EXPECT_THAT(error.message, StartsWith("The stage file " + path("bytes") + " is not whole: "));
    return error.message;
  }

  const TempFolder folder_;
};

// DECANT_REFRESH_GOLDEN=1 writes it anew; a changed one means a new version (STAGE.md).
TEST_F(StageFiles, HaveTheBytesOfTheirVersion) {
  const std::string bytes = small_file();
  std::string listing;
  for (std::size_t at = 0; at < bytes.size(); at += 32) {
    const std::string_view line = std::string_view(bytes).substr(at, 32);
    listing += to_hex({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()}) + "\n";
  }
  const std::string golden =
      std::string(DECANT_SOURCE_DIR) + "/tests/unit/duckdb/golden/stage_1.hex";
  if (std::getenv("DECANT_REFRESH_GOLDEN") != nullptr) write_file(golden, listing);
  ASSERT_TRUE(std::filesystem::exists(golden)) << "run with DECANT_REFRESH_GOLDEN=1";
  EXPECT_EQ(listing, read_file(golden));
}

TEST_F(StageFiles, ThatAreCutOffAnywhereAreRefused) {
  const std::string bytes = small_file();
  ASSERT_EQ(fault_of(bytes), "");
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_NE(fault_of(bytes.substr(0, size)), "") << size << " of " << bytes.size() << " bytes";
}

TEST_F(StageFiles, WithABitThatIsOtherwiseAnywhereAreRefused) {
  const std::string bytes = small_file();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string other = bytes;
    other[at] = static_cast<char>(other[at] ^ (1 << (at % 8)));
    ASSERT_NE(fault_of(other), "") << "byte " << at << " of " << bytes.size();
  }
}

TEST_F(StageFiles, WithBytesThatAreNoneOfTheirsAreRefused) {
  const std::string bytes = small_file();
  EXPECT_NE(fault_of(bytes + '\0'), "");
  EXPECT_NE(fault_of('\0' + bytes), "");
  EXPECT_NE(fault_of(bytes + bytes), "");
  EXPECT_NE(fault_of(std::string(bytes.size(), '\0')), "");
  // As a disk leaves it that kept the length and lost a page.
  std::string holed = bytes;
  holed.replace(100, 64, 64, '\0');
  EXPECT_NE(fault_of(holed), "");
}

// A footer that says what it likes, with a checksum that is right.
TEST_F(StageFiles, WhoseFootersLieAreRefusedAndNotBelieved) {
  const std::string bytes = small_file();
  const auto tail = bytes.size() - duck::k_stage_tail_bytes;
  std::uint64_t size = 0;
  std::memcpy(&size, bytes.data() + tail, sizeof size);
  const std::string sections = bytes.substr(0, tail - size);
  const std::string footer = bytes.substr(tail - size, size);
  ASSERT_TRUE(duck::parse_footer(footer, sections.size()).has_value());
  int refused = 0;
  for (std::size_t at = 0; at < footer.size(); ++at) {
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      std::string other = footer;
      other[at] = static_cast<char>(value);
      const auto parsed = duck::parse_footer(other, sections.size());
      if (!parsed) ++refused;
      if (!parsed) continue;
      for (const duck::StageSection& section : parsed->sections)
        ASSERT_LE(section.offset + section.size_bytes, sections.size());
      for (const std::uint32_t rows : parsed->block_rows) ASSERT_LE(rows, duck::k_block_rows);
    }
  }
  EXPECT_GT(refused, 0);
  for (std::size_t cut = 0; cut < footer.size(); ++cut)
    EXPECT_FALSE(duck::parse_footer(std::string_view(footer).substr(0, cut), sections.size()));
}

TEST_F(StageFiles, HaveBlocksThatAreFullButForTheLast) {
  std::vector<TextRow> rows(5'000, {"1"});
  const auto file = StageFile::open(write_stage(path("a"), {{"v", "int32"}}, rows));
  ASSERT_OK(file);
  EXPECT_THAT((*file)->footer().block_rows, testing::ElementsAre(2'048, 2'048, 904));
  EXPECT_EQ((*file)->rows(), 5'000u);
}

TEST_F(StageFiles, HaveSmallBlocksOfWideRowsAndTakeOneThatIsWiderThanABlock) {
  const std::string wide(400'000, 'w');
  const std::string huge(3'000'000, 'h');
  const auto file = StageFile::open(write_stage(
      path("a"), {{"v", "text"}}, {{wide}, {wide}, {wide}, {huge}, {"small"}, {std::nullopt}}));
  ASSERT_OK(file);
  EXPECT_THAT((*file)->footer().block_rows, testing::ElementsAre(2, 1, 1, 2));
}

TEST_F(StageFiles, WithoutRowsAreWhole) {
  const auto file = StageFile::open(write_stage(path("a"), {{"v", "text"}}, {}));
  ASSERT_OK(file);
  EXPECT_EQ((*file)->rows(), 0u);
}

TEST_F(StageFiles, ThatAreNotFinishedAreRemoved) {
  const RowBatch batch = batch_of(schema_of({{"v", "int32"}}), {{"1"}});
  {
    auto writer = duck::StageWriter::create(path("a"), stage_columns_of(*batch.schema));
    ASSERT_OK(writer);
    ASSERT_OK(add_all(**writer, batch));
    EXPECT_TRUE(std::filesystem::exists(path("a")));
  }
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(StageFiles, ThatAreCalledOffSaySoAtOnce) {
  const RowBatch batch = batch_of(schema_of({{"v", "int32"}}), {{"1"}});
  auto writer = duck::StageWriter::create(path("a"), stage_columns_of(*batch.schema));
  ASSERT_OK(writer);
  (*writer)->cancel();
  for (const Status& status : {add_all(**writer, batch), (*writer)->finish()}) {
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  }
}

TEST_F(StageFiles, AreNotWrittenOverOthers) {
  write_file(path("a"), "mine");
  EXPECT_FALSE(duck::StageWriter::create(path("a"), {{"v", {TypeKind::kBool}}}));
  EXPECT_EQ(read_file(path("a")), "mine");
}

TEST_F(StageFiles, OfATypeThatHasNoFormAreRefused) {
  const auto writer = duck::StageWriter::create(path("a"), {{"v", {TypeKind::kDecimal, 2, 5}}});
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

}  // namespace
}  // namespace decant::test
