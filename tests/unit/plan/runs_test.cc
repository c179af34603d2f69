// Run after run over days and stores of a database that changes, as far as plans go: each row that
// a run covers lies in one chunk of it, whatever earlier runs recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "coordinator/plan/chunking.h"
#include "coordinator/plan/splitting.h"
#include "tests/unit/plan/plan_fixture.h"

namespace decant {
namespace {

using ::testing::IsEmpty;

class Runs {
 public:
  explicit Runs(unsigned seed) : random_(seed) {
    shop_.job.store_from_column = "shop";
    shop_.job.chunk_rows = 1 + below(60);
    shop_.entity.store_column = "shop";
    shop_.entity.range_kind = TypeKind::kDate;
    for (int i = below(60); i >= 0; --i) change();
  }

  void run() {
    PlanInput input = shop_.input({{"", census()}});
    input.allow_empty = true;
    input.selection = selection_;
    input.ledger = ledger_;
    input.table_is_empty = ledger_.empty();
    divide(input);
    const auto work = plan_entity(input);
    ASSERT_TRUE(work) << work.error().message;
    every_row_is_in_one_chunk(work->chunks);
    for (const PlannedChunk& chunk : work->chunks)
      if (chunk.is_new) ledger_.push_back(recorded(chunk.spec, 1));
    nothing_overlaps();
  }
  void select_some() {
    selection_ = {};
    if (below(3) == 0) selection_.stores = {below(2) == 0 ? "a" : "b"};
    const std::int64_t first = day(), second = day();
    if (below(3) > 0) selection_.days.begin = std::min(first, second);
    if (below(3) > 0) selection_.days.end = std::max(first, second) + 1;
  }
  void select_all() { selection_ = {}; }
  void change() {
    std::map<std::int64_t, std::int64_t>& days = rows_[below(2) == 0 ? "a" : "b"];
    const std::int64_t at = day();
    if (below(4) == 0) {
      days.erase(at);
    } else {
      days[at] += 1 + below(20);
    }
  }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

 private:
  std::int64_t day() { return days_from_civil({2024, 1, 1}) + below(91); }
  bool covers(const std::string& store, std::int64_t day) const {
    const DayRange& days = selection_.days;
    return is_selected(shop_.job, selection_, store) && (!days.begin || day >= *days.begin) &&
           (!days.end || day < *days.end);
  }

  // As a database takes it: a small month in one cell, within the days of the run.
  CensusResult census() const {
    CensusResult result;
    CensusExtent& extent = result.extents.emplace_back();
    extent.exact = true;
    for (const auto& [store, days] : rows_) {
      std::map<std::string, std::vector<CensusCell>> months;
      for (const auto& [day, rows] : days) {
        if (selection_.days.begin && day < *selection_.days.begin) continue;
        if (selection_.days.end && day >= *selection_.days.end) continue;
        const std::string period = month_of(day, TypeKind::kDate, {});
        months[period].push_back({store, period, {day, day + 1}, rows});
      }
      for (const auto& [period, cells] : months) {
        std::int64_t rows = 0;
        for (const CensusCell& cell : cells) rows += cell.rows;
        if (rows > shop_.job.chunk_rows) {
          extent.cells.insert(extent.cells.end(), cells.begin(), cells.end());
        } else {
          const ValueRange days_of_run{selection_.days.begin, selection_.days.end};
          extent.cells.push_back({store, period, intersect(month(period), days_of_run), rows});
        }
      }
    }
    return result;
  }
  static ValueRange month(const std::string& period) {
    std::int64_t year = 0;
    int number = 0;
    EXPECT_TRUE(parse_month(period, year, number));
    return *month_range(year, number, TypeKind::kDate, {});
  }

  // Some chunks cannot be divided and are taken whole.
  void divide(PlanInput& input) {
    const auto splits = wanted_splits(input);
    ASSERT_TRUE(splits);
    for (const ChunkSplit& split : *splits) {
      if (below(3) == 0) continue;
      std::erase_if(ledger_, [&](const ChunkRecord& record) {
        return record.spec.name() == split.record.spec.name();
      });
      for (const ChunkSpec& part : split.parts) ledger_.push_back(recorded(part, 1));
    }
    input.ledger = ledger_;
  }

  void every_row_is_in_one_chunk(const std::vector<PlannedChunk>& chunks) const {
    for (const auto& [store, days] : rows_) {
      for (const auto& [day, rows] : days) {
        if (!covers(store, day)) continue;
        int found = 0;
        for (const PlannedChunk& chunk : chunks)
          if (chunk.spec.slice.store == store && chunk.spec.range.contains(day)) ++found;
        EXPECT_EQ(found, 1) << store << " " << format_date(day);
      }
    }
  }
  void nothing_overlaps() const {
    for (std::size_t a = 0; a < ledger_.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (ledger_[a].spec.slice != ledger_[b].spec.slice) continue;
        EXPECT_NE(ledger_[a].spec.number, ledger_[b].spec.number);
        EXPECT_TRUE(is_empty(intersect(ledger_[a].spec.range, ledger_[b].spec.range)));
      }
    }
  }

  std::mt19937 random_;
  Shop shop_{0};
  Selection selection_;
  std::map<std::string, std::map<std::int64_t, std::int64_t>> rows_;
  std::vector<ChunkRecord> ledger_;
};

TEST(Runs, EveryRowThatARunCoversIsInOneChunkWhateverRanBefore) {
  const char* text = std::getenv("DECANT_TEST_SEED");
  const unsigned first = text != nullptr ? static_cast<unsigned>(std::atoi(text)) : 1;
  for (unsigned seed = first; seed < (text != nullptr ? first + 1 : 400); ++seed) {
    SCOPED_TRACE("DECANT_TEST_SEED=" + std::to_string(seed));
    Runs runs(seed);
    for (int steps = runs.below(6); steps >= 0; --steps) {
      runs.select_some();
      runs.run();
      for (int changes = runs.below(4); changes > 0; --changes) runs.change();
    }
    runs.select_all();
    runs.run();
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace decant
