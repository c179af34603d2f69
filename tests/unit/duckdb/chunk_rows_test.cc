// The rows of chunks, asked for with each one's limits and with limits that are put together.
#include <algorithm>
#include <random>

#include "common/connector/load_sql.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

constexpr int k_days = 90;  // of 2024, from its first

class RowsOfChunks : public testing::TestWithParam<unsigned> {
 protected:
  RowsOfChunks() : target_(open_target(folder_ / "chunks.duckdb")), random_(GetParam()) {}

  void SetUp() override {
    for (const char* sql :
         {"CREATE TABLE ventas (tienda VARCHAR, fecha DATE, id BIGINT)",
          "INSERT INTO ventas SELECT [NULL, 'a', 'b', 'c'][1 + i % 4], CASE WHEN i % 13 = 0 THEN "
          "NULL WHEN i % 29 = 0 THEN 'infinity' ELSE DATE '2024-01-01' + CAST(i * 7 % 90 AS "
          "INTEGER) END, i FROM range(900) AS r(i)"}) {
      ASSERT_OK(target_->sql().execute(sql));
    }
  }
  // Chunks of every store between cuts at random days; the first and the last may be open.
  std::vector<ChunkSpec> random_chunks() {
    std::vector<ChunkSpec> chunks;
    const std::int64_t first = days_from_civil({2024, 1, 1});
    for (const std::string& store :
         {std::string("a"), std::string("b"), std::string(k_unknown_store)}) {
      std::vector<std::int64_t> cuts = {first, first + k_days};
      for (unsigned i = random_() % 60; i > 0; --i) cuts.push_back(first + random_() % k_days);
      std::sort(cuts.begin(), cuts.end());
      cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
      for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        ChunkSpec chunk = month_chunk(store, 2024, 1);
        chunk.number = static_cast<std::int32_t>(i + 1);
        chunk.range = {cuts[i], cuts[i + 1]};
        if (i == 0 && random_() % 2 == 0) chunk.range.begin.reset();
        if (i + 2 == cuts.size() && random_() % 2 == 0) chunk.range.end.reset();
        chunks.push_back(chunk);
      }
      chunks.push_back(undated_chunk(store));
    }
    return chunks;
  }
  std::vector<TextRow> ids(const std::string& select) {
    return rows_of(*target_, "SELECT id FROM (" + select + ") AS found");
  }

  TempFolder folder_;
  std::unique_ptr<Target> target_;
  std::mt19937 random_;
};
INSTANTIATE_TEST_SUITE_P(Seeds, RowsOfChunks, testing::Range(1U, 9U));

TEST_P(RowsOfChunks, AreTheSameHoweverTheirLimitsAreCompared) {
  const EntityPlan entity = plan_of(
      "ventas", {{"tienda", "text", false}, {"fecha", "date"}, {"id", "int64", false}}, {"id"});
  const LoadPlan plan =
      load_plan(entity, LoadMethod::kReplaceByKey, random_chunks(), folder_.path());
  for (const unsigned of_ten : {10U, 7U, 3U, 1U}) {
    std::vector<int> chunks;
    for (const int position : all_chunks(plan)) {
      if (random_() % 10 < of_ten) chunks.push_back(position);
    }
    if (chunks.empty()) continue;
    std::shuffle(chunks.begin(), chunks.end(), random_);
    const std::string put_together =
        select_rows_of_chunks(Dialect::kDuckDb, plan, chunks, "decant_t.\"id\"");
    EXPECT_EQ(ids(put_together),
              ids(select_chunk_rows(Dialect::kDuckDb, plan, chunks, "decant_t.\"id\"")));
    if (of_ten == 10) {
      EXPECT_EQ(put_together.find("VALUES"), std::string::npos) << put_together;
    }
  }
}

}  // namespace
}  // namespace decant::test
