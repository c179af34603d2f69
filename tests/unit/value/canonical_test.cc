#include "common/value/canonical.h"

#include <limits>
#include <map>

#include "common/value/decimal.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

std::string bytes_of(const RowBatch& batch, std::size_t row) {
  std::string bytes;
  append_canonical_row(batch, row, bytes);
  CanonicalBytes gathered;
  gathered.add_row(batch, row);
  EXPECT_EQ(gathered.view(), bytes) << "one form, whichever way it is gathered";
  return bytes;
}

std::string value_bytes(const std::string& type, std::string_view text) {
  Column column = column_of(type);
  push_view(column, text);
  std::string bytes;
  append_canonical(column, 0, bytes);
  return bytes;
}

Type random_type(Seeded& random) {
  static const char* const k_types[] = {
      "bool",        "int64",         "int32",   "decimal(18,4)", "decimal(38,0)", "decimal(38,38)",
      "decimal",     "decimal(50,3)", "float64", "date",          "time",          "timestamp",
      "timestamptz", "text",          "bytes",   "uuid",          "json"};
  return type_of(k_types[random.below(std::size(k_types))]);
}

std::string random_text(Seeded& random) {
  static const char* const k_pieces[] = {"", "a", "ñ", "日本", "\"", "\\", "NULL", ",", "\n", " "};
  std::string text;
  for (std::uint64_t i = random.below(12); i > 0; --i)
    text += k_pieces[random.below(std::size(k_pieces))];
  if (random.below(50) == 0) text.append(random.below(40'000), 'x');
  return text;
}

std::string random_view(const Type& type, Seeded& random) {
  if (type.kind == TypeKind::kJson)
    return "{\"a\":" + std::to_string(random.below(100)) + ",\"b\":[true,null]}";
  if (type.kind != TypeKind::kDecimal) return random_text(random);
  if (type.precision == 0 && random.below(10) == 0)
    return random.below(2) != 0 ? "NaN" : "-Infinity";
  std::string text;
  ExactSum number;  // gives plain text without surplus zeros
  EXPECT_TRUE(number
                  .add_text((random.below(2) != 0 ? "-" : "") +
                            random.digits(random.below(45) + 1) + "." + random.digits(3))
                  .has_value());
  text = number.to_string();
  if (type.precision == 0) return text;
  const std::size_t point = text.find('.');
  if (point == std::string::npos) return text + ".000";
  return text + std::string(3 - (text.size() - point - 1), '0');
}

void push_random(Column& column, Arena& arena, Seeded& random) {
  if (random.below(6) == 0) {
    column.push_null();
    return;
  }
  static const std::int64_t k_edges[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT32_MAX, 86'400'000'000};
  switch (column.storage) {
    case Storage::kByte:
      push_bool(column, random.below(2) != 0);
      return;
    case Storage::kWord:
      if (column.type.kind == TypeKind::kFloat64) {
        push_float(column, random.below(5) == 0
                               ? std::numeric_limits<double>::quiet_NaN()
                               : 1.0 / static_cast<double>(random.below(1000) + 1));
      } else {
        push_word(column, random.below(3) == 0 ? k_edges[random.below(std::size(k_edges))]
                                               : static_cast<std::int64_t>(random.engine()()));
      }
      return;
    case Storage::kWide: {
      const Int128 value = random.wide();
      push_wide(column, column.type.kind == TypeKind::kUuid
                            ? value
                            : value % power_of_ten(static_cast<int>(random.below(
                                          static_cast<std::uint64_t>(column.type.precision) + 1))));
      return;
    }
    case Storage::kView:
      push_view(column, arena.copy(random_view(column.type, random)));
  }
}

TEST(CanonicalRow, ReadsBackEveryRowOfEverySchema) {
  Seeded random;
  for (int round = 0; round < 200; ++round) {
    std::vector<Type> types;
    for (std::uint64_t i = random.below(20); i > 0; --i) types.push_back(random_type(random));
    RowBatch batch = empty_batch(types);
    RowBatch back = empty_batch(types);
    for (std::size_t row = 0; row < 20; ++row) {
      for (Column& column : batch.columns) push_random(column, batch.arena, random);
      ++batch.rows;
      const std::string bytes = bytes_of(batch, row);
      const Status read = append_row_from_canonical(bytes, back);
      ASSERT_TRUE(read.has_value()) << read.error().message;
      ASSERT_EQ(back.rows, batch.rows);
      ASSERT_EQ(bytes_of(back, row), bytes);
      for (std::size_t i = 0; i < types.size(); ++i) {
        ASSERT_EQ(display_text(back.columns[i], row), display_text(batch.columns[i], row))
            << to_string(types[i]);
      }
    }
  }
}

TEST(CanonicalRow, RefusesDamagedBytesAndKeepsTheBatchWhole) {
  Seeded random;
  const std::vector<Type> types{type_of("int64"),   type_of("text"), type_of("decimal(18,4)"),
                                type_of("decimal"), type_of("uuid"), type_of("bool")};
  RowBatch batch = empty_batch(types);
  for (Column& column : batch.columns) {
    do {
      column.reset(column.type);
      push_random(column, batch.arena, random);
    } while (column.valid[0] == 0);
  }
  batch.rows = 1;
  const std::string good = bytes_of(batch, 0);
  RowBatch back = empty_batch(types);
  for (std::size_t length = 0; length < good.size(); ++length) {
    ASSERT_FALSE(append_row_from_canonical(good.substr(0, length), back).has_value()) << length;
  }
  EXPECT_FALSE(append_row_from_canonical(good + '\0', back).has_value());
  // A flipped bit is either refused or is another row with bytes of its own.
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good;
    bad[random.below(bad.size())] ^= static_cast<char>(1 << random.below(8));
    const std::size_t before = back.rows;
    if (append_row_from_canonical(bad, back).has_value()) {
      ASSERT_EQ(bytes_of(back, before), bad);
    } else {
      ASSERT_EQ(back.rows, before);
    }
    for (const Column& column : back.columns) ASSERT_EQ(column.size(), back.rows);
  }
}

TEST(CanonicalRow, NoTwoRowsCollideByJoining) {
  std::map<std::string, std::string> seen;
  const std::vector<std::string> pieces{
      "", "a", "ab", "b", "\t\1a", std::string("\0", 1), std::string("\t\0", 2)};
  const std::vector<Type> one{type_of("text")};
  const std::vector<Type> two{type_of("text"), type_of("text")};
  auto note = [&](const RowBatch& batch, const std::string& what) {
    const auto [at, fresh] = seen.emplace(bytes_of(batch, 0), what);
    EXPECT_TRUE(fresh) << what << " collides with " << at->second;
  };
  for (const std::string& left : pieces) {
    RowBatch single = empty_batch(one);
    push_view(single.columns[0], left);
    note(single, "(" + left + ")");
    for (const std::string& right : pieces) {
      RowBatch pair = empty_batch(two);
      push_view(pair.columns[0], left);
      push_view(pair.columns[1], right);
      note(pair, "(" + left + "," + right + ")");
    }
    RowBatch with_null = empty_batch(two);
    push_view(with_null.columns[0], left);
    with_null.columns[1].push_null();
    note(with_null, "(" + left + ",NULL)");
  }
}

TEST(CanonicalValue, EqualDecimalsAreEqualWhicheverWayTheyAreHeld) {
  Column wide = column_of("decimal(18,4)");
  push_wide(wide, 125'000);
  std::string bytes;
  append_canonical(wide, 0, bytes);
  EXPECT_EQ(value_bytes("decimal(60,4)", "12.5000"), bytes);
  EXPECT_EQ(value_bytes("decimal(60,4)", "+012.5"), bytes);
  EXPECT_EQ(value_bytes("decimal(60,4)", "125e-1"), bytes);
  EXPECT_NE(value_bytes("decimal(60,5)", "12.5"), bytes);
  EXPECT_EQ(value_bytes("decimal", "12.50"), value_bytes("decimal", "12.5"));
  EXPECT_EQ(value_bytes("decimal", "-0.0"), value_bytes("decimal", "0"));
  EXPECT_NE(value_bytes("decimal", "-12.5"), value_bytes("decimal", "12.5"));
  // More digits than the scale holds never take another number's bytes.
  EXPECT_NE(value_bytes("decimal(60,2)", "12.501"), value_bytes("decimal(60,2)", "12.50"));
}

TEST(CanonicalValue, FloatsAreEqualAsPostgresqlFindsThem) {
  Column column = column_of("float64");
  for (const double value : {0.0, -0.0, std::numeric_limits<double>::quiet_NaN(),
                             -std::numeric_limits<double>::signaling_NaN(), 1e-320})
    push_float(column, value);
  std::vector<std::string> bytes(5);
  for (std::size_t row = 0; row < 5; ++row) append_canonical(column, row, bytes[row]);
  EXPECT_EQ(bytes[0], bytes[1]);
  EXPECT_EQ(bytes[2], bytes[3]);
  EXPECT_NE(bytes[0], bytes[4]);
}

TEST(CanonicalValue, JsonOfAnyLengthHasItsLengthBefore) {
  for (const std::size_t size : {0U, 100U, 125U, 126U, 127U, 128U, 20'000U}) {
    RowBatch batch = empty_batch({type_of("json"), type_of("int64")});
    const std::string json = " \"" + std::string(size, 'x') + "\"";
    push_view(batch.columns[0], json);
    push_word(batch.columns[1], 7);
    batch.rows = 1;
    RowBatch back = empty_batch({type_of("json"), type_of("int64")});
    ASSERT_TRUE(append_row_from_canonical(bytes_of(batch, 0), back).has_value()) << size;
    EXPECT_EQ(back.columns[0].views[0], json.substr(1));
  }
}

TEST(DisplayText, ShowsValuesAsSqlWouldTakeThem) {
  Column column = column_of("timestamptz");
  push_word(column, 0);
  push_word(column, k_infinity);
  push_word(column, -63'113'904'000'000'000 - 86'400'000'000'000LL * 400);
  column.push_null();
  EXPECT_EQ(display_text(column, 0), "2000-01-01 00:00:00+00");
  EXPECT_EQ(display_text(column, 1), "infinity");
  EXPECT_EQ(display_text(column, 2).substr(display_text(column, 2).size() - 6), "+00 BC");
  EXPECT_EQ(display_text(column, 3), "NULL");
  Column floats = column_of("float64");
  for (const double value : {0.1, 100000.0, 1e20, 1e-5, -2.5, 123456789012345.0})
    push_float(floats, value);
  const char* const k_expected[] = {"0.1", "100000", "1e+20", "1e-05", "-2.5", "123456789012345"};
  for (std::size_t row = 0; row < 6; ++row) EXPECT_EQ(display_text(floats, row), k_expected[row]);
}

}  // namespace
}  // namespace decant
