#include "common/connector/chunk_digester.h"
#include "common/value/canonical.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

SetDigest digest_of(const RowBatch& batch) {
  SetDigest digest;
  RowHasher hasher;
  for (std::size_t row = 0; row < batch.rows; ++row) digest.add(hasher.hash_row(batch, row));
  return digest;
}

SetDigest digest_of(Target& target, const EntityPlan& plan) {
  auto rows = target.read_table(plan);
  EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
  EXPECT_EQ(*(*rows)->schema(), plan.target_schema());
  SetDigest digest;
  std::vector<Reject> faults;
  RowBatch batch;
  while (true) {
    const auto more = (*rows)->next(batch, faults);
    EXPECT_TRUE(more.has_value()) << more.error().to_string();
    if (!more || !*more) return digest;
    digest.merge(digest_of(batch));
  }
}

// Loads a table of one column and compares the digest of what was staged with that of what is read
// back.
void expect_round_trip(const std::string& type, const std::vector<Text>& values) {
  SCOPED_TRACE(type);
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan plan = plan_of("t", {{"v", type}}, {});
  ASSERT_OK(target->create_table(plan));
  std::vector<TextRow> rows;
  for (const Text& value : values) rows.push_back({value});
  const LoadOutcome outcome =
      load(*target, load_plan(plan, LoadMethod::kAppend, {whole_chunk()}, folder.path()), rows);
  EXPECT_EQ(outcome.counts[0].inserted, static_cast<std::int64_t>(values.size()));
  EXPECT_EQ(digest_of(*target, plan), digest_of(batch_of(plan.target_schema(), rows)));
  const auto shape = target->describe("t");
  ASSERT_OK(shape);
  EXPECT_EQ(to_string((*shape)->schema.fields[0].type), to_string(plan.columns[0].type));
}

TEST(DuckDbRoundTrip, BooleansAndIntegersKeepTheirBytes) {
  expect_round_trip("bool", {"true", "false", std::nullopt});
  expect_round_trip("int16", {"-32768", "32767", "0", std::nullopt});
  expect_round_trip("int32", {"-2147483648", "2147483647", std::nullopt});
  expect_round_trip("int64", {"-9223372036854775808", "9223372036854775807", "42"});
}

TEST(DuckDbRoundTrip, DecimalsOfEveryWidthKeepTheirBytes) {
  expect_round_trip("decimal(4,2)", {"-99.99", "99.99", "0", std::nullopt});
  expect_round_trip("decimal(9,4)", {"-99999.9999", "1.2346"});
  expect_round_trip("decimal(18,4)", {"99999999999999.9999", "-0.0001"});
  expect_round_trip("decimal(38,10)",
                    {"-9999999999999999999999999999.9999999999", "1", std::nullopt});
}

TEST(DuckDbRoundTrip, FloatsKeepTheirBits) {
  expect_round_trip("float64", {"0.1", "-0.0", "NaN", "1e308", "-5e-324", std::nullopt});
}

TEST(DuckDbRoundTrip, DatesAndTimesKeepTheirBytes) {
  expect_round_trip("date", {"2024-02-29", "0001-01-01", "1969-12-31", "9999-12-31", std::nullopt});
  expect_round_trip("date", {"infinity", "-infinity"});
  expect_round_trip("time", {"00:00:00", "23:59:59.999999", "24:00:00"});
  expect_round_trip("timestamp",
                    {"2024-08-31 21:05:00.000123", "1900-01-01 00:00:00", std::nullopt});
  expect_round_trip("timestamp", {"infinity", "-infinity"});
  expect_round_trip("timestamptz", {"2024-08-31 21:05:00+00", "1969-12-31 23:59:59.5-04:00"});
}

TEST(DuckDbRoundTrip, TextBytesUuidsAndJsonKeepTheirBytes) {
  expect_round_trip("text",
                    {"", "corto", "más de doce bytes: Mérida, 日本", "a\nb\tc'\"\\", std::nullopt});
  expect_round_trip("bytes", {"\\x00ff10", "\\x", std::nullopt});
  expect_round_trip("uuid",
                    {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
                     "7f3a52c1-0b6e-4f0a-9d3b-0123456789ab", std::nullopt});
  expect_round_trip("json", {R"({"b": 1.10, "a": [null, "x"]})", "3", std::nullopt});
}

TEST(DuckDbRoundTrip, MoreRowsThanAVectorAndARowGroupComeBack) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan plan = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  ASSERT_OK(target->create_table(plan));
  std::vector<TextRow> rows;
  for (int i = 0; i < 130'000; ++i) {
    rows.push_back(
        {std::to_string(i), i % 7 == 0 ? Text() : Text("artículo número " + std::to_string(i))});
  }
  load(*target, load_plan(plan, LoadMethod::kAppend, {whole_chunk()}, folder.path()), rows);
  EXPECT_EQ(digest_of(*target, plan), digest_of(batch_of(plan.target_schema(), rows)));
  ASSERT_OK(target->build_key(plan));
}

TEST(DuckDbRoundTrip, RowsOutsideTheChunksAreNotStaged) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan plan = plan_of("t", {{"tienda", "text"}, {"fecha", "date"}}, {});
  ASSERT_OK(target->create_table(plan));
  const LoadPlan august =
      load_plan(plan, LoadMethod::kAppend, {month_chunk("a", 2024, 8)}, folder.path());
  load(*target, august,
       {{"a", "2024-08-01"}, {"a", "2024-09-01"}, {"b", "2024-08-01"}, {"a", "2024-08-31"}});
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"),
            (std::vector<TextRow>{{"a", "2024-08-01"}, {"a", "2024-08-31"}}));
}

}  // namespace
}  // namespace decant::test
