// A file that is read in parts gives what it gives as a whole: the same rows, faults, lines and
// places, wherever it is cut and whatever its quotes do.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/files/file_fixture.h"
#include "tests/unit/files/random_text.h"

namespace decant::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;

constexpr std::size_t k_small_block = 64;

class FileParts : public FileTest {
 protected:
  CensusExtent census_of(const std::string& path, const FilesOptions& options) {
    entity_.read.files = path;
    CensusRequest request;
    request.entity = entity_.name;
    request.store = "t1";
    auto census = source_with(options)->census(JobSpec(), entity_, request);
    if (!census) {
      ADD_FAILURE() << census.error().to_string();
      return {};
    }
    return census->extents.front();
  }

  // Every place where the file may be cut.
  std::vector<RecordMark> all_marks(const std::string& path) {
    FilesOptions options;
    options.mark_bytes = 1;
    options.large_file_bytes = 1;
    return census_of(path, options).marks;
  }

  // The file in parts, one behind the other.
  Read read_cut(const std::string& path, const std::vector<RecordMark>& cuts,
                const std::vector<std::string>& columns, std::size_t block_bytes) {
    Read all;
    all.columns = columns;
    for (std::size_t i = 0; i <= cuts.size(); ++i) {
      Extent part;
      part.kind = ExtentKind::kFilePart;
      part.path = path;
      if (i > 0) part.begin = cuts[i - 1];
      if (i < cuts.size()) part.end_byte = cuts[i].byte;
      const Read read_part = read(part, columns, block_bytes);
      all.rows.insert(all.rows.end(), read_part.rows.begin(), read_part.rows.end());
      all.places.insert(all.places.end(), read_part.places.begin(), read_part.places.end());
      all.faults.insert(all.faults.end(), read_part.faults.begin(), read_part.faults.end());
      if (read_part.error) all.error = read_part.error;
    }
    return all;
  }

  static std::vector<std::string> shown(const std::vector<RowPlace>& places) {
    std::vector<std::string> out;
    for (const RowPlace& place : places)
      out.push_back(std::to_string(place.line) + "@" + std::to_string(place.byte_offset));
    return out;
  }
  static std::vector<std::string> shown(const std::vector<Reject>& faults) {
    std::vector<std::string> out;
    for (const Reject& fault : faults) {
      out.push_back(std::to_string(fault.place.line) + "@" +
                    std::to_string(fault.place.byte_offset) + " " + fault.rule + ": " +
                    fault.reason + " [" + fault.original + "]");
    }
    return out;
  }

  void expect_equal(const Read& whole, const Read& cut, const std::string& where) {
    ASSERT_FALSE(cut.error) << where << ": " << cut.error->to_string();
    ASSERT_EQ(cut.rows, whole.rows) << where;
    ASSERT_EQ(shown(cut.places), shown(whole.places)) << where;
    ASSERT_EQ(shown(cut.faults), shown(whole.faults)) << where;
  }

  // Cuts the file at every single mark, at all of them, and at random ones.
  void expect_parts_are_the_whole(const std::string& path, Random& random) {
    const Read whole = read(path);
    if (whole.error) return;
    const std::vector<RecordMark> marks = all_marks(path);
    for (const RecordMark& mark : marks) {
      expect_equal(whole, read_cut(path, {mark}, whole.columns, k_small_block),
                   "cut at " + std::to_string(mark.byte));
      if (HasFatalFailure()) return;
    }
    expect_equal(whole, read_cut(path, marks, whole.columns, 1 << 20), "cut everywhere");
    std::vector<RecordMark> some;
    for (const RecordMark& mark : marks) {
      if (random.chance(30)) some.push_back(mark);
    }
    expect_equal(whole, read_cut(path, some, whole.columns, k_small_block + random.below(200)),
                 "cut here and there");
  }
};

class CsvParts : public FileParts, public ::testing::WithParamInterface<int> {};

// No table was ever written like this: quotes open and close anywhere, lines are ragged or blank.
TEST_P(CsvParts, AreTheWholeWhateverTheQuotesDo) {
  Random random(static_cast<std::uint32_t>(GetParam()));
  const Encoding& encoding = k_encodings[random.below(std::size(k_encodings))];
  FileOptions& options = entity_.read.file_options;
  options.delimiter = std::vector<std::string>{",", ";", ",", "+|"}[random.below(4)];
  if (random.chance(20)) options.record_end = random.chance(50) ? "&|\n" : "&&";
  options.ragged = static_cast<RaggedRows>(random.below(4));
  options.repeated_header = static_cast<RepeatedHeader>(random.below(3));
  options.quote = random.chance(90) ? '"' : '\0';
  options.multiline = options.ragged == RaggedRows::kJoin || random.chance(70);
  options.escape = random.chance(30) ? '\\' : '\0';
  options.header = random.chance(70);
  options.encoding = encoding.name;
  const std::string quote = "\"";
  const std::string delimiter = options.delimiter;
  std::vector<std::string> pieces = {
      "a", "7", "é", " ", delimiter, delimiter, delimiter, "\n", "\r\n", "\r", "\\", "'",
      // Whole fields and their neighbours, so that quotes close again more often than not.
      quote + "x" + quote, delimiter + quote + "l\nm" + quote,
      quote + "a" + quote + quote + "b" + quote,
      delimiter + quote + "p" + delimiter + "q\r\n" + quote + delimiter, "b" + quote + "c",
      quote + "k" + quote + "stray", delimiter + quote + "\\" + quote + "e\r" + quote + "\n"};
  if (random.chance(20)) pieces.push_back(quote);
  if (!options.record_end.empty()) pieces.insert(pieces.end(), {"&|\r\n", "&|\n", "&&", "&"});
  if (!encoding.is_single_byte) pieces.insert(pieces.end(), {"漢", "😀"});
  std::string text;
  if (random.chance(20)) {
    options.skip_lines = static_cast<std::int64_t>(random.below(3));
    for (std::int64_t i = 0; i < options.skip_lines; ++i) text += "title" + quote + "\r\n";
  }
  if (options.header && random.chance(20)) text += "\n\n";
  const bool is_one_column = random.chance(25);  // where blank lines are rows
  text += !options.header ? ""
          : is_one_column ? "h1\n"
                          : "h1" + delimiter + quote + "h\n2" + quote + "\n";
  const std::size_t length = 10 + random.below(150);
  for (std::size_t i = 0; i < length; ++i) text += pieces[random.below(pieces.size())];
  std::string bytes = in_encoding(text, encoding);
  if (encoding.iconv_name == nullptr && random.chance(30)) {  // bytes that are no UTF-8
    for (int i = 0; i < 3; ++i)
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2 +
                                                               random.below(bytes.size() / 2)),
                   '\xe9');
  }
  expect_parts_are_the_whole(write("a.csv", bytes), random);
}

INSTANTIATE_TEST_SUITE_P(Seeds, CsvParts, ::testing::Range(1, 601));

class JsonParts : public FileParts, public ::testing::WithParamInterface<int> {};

TEST_P(JsonParts, AreTheWhole) {
  Random random(static_cast<std::uint32_t>(GetParam()));
  const Encoding& encoding = k_encodings[random.below(std::size(k_encodings))];
  FileOptions& options = entity_.read.file_options;
  options.format = FileFormat::kJsonLines;
  options.encoding = encoding.name;
  if (random.chance(30)) options.records = "l";
  const std::vector<std::string> lines = {R"({"a":1,"b":"x\ny"})",
                                          R"(  {"b":"é","a":null} )",
                                          R"({"l":[{"a":1},{"a":2}],"b":"u"})",
                                          R"({"l":{"a":3}})",
                                          R"([1,2])",
                                          R"({"a":)",
                                          R"("text")",
                                          R"({"a":1e5,"c":{"d":[]}})"};
  std::string text = R"({"a":0,"b":"first"})";
  const std::size_t count = random.below(40);
  for (std::size_t i = 0; i < count; ++i) {
    text += random.chance(20) ? "\n\n" : random.chance(30) ? "\r\n" : "\n";
    text += lines[random.below(lines.size())];
  }
  if (random.chance(50)) text += "\n";
  expect_parts_are_the_whole(write("a.jsonl", in_encoding(text, encoding)), random);
}

INSTANTIATE_TEST_SUITE_P(Seeds, JsonParts, ::testing::Range(1, 201));

TEST_F(FileParts, OfACsvBeginAtEveryRecordBehindTheFirst) {
  const auto marks = all_marks(write("a.csv", "h,k\n1,\"a\nb\"\n\n2,c\r\n3,d"));
  EXPECT_THAT(marks, ElementsAre(RecordMark{12, 12, 4}, RecordMark{18, 18, 6}));
}

TEST_F(FileParts, OfUtf16AreCountedInItsUnitsAndNamedByItsText) {
  entity_.read.file_options.encoding = "utf-16";
  const std::string path = write("a.csv", "\xff\xfe" + encoded("h\né\n😀\nx\n", "UTF-16LE"));
  EXPECT_THAT(all_marks(path), ElementsAre(RecordMark{10, 5, 3}, RecordMark{16, 10, 4}));
}

// The bytes of the file from the offset of a row's place on are those of the row.
TEST_F(FileParts, PlacesAreThoseOfTheFileInItsEncoding) {
  for (const char* name : {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "ISO-8859-1", "ISO-8859-2",
                           "CP1250", "CP850", "KOI8-R"}) {
    for (const bool is_json : {false, true}) {
      SCOPED_TRACE(name);
      FileOptions& options = entity_.read.file_options;
      options.encoding = name;
      options.format = is_json ? FileFormat::kJsonLines : FileFormat::kCsv;
      const bool is_wide = std::string_view(name).starts_with("UTF");
      const std::string odd = is_wide ? "é漢😀" : std::string_view(name) == "KOI8-R" ? "я" : "é";
      const std::string record = is_json ? "{\"h\":\"" + odd + "\"}" : odd;
      std::string text = is_json ? "" : "h\n";
      for (int i = 0; i < 100; ++i) text += record + (is_json ? "" : std::to_string(i)) + "\n";
      const std::string bytes = encoded(text, name);
      const Read got = read(write("a.txt", bytes), {}, k_small_block);
      ASSERT_FALSE(got.error) << got.error->to_string();
      ASSERT_EQ(got.rows.size(), 100U);
      const std::string expected = encoded(record, name);
      for (const RowPlace& place : got.places)
        ASSERT_EQ(bytes.substr(place.byte_offset, expected.size()), expected);
      EXPECT_FALSE(all_marks(write("a.txt", bytes)).empty());
    }
  }
}

TEST_F(FileParts, APackedFileAJsonArrayAndAnEncodingOfSeveralWidthsAreNotCut) {
  entity_.read.file_options.encoding = "shift-jis";
  EXPECT_THAT(all_marks(write("a.csv", "h\n1\n2\n3\n")), IsEmpty());
  entity_.read.file_options = {};
  entity_.read.file_options.format = FileFormat::kJsonLines;
  EXPECT_THAT(all_marks(write("a.json", "[{\"a\":1},\n{\"a\":2},\n{\"a\":3}]")), IsEmpty());
}

TEST_F(FileParts, OfAFileThatCannotBeCutAnyMoreAreRefused) {
  Extent part;
  part.kind = ExtentKind::kFilePart;
  part.path = write("a.csv", "h\n1\n2\n3\n");
  part.begin = {4, 4, 3};
  EXPECT_EQ(read(part).rows, (Table{{"2"}, {"3"}}));
  entity_.read.file_options.encoding = "shift-jis";
  const Read got = read(part);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kSourceChanged);
}

// Files whose rows are estimated from their names and first rows are not read for their marks,
// unless that pays.
TEST_F(FileParts, OnlyALargeFileIsReadForItsMarks) {
  const std::string path = write("a.csv", "h\n1\n2\n3\n");
  FilesOptions options;
  options.mark_bytes = 1;
  EXPECT_THAT(census_of(path, options).marks, IsEmpty());
  options.large_file_bytes = 8;
  EXPECT_THAT(census_of(path, options).marks, SizeIs(2));
}

TEST_F(FileParts, ACensusThatCountsAFileTellsWhereItMayBeCut) {
  entity_.read.time = "fecha";
  std::string text = "id,fecha\n";
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + ",2024-08-01\n";
  FilesOptions options;
  options.mark_bytes = 64 << 10;
  const std::string path = write("a.csv", text);
  const CensusExtent extent = census_of(path, options);
  EXPECT_TRUE(extent.exact);
  ASSERT_THAT(extent.marks, SizeIs(3));
  const Read whole = read(path);
  expect_equal(whole, read_cut(path, extent.marks, whole.columns, 1 << 20), "cut");
}

TEST_F(FileParts, AMessageHasRoomForAllTheMarksOfACensus) {
  std::string text = "id\n";
  for (int i = 0; i < 40'000; ++i) text += std::to_string(i) + "\n";
  const std::string path = write("a.csv", text);
  const std::vector<RecordMark> marks = all_marks(path);
  EXPECT_THAT(marks, SizeIs(AllOf(Gt(8'000U), Le(16'384U))));
  const Read whole = read(path);
  expect_equal(whole, read_cut(path, {marks[100], marks.back()}, whole.columns, 1 << 20), "cut");
}

}  // namespace
}  // namespace decant::testing
