// Pins the bytes of FORMAT.md. DECANT_REFRESH_GOLDEN=1 writes the files anew; a changed one means a
// new version.
#include <fstream>
#include <limits>

#include "common/base/text.h"
#include "common/value/canonical.h"
#include "common/value/decimal.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

std::string hex_of(const Column& column, std::size_t row) {
  std::string bytes;
  append_canonical(column, row, bytes);
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

// One line per value: what it is, then its bytes.
std::string listing(const Column& column) {
  std::string text;
  for (std::size_t row = 0; row < column.size(); ++row) {
    std::string shown = display_text(column, row);
    for (char& c : shown) {
      if (c == '\n') c = ' ';
    }
    text += shown + "\t" + hex_of(column, row) + "\n";
  }
  return text;
}

void expect_golden(const std::string& name, const std::string& actual) {
  const std::string path =
      std::string(DECANT_SOURCE_DIR) + "/tests/unit/value/golden/" + name + ".tsv";
  if (std::getenv("DECANT_REFRESH_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.is_open()) << path << " is missing: run with DECANT_REFRESH_GOLDEN=1";
  const std::string expected{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(actual, expected) << name;
}

Column words(const std::string& type, const std::vector<std::int64_t>& values) {
  Column column = column_of(type);
  for (const std::int64_t value : values) push_word(column, value);
  column.push_null();
  return column;
}

Column views(const std::string& type, const std::vector<std::string_view>& values) {
  Column column = column_of(type);
  for (const std::string_view value : values) push_view(column, value);
  column.push_null();
  return column;
}

TEST(CanonicalGolden, Bool) {
  Column column = column_of("bool");
  push_bool(column, false);
  push_bool(column, true);
  column.push_null();
  expect_golden("bool", listing(column));
}

TEST(CanonicalGolden, Int64) {
  expect_golden("int64", listing(words("int64", {0, 1, -2, 50'000, INT64_MAX, INT64_MIN})));
}

TEST(CanonicalGolden, DecimalWithScale) {
  Column column = column_of("decimal(18,4)");
  for (const Int128 value :
       {Int128{0}, Int128{125'000}, Int128{-125'000}, Int128{1}, power_of_ten(18) - 1})
    push_wide(column, value);
  column.push_null();
  expect_golden("decimal_18_4", listing(column));
}

TEST(CanonicalGolden, DecimalWithoutScale) {
  expect_golden(
      "decimal",
      listing(views("decimal",
                    {"0", "-0.00", "12.50", "-0.05", "1000", "1e3", "NaN", "Infinity", "-Infinity",
                     "abc", "123456789012345678901234567890123456789012345678901234567890.5"})));
}

TEST(CanonicalGolden, DecimalBeyond38Digits) {
  expect_golden("decimal_60_2",
                listing(views("decimal(60,2)",
                              {"0.00", "12.50", "12.5", "-12",
                               "1234567890123456789012345678901234567890123456789012345678.12"})));
}

TEST(CanonicalGolden, Float64) {
  Column column = column_of("float64");
  using limits = std::numeric_limits<double>;
  for (const double value : {0.0, -0.0, 0.1, -1.5, 1e300, limits::infinity(), -limits::infinity(),
                             limits::quiet_NaN(), -limits::quiet_NaN()}) {
    push_float(column, value);
  }
  column.push_null();
  expect_golden("float64", listing(column));
}

TEST(CanonicalGolden, Temporal) {
  expect_golden("date",
                listing(words("date", {0, 9009, -1, -2'451'545, k_infinity, k_minus_infinity})));
  expect_golden("time", listing(words("time", {0, 75'900'000'123, 86'400'000'000})));
  expect_golden(
      "timestamp",
      listing(words("timestamp", {0, -1, 778'453'500'000'000, k_infinity, k_minus_infinity})));
  expect_golden(
      "timestamptz",
      listing(words("timestamptz", {0, -1, 778'453'500'000'000, k_infinity, k_minus_infinity})));
}

TEST(CanonicalGolden, TextAndBytes) {
  const std::string long_text(300, 'x');
  expect_golden("text", listing(views("text", {"", "ñ", "n\xCC\x83", " a ", "NULL", long_text})));
  expect_golden("bytes", listing(views("bytes", {"", std::string_view("\0\xFF", 2)})));
}

TEST(CanonicalGolden, UuidAndJson) {
  Column uuid = column_of("uuid");
  push_wide(uuid, static_cast<Int128>(UInt128{0x123E4567E89B12D3ULL} << 64 |
                                      UInt128{0xA456426614174000ULL}));
  push_wide(uuid, -1);
  uuid.push_null();
  expect_golden("uuid", listing(uuid));
  expect_golden("json",
                listing(views("json", {"null", "{\"b\": 1.0, \"a\": [1e2, \"\\u00f1\"], \"b\": 2}",
                                       "{broken"})));
}

TEST(CanonicalGolden, Row) {
  RowBatch batch =
      empty_batch({type_of("int64"), type_of("text"), type_of("decimal(18,4)"), type_of("date")});
  push_word(batch.columns[0], 7);
  push_view(batch.columns[1], "PERIFERICO");
  push_wide(batch.columns[2], 125'000);
  batch.columns[3].push_null();
  batch.rows = 1;
  std::string bytes;
  append_canonical_row(batch, 0, bytes);
  expect_golden("row",
                to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}) + "\n");
}

}  // namespace
}  // namespace decant
