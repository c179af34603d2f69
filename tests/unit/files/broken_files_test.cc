// Files that are cut off, packed wrongly, encoded otherwise than declared, or that change under the
// reader: each is told with its place, and none passes for a whole one.
#include <gmock/gmock.h>
#include <zstd.h>

#include <functional>

#include "common/connector/files/input_file.h"
#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::HasSubstr;

class BrokenFiles : public FileTest {
 protected:
  static std::string lines(int count) {
    std::string text = "a,b\n";
    for (int i = 0; i < count; ++i) text += std::to_string(i * 7919 % 10007) + ",x\n";
    return text;
  }
  static std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
  }
  static std::string utf16(const std::string& text) {
    std::string bytes = "\xff\xfe";
    for (const char c : text) bytes += {c, '\0'};
    return bytes;
  }
  std::string error_of(const std::string& bytes, const std::vector<std::string>& columns = {"a"}) {
    const Read got = read(write("a.csv", bytes), columns);
    if (!got.error) return "none";
    EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
    return got.error->message;
  }

  // Opens a file as it was planned, reads a little, changes it, and reads on to the end.
  std::optional<Error> read_while(const std::function<void(const std::string& path)>& change,
                                  std::chrono::hours age = {}) {
    const std::string path = write("a.csv", lines(100'000));
    std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - age);
    ReadRequest request;
    request.entity = &entity_;
    request.columns = {"a"};
    request.extent.kind = ExtentKind::kFile;
    request.extent.path = path;
    request.extent.identity = *(*InputFile::open(path))->identify();
    const auto from = source(4096);
    const auto rows = from->open(request);
    EXPECT_TRUE(rows);
    RowBatch batch;
    std::vector<Reject> faults;
    EXPECT_TRUE((*rows)->next(batch, faults));
    change(path);
    for (;;) {
      const auto more = (*rows)->next(batch, faults);
      if (!more) return more.error();
      if (!*more) return std::nullopt;
    }
  }
};

TEST_F(BrokenFiles, ThatArePackedAndCutOffAreToldWithThePlace) {
  const std::string gz = gzip(lines(50'000));
  for (const std::size_t size : {gz.size() / 2, gz.size() - 1}) {
    EXPECT_THAT(error_of(gz.substr(0, size)),
                HasSubstr("ends in the middle of its gzip data, at byte " + std::to_string(size)));
  }
  const std::string zst = zstd(lines(50'000));
  for (const std::size_t size : {zst.size() / 2, zst.size() - 1}) {
    EXPECT_THAT(error_of(zst.substr(0, size)),
                HasSubstr("ends in the middle of its zstd data, at byte " + std::to_string(size)));
  }
}

TEST_F(BrokenFiles, MayBeginWithAZstdFrameThatReadersSkip) {
  const std::string skipped("\x5f\x2a\x4d\x18\x02\0\0\0ab", 10);
  EXPECT_EQ(read(write("a.csv", skipped + zstd("a\n1\n") + skipped + zstd("2\n"))).rows,
            (Table{{"1"}, {"2"}}));
  EXPECT_THAT(error_of(skipped.substr(0, 9)), HasSubstr("ends in the middle of its zstd data"));
}

TEST_F(BrokenFiles, ZerosBehindGzipMembersAreNoDamage) {
  const std::string zeros(300'000, '\0');
  EXPECT_EQ(read(write("a.csv", gzip("a\n1\n") + gzip("2\n") + zeros)).rows,
            read(write("a.csv", "a\n1\n2\n")).rows);
  EXPECT_THAT(error_of(gzip("a\n1\n") + zeros + "x"), HasSubstr("ends in the middle"));
  EXPECT_THAT(error_of(std::string("\x1f\x8b") + zeros), HasSubstr("gzip data cannot be unpacked"));
}

TEST_F(BrokenFiles, ThatArePackedAndDamagedAreToldWithThePlace) {
  std::string gz = gzip(lines(50'000));
  for (std::size_t i = gz.size() / 2; i < gz.size() / 2 + 64; ++i) gz[i] = '\x55';
  EXPECT_THAT(error_of(gz), HasSubstr("its gzip data cannot be unpacked from about byte "));
}

TEST_F(BrokenFiles, OfUtf16MayEndInHalfACharacter) {
  EXPECT_THAT(error_of(utf16("a\n1\n") + "2"),
              HasSubstr("line 3: the byte 0x32 at offset 10 is the start of a character that was "
                        "cut off (UTF-16LE)"));
}

TEST_F(BrokenFiles, OfUtf16MayHaveHalfAPair) {
  const std::string high("\x3d\xd8", 2);
  const std::string low("\x00\xde", 2);
  for (const std::string& half : {high, low}) {
    EXPECT_THAT(error_of(utf16("a\r\n1\r\n2") + half + utf16("\r\n3\r\n").substr(2)),
                HasSubstr("line 3: the byte 0x"))
        << half;
  }
  EXPECT_EQ(read(write("a.csv", utf16("a\n") + high + low)).rows, (Table{{"😀"}}));
}

// As bcp writes an empty text in the first field of a file.
TEST_F(BrokenFiles, OfUtf16MayBeginWithANulAndAreNotTakenForUtf32) {
  entity_.read.file_options.header = false;
  const Read got = read(write("a.csv", utf16(std::string("\0,0\n1,2\n", 8))));
  ASSERT_FALSE(got.error) << got.error->to_string();
  EXPECT_EQ(got.rows, (Table{{std::string(1, '\0'), "0"}, {"1", "2"}}));
  std::string utf32("\xff\xfe\0\0", 4);
  for (const char c : std::string("1,2\n")) utf32 += {c, '\0', '\0', '\0'};
  EXPECT_EQ(read(write("b.csv", utf32)).rows, (Table{{"1", "2"}}));
}

TEST_F(BrokenFiles, InAnotherEncodingThanDeclaredAreToldWithTheFirstByteThatCannotBe) {
  entity_.read.file_options.encoding = "utf-16le";
  EXPECT_THAT(error_of("a\n1\xd8\n2\n3"), HasSubstr("at offset"));
  entity_.read.file_options.encoding = "cp1252";
  EXPECT_THAT(error_of("a\rb\r\nc\n\x81\n"),
              HasSubstr("line 4: the byte 0x81 at offset 7 cannot be in cp1252 text"));
}

TEST_F(BrokenFiles, OfAsciiHaveNoOtherCharacters) {
  entity_.read.file_options.encoding = "ascii";
  EXPECT_EQ(read(write("a.csv", "a\nplain\n")).rows, (Table{{"plain"}}));
  EXPECT_THAT(error_of("a\nb\ncaf\xC3\xA9\n"),
              HasSubstr("line 3: the byte 0xC3 at offset 7 cannot be in ascii text"));
}

// JIS itself has a yen sign at 0x5C and a wave dash at 0x8160; files that are called so do not.
TEST_F(BrokenFiles, OfShiftJisAreReadAsWindowsWritesThem) {
  for (const char* name : {"shift_jis", "Shift-JIS", "sjis", "cp932"}) {
    entity_.read.file_options.encoding = name;
    EXPECT_EQ(read(write("a.csv", "a\nC:\\\x93\xFA~\x81\x60\n")).rows, (Table{{"C:\\日~～"}}));
  }
}

TEST_F(BrokenFiles, ThatGrowAreNoticed) {
  const auto error =
      read_while([](const std::string& path) { std::ofstream(path, std::ios::app) << "1,more\n"; });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::kSourceChanged);
  EXPECT_THAT(error->message, HasSubstr("was changed"));
}

// A copy may keep the time of what it was made of, which may lie ahead.
TEST_F(BrokenFiles, ThatAreRewrittenAreNoticedWhateverTheirTimesSay) {
  for (const int hours : {0, 1000, -1000}) {
    const auto error = read_while(
        [](const std::string& path) {
          const auto time = std::filesystem::last_write_time(path);
          std::fstream(path, std::ios::in | std::ios::out).seekp(400'000) << "9";
          std::filesystem::last_write_time(path, time);
        },
        std::chrono::hours(hours));
    ASSERT_TRUE(error) << hours;
    EXPECT_EQ(error->code, ErrorCode::kSourceChanged);
  }
}

TEST_F(BrokenFiles, ThatAreReplacedOrRemovedAreNoticed) {
  const auto replaced = read_while([this](const std::string& path) {
    std::filesystem::rename(write("new.csv", lines(100'000)), path);
  });
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->code, ErrorCode::kSourceChanged);
  EXPECT_THAT(replaced->message, HasSubstr("was replaced by another file while it was read"));
  const auto removed = read_while([](const std::string& path) { std::filesystem::remove(path); });
  ASSERT_TRUE(removed);
  EXPECT_THAT(removed->message, HasSubstr("was removed while it was read"));
  EXPECT_FALSE(read_while([](const std::string&) {}));
}

}  // namespace
}  // namespace decant::testing
