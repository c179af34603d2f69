// What is spooled comes back as it was, where the canonical form would make it equal.
#include "common/value/exact_row.h"

#include <bit>

#include "common/value/canonical.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

RowBatch batch_of(const std::vector<std::uint64_t>& bits, const std::vector<const char*>& jsons) {
  auto schema = std::make_shared<Schema>();
  schema->fields = {{"f", type_of("float64")}, {"j", type_of("json")}, {"n", type_of("float32")}};
  RowBatch batch;
  batch.reset(schema);
  batch.rows = bits.size();
  for (Column& column : batch.columns) column.resize(batch.rows);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    batch.columns[0].valid[row] = batch.columns[1].valid[row] = 1;
    batch.columns[0].words[row] = std::bit_cast<std::int64_t>(bits[row]);
    batch.columns[1].views[row] = batch.arena.copy(jsons[row]);
  }
  return batch;
}

TEST(ExactRow, KeepsTheSignOfZeroPayloadsAndTheTextOfJson) {
  const std::vector<std::uint64_t> bits = {0x8000000000000000, 0, 0x7FF8000000000001,
                                           0x7FF8000000000000, 0x3FF0000000000000};
  const std::vector<const char*> jsons = {"{\"b\": 1.50, \"a\": 1, \"a\": 2}", " [1e2]", "-0.0",
                                          "null", "\"\\u0041\""};
  const RowBatch batch = batch_of(bits, jsons);
  RowBatch back;
  back.reset(batch.schema);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    std::string bytes;
    append_exact_row(batch, row, bytes);
    ASSERT_TRUE(append_row_from_exact(bytes, back)) << row;
  }
  ASSERT_EQ(back.rows, batch.rows);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(back.columns[0].words[row]), bits[row]);
    EXPECT_EQ(back.columns[1].views[row], jsons[row]);
    EXPECT_EQ(back.columns[2].valid[row], 0);
  }
}

TEST(ExactRow, OfOtherTypesItIsTheCanonicalForm) {
  const RowBatch batch = batch_of({1}, {"[1]"});
  EXPECT_FALSE(is_exact_as_canonical(*batch.schema));
  RowBatch plain;
  auto schema = std::make_shared<Schema>();
  for (const char* type : {"bool", "int64", "decimal(18,4)", "decimal", "date", "time", "timestamp",
                           "timestamptz", "text", "bytes", "uuid"}) {
    schema->fields.push_back({type, type_of(type)});
  }
  ASSERT_TRUE(is_exact_as_canonical(*schema));
  plain.reset(schema);
  plain.rows = 2;
  for (Column& column : plain.columns) {
    column.resize(2);
    column.valid[0] = 1;
    if (column.storage == Storage::kView) column.views[0] = "12.50";
  }
  for (std::size_t row = 0; row < plain.rows; ++row) {
    std::string canonical, of_canonical, of_row;
    append_canonical_row(plain, row, canonical);
    append_exact_row(canonical, of_canonical);
    append_exact_row(plain, row, of_row);
    EXPECT_EQ(of_canonical, of_row);
  }
}

TEST(ExactRow, BytesThatAreCutOffOrGoOnAreRefused) {
  const RowBatch batch = batch_of({0x8000000000000000}, {"[1]"});
  std::string bytes;
  append_exact_row(batch, 0, bytes);
  RowBatch back;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    back.reset(batch.schema);
    // Without the word behind it the row is whole, and 0.
    if (size + 12 == bytes.size()) continue;
    EXPECT_FALSE(append_row_from_exact(bytes.substr(0, size), back)) << size;
  }
  back.reset(batch.schema);
  EXPECT_FALSE(append_row_from_exact(bytes + "x", back));
  bytes[bytes.size() - 12] = 1;  // the word of a column that is no floating-point number
  EXPECT_FALSE(append_row_from_exact(bytes, back));
}

}  // namespace
}  // namespace decant
