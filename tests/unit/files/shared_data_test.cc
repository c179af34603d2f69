// Data that nobody here wrote, beside the tree; the tests say so and skip where it is not there.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "common/value/decimal.h"
#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

class SharedData : public FileTest {
 protected:
  // Unpacks an archive into the test's folder.
  bool unpack(const std::string& archive) {
    if (shared_data().empty()) return false;
    const std::string command =
        "tar --zstd -xf '" + shared_data() + "/" + archive + "' -C '" + folder_ + "'";
    return std::system(command.c_str()) == 0;
  }

  static std::string with_crlf(const std::string& text) {
    std::string out;
    for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
  }

  static std::string text_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(SharedData, CsvSpectrumIsReadAsItsAuthorsMeantIt) {
  if (!unpack("torture.tar.zst")) GTEST_SKIP() << "../shared/data/torture.tar.zst is not there";
  entity_.read.file_options.null_texts.clear();
  int cases = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ + "/torture/csv-spectrum/csvs")) {
    std::string text = text_of(entry.path());
    if (entry.path().stem().string().ends_with("_crlf") && text.find('\r') == std::string::npos) {
      text = with_crlf(text);  // the copy lost what the case is about on its way here
    }
    const Read got = read(write("one.csv", text));
    const auto wanted = nlohmann::json::parse(
        text_of(folder_ + "/torture/csv-spectrum/json/" + entry.path().stem().string() + ".json"));
    ASSERT_FALSE(got.error) << entry.path();
    if (wanted.is_object()) {  // one case gives a single object, with another telephone number than
                               // its CSV
      ASSERT_EQ(got.rows.size(), 1U);
      EXPECT_EQ(got.rows[0][1], wanted.at(got.columns[1]).get<std::string>());
      continue;
    }
    ASSERT_EQ(got.rows.size(), wanted.size()) << entry.path();
    for (std::size_t row = 0; row < wanted.size(); ++row) {
      for (std::size_t i = 0; i < got.columns.size(); ++i) {
        EXPECT_EQ(got.rows[row][i], wanted[row].at(got.columns[i]).get<std::string>())
            << entry.path();
      }
    }
    ++cases;
  }
  EXPECT_GE(cases, 10);
}

// Either the right rows or the error that a person would want.
TEST_F(SharedData, CsvLintFixturesAreReadOrRefusedForWhatIsWrongWithThem) {
  if (!unpack("torture.tar.zst")) GTEST_SKIP() << "../shared/data/torture.tar.zst is not there";
  const std::string fixtures = folder_ + "/torture/csvlint_fixtures/";
  const Table biff = {{"Biff", "Baff", "Boff"}, {"Qux", "Teaspoon", "Doge"}};
  for (const char* name :
       {"cr-line-endings.csv", "crlf-line-endings.csv", "lf-line-endings.csv",
        "inconsistent-line-endings.csv", "inconsistent-line-endings-unquoted.csv"}) {
    const Read got = read(fixtures + name);
    EXPECT_EQ(got.rows, biff) << name;
    EXPECT_TRUE(got.faults.empty()) << name;
    ASSERT_EQ(got.places.size(), 2U) << name;
    EXPECT_EQ(got.places[1].line, 3U) << name;
  }
  const Table numbers = {{"1", "2", "3"}, {"3", "2", "1"}};
  for (const char* name : {"valid.csv", "white space in filename.csv"})
    EXPECT_EQ(read(fixtures + name).rows, numbers) << name;
  EXPECT_EQ(read(fixtures + "windows-line-endings.csv").rows, (Table{{"d", "e", "f"}}));
  EXPECT_EQ(read(fixtures + "valid_many_rows.csv").rows.size(), 6U);

  const Read invalid = read(fixtures + "invalid_many_rows.csv");
  EXPECT_EQ(invalid.rows.size(), 9U);
  EXPECT_EQ(invalid.rows.at(7), (std::vector<Cell>{"", "", ""}));  // in quotes: texts, not NULL
  ASSERT_EQ(invalid.faults.size(), 1U);
  EXPECT_EQ(invalid.faults[0].reason, "line 4: text follows the closing quote of Baz");
  EXPECT_EQ(invalid.faults[0].original, "\"1\",\"2\",\"3\" \"");

  const Read bytes = read(fixtures + "invalid-byte-sequence.csv");
  ASSERT_TRUE(bytes.error);
  EXPECT_THAT(bytes.error->message,
              ::testing::HasSubstr("line 1: the byte 0xF3 at offset 33 is not UTF-8"));
  EXPECT_THAT(bytes.error->advice, ::testing::HasSubstr("`encoding:`"));
  entity_.read.file_options.encoding = "latin-1";
  const Read latin = read(fixtures + "invalid-byte-sequence.csv");
  EXPECT_FALSE(latin.error);
  EXPECT_TRUE(latin.faults.empty());
  EXPECT_EQ(latin.rows.size(), 23U);
  EXPECT_EQ(latin.columns.at(2), "Hist\u00f3rico");
  entity_.read.file_options.encoding = "utf-8";

  const Read titled = read(fixtures + "title-row.csv", {"Foo"});
  ASSERT_TRUE(titled.error);
  EXPECT_THAT(titled.error->to_string(), ::testing::HasSubstr("has no column \"Foo\""));
  EXPECT_THAT(titled.error->advice, ::testing::HasSubstr("This is a title row"));
  for (const auto& [name, what] : {std::pair("spreadsheet.xls", "an Excel workbook"),
                                   std::pair("spreadsheet.xlsx", "a workbook (.xlsx, .ods)")}) {
    const Read got = read(fixtures + name);
    ASSERT_TRUE(got.error) << name;
    EXPECT_THAT(got.error->message, ::testing::HasSubstr(std::string("is ") + what)) << name;
  }
}

TEST_F(SharedData, JsonTestSuiteIsAcceptedAndRefusedAsItSays) {
  if (!unpack("torture.tar.zst")) GTEST_SKIP() << "../shared/data/torture.tar.zst is not there";
  entity_.read.file_options.format = FileFormat::kJsonLines;
  // Of the suite's valid texts two have a key twice (json_keys_test.cc has what a row with one is).
  entity_.read.file_options.duplicate_keys = DuplicateKeys::kLast;
  int accepted = 0;
  int refused = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ + "/torture/JSONTestSuite/test_parsing")) {
    const std::string name = entry.path().filename().string();
    std::string text = text_of(entry.path());
    if (text.find('\n') != std::string::npos || text.find('\r') != std::string::npos ||
        text.size() > 1000)
      continue;
    const bool is_object = text.starts_with("{") && text.ends_with("}");
    if (!is_object || name.starts_with("i_")) continue;
    const Read got = read(write("one.jsonl", text + "\n"));
    ASSERT_FALSE(got.error) << name;
    if (name.starts_with("y_")) {
      EXPECT_EQ(got.rows.size(), 1U) << name << ": " << text;
      ++accepted;
    } else {
      EXPECT_EQ(got.faults.size(), 1U) << name << ": " << text;
      ++refused;
    }
  }
  EXPECT_GE(accepted, 10);
  EXPECT_GE(refused, 20);
}

// Values that are no objects are no rows, but may stand in one: checked to the last byte.
TEST_F(SharedData, JsonTestSuiteIsAcceptedAndRefusedInsideOfAnObjectToo) {
  if (!unpack("torture.tar.zst")) GTEST_SKIP() << "../shared/data/torture.tar.zst is not there";
  entity_.read.file_options.format = FileFormat::kJsonLines;
  int accepted = 0;
  int refused = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_ + "/torture/JSONTestSuite/test_parsing")) {
    const std::string name = entry.path().filename().string();
    const std::string text = text_of(entry.path());
    if (text.find('\n') != std::string::npos || name.starts_with("i_")) continue;
    const Read got = read(write("one.jsonl", "{\"value\":" + text + "}\n"), {"value"});
    ASSERT_FALSE(got.error) << name;
    const bool is_accepted = name.starts_with("y_");
    EXPECT_EQ(got.rows.size(), is_accepted ? 1U : 0U) << name << ": " << text.substr(0, 100);
    EXPECT_EQ(got.faults.size(), is_accepted ? 0U : 1U) << name << ": " << text.substr(0, 100);
    ++(is_accepted ? accepted : refused);
  }
  EXPECT_GE(accepted, 80);
  EXPECT_GE(refused, 150);
}

TEST_F(SharedData, OnlineRetailAddsUpToWhatIsKnownOfIt) {
  if (!unpack("online-retail-by-day.tar.zst"))
    GTEST_SKIP() << "../shared/data/online-retail-by-day.tar.zst is not there";
  JobSpec job;
  job.store_from_column = "Country";
  entity_.read.files = "by-day/{day}.csv";
  entity_.read.time = "InvoiceDate";
  CensusRequest request;
  request.table.fields = {{"InvoiceDate", {TypeKind::kTimestamp}}};
  auto from = source();
  const auto census = from->census(job, entity_, request);
  ASSERT_TRUE(census) << census.error().to_string();
  EXPECT_EQ(census->extents.size(), 305U);
  std::int64_t counted = 0;
  std::set<std::pair<std::string, std::string>> slices;
  for (const CensusExtent& extent : census->extents) {
    for (const CensusCell& cell : extent.cells) {
      counted += cell.rows;
      slices.insert({cell.store, cell.period});
    }
  }
  EXPECT_EQ(counted, 541'909);
  EXPECT_EQ(slices.size(), 314U);

  std::int64_t rows = 0;
  ExactSum quantity;
  ExactSum value;
  for (const CensusExtent& extent : census->extents) {
    ReadRequest read;
    read.entity = &entity_;
    read.columns = {"Quantity", "UnitPrice"};
    read.extent = extent.extent;
    auto opened = from->open(read);
    ASSERT_TRUE(opened);
    RowBatch batch;
    std::vector<Reject> faults;
    while (*(*opened)->next(batch, faults)) {
      rows += static_cast<std::int64_t>(batch.rows);
      for (std::size_t row = 0; row < batch.rows; ++row) {
        Int128 count = 0;
        Int128 price = 0;
        ASSERT_EQ(parse_decimal(batch.columns[0].views[row], 18, 0, count), DecimalParse::kOk);
        ASSERT_EQ(parse_decimal(batch.columns[1].views[row], 18, 4, price), DecimalParse::kOk);
        quantity.add(count, 0);
        value.add_product(count, price, 4);
      }
    }
    EXPECT_TRUE(faults.empty());
  }
  EXPECT_EQ(rows, 541'909);
  EXPECT_EQ(quantity.to_string(), "5176450");
  EXPECT_EQ(value.to_string(), "9747747.934");
}

TEST_F(SharedData, GroceryStoresAndMonthsAreCountedInOnePass) {
  if (!unpack("completejourney.tar.zst"))
    GTEST_SKIP() << "../shared/data/completejourney.tar.zst is not there";
  JobSpec job;
  job.store_from_column = "store_id";
  entity_.read.files = "completejourney/transactions.csv";
  entity_.read.time = "transaction_timestamp";
  CensusRequest request;
  request.table.fields = {{"transaction_timestamp", {TypeKind::kTimestampTz}}};
  const auto census = source()->census(job, entity_, request);
  ASSERT_TRUE(census) << census.error().to_string();
  ASSERT_EQ(census->extents.size(), 1U);
  std::int64_t rows = 0;
  for (const CensusCell& cell : census->extents[0].cells) rows += cell.rows;
  EXPECT_EQ(rows, 100'000);
  EXPECT_EQ(census->extents[0].cells.size(), 1'790U);
}

}  // namespace
}  // namespace decant::testing
