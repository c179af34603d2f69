// Loaders of one worker, whose DuckDB instances go from one to the next.
#include <gtest/gtest.h>

#include <stdexcept>

#include "common/connector/duckdb/parquet_source.h"
#include "common/connector/duckdb/stage_loader.h"
#include "common/value/canonical.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::move(*result);
}

class StageLoaders : public ::testing::Test {
 protected:
  StageLoaders()
      : numbers_(plan_of("n", {{"id", "int32"}}, {})),
        names_(plan_of("t", {{"id", "int32"}, {"nombre", "text"}}, {})),
        factory_(make_duckdb_loader_factory()) {}

  std::unique_ptr<TaskLoader> begin(const EntityPlan& entity) {
    return must(factory_->begin(
        load_plan(entity, LoadMethod::kAppend, {whole_chunk()}, folder_ / "stage")));
  }

  static void write(TaskLoader& loader, const EntityPlan& entity,
                    const std::vector<TextRow>& rows) {
    const std::vector<int> chunks(rows.size(), 0);
    EXPECT_TRUE(loader.write(batch_of(entity.target_schema(), rows), chunks).has_value());
  }

  // What its stage file holds, each row as "1|Ana|".
  static std::string finished(TaskLoader& loader, const EntityPlan& entity) {
    std::vector<RefusedRow> none;
    const LoadOutcome outcome = must(loader.finish({0}, take_into(none), no_ledger()));
    std::vector<std::string> columns;
    for (const ColumnPlan& column : entity.columns) columns.push_back(column.name);
    const auto file = must(ParquetFiles().open(outcome.stage_file));
    const auto rows = must(file->rows({.columns = columns}));
    std::string text;
    RowBatch batch;
    std::vector<Reject> faults;
    while (must(rows->next(batch, faults))) {
      for (std::size_t row = 0; row < batch.rows; ++row) {
        for (const Column& column : batch.columns) text += display_text(column, row) + "|";
      }
    }
    return text;
  }

  const TempFolder folder_;
  const EntityPlan numbers_, names_;
  const std::unique_ptr<LoaderFactory> factory_;
};

TEST_F(StageLoaders, AtTheSameTimeEachWritesItsOwnRows) {
  for (int round = 0; round < 2; ++round) {
    const auto first = begin(numbers_);
    const auto second = begin(names_);
    write(*second, names_, {{"1", "Ana"}});
    write(*first, numbers_, {{"7"}});
    write(*second, names_, {{"2", "Luis"}});
    EXPECT_EQ(finished(*first, numbers_), "7|");
    EXPECT_EQ(finished(*second, names_), "1|Ana|2|Luis|");
  }
}

TEST_F(StageLoaders, WhatWasGivenUpOrCalledOffDoesNotReachTheNext) {
  {
    const auto dropped = begin(names_);
    write(*dropped, names_, {{"1", "Ana"}});
    const auto called_off = begin(numbers_);
    write(*called_off, numbers_, {{"1"}});
    called_off->cancel();
    std::vector<RefusedRow> none;
    EXPECT_FALSE(called_off->finish({0}, take_into(none), no_ledger()).has_value());
  }
  for (int i = 0; i < 3; ++i) {
    const auto next = begin(numbers_);
    write(*next, numbers_, {{"8"}, {"9"}});
    EXPECT_EQ(finished(*next, numbers_), "8|9|");
  }
}

}  // namespace
}  // namespace decant::test
