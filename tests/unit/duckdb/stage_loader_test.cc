// Loaders of one worker, each with a stage file of its own.
#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "common/connector/duckdb/stage_loader.h"
#include "tests/unit/duckdb/stage_files.h"

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
  std::string finished(TaskLoader& loader) {
    std::vector<RefusedRow> none;
    const LoadOutcome outcome = must(loader.finish({0}, take_into(none), no_ledger()));
    EXPECT_EQ(static_cast<std::int64_t>(std::filesystem::file_size(outcome.stage_file)),
              outcome.stage_size_bytes);
    EXPECT_TRUE(outcome.stage_file.ends_with(".stage"));
    std::string text;
    for (const SqlRow& row :
         must(target_->sql().query("SELECT * EXCLUDE (decant_chunk, decant_row) FROM " +
                                   relation_of({outcome.stage_file}) + " ORDER BY decant_row"))) {
      for (const SqlValue& value : row) text += value.value_or("NULL") + "|";
    }
    return text;
  }

  const TempFolder folder_;
  const EntityPlan numbers_, names_;
  const std::unique_ptr<LoaderFactory> factory_;
  const std::unique_ptr<Target> target_ = open_target(folder_ / "t.duckdb");
};

TEST_F(StageLoaders, AtTheSameTimeEachWritesItsOwnRows) {
  for (int round = 0; round < 2; ++round) {
    const auto first = begin(numbers_);
    const auto second = begin(names_);
    write(*second, names_, {{"1", "Ana"}});
    write(*first, numbers_, {{"7"}});
    write(*second, names_, {{"2", "Luis"}});
    EXPECT_EQ(finished(*first), "7|");
    EXPECT_EQ(finished(*second), "1|Ana|2|Luis|");
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
    EXPECT_EQ(finished(*next), "8|9|");
  }
}

// As a worker meets it that stages many batches, of which some rows belong to no chunk.
TEST_F(StageLoaders, RowsOfManyBatchesAreNumberedInTheirOrder) {
  const auto loader = begin(numbers_);
  for (int batch = 0; batch < 3; ++batch) {
    const std::vector<TextRow> rows(3'000, {std::to_string(batch)});
    std::vector<int> chunks(rows.size(), 0);
    chunks[7] = -1;
    ASSERT_OK(loader->write(batch_of(numbers_.target_schema(), rows), chunks));
  }
  std::vector<RefusedRow> none;
  const LoadOutcome outcome = must(loader->finish({0}, take_into(none), no_ledger()));
  const auto rows = must(target_->sql().query(
      "SELECT count(*), min(decant_row), max(decant_row), count(DISTINCT decant_row), "
      "count(*) FILTER (id = decant_row // 2999), sum(decant_chunk) FROM " +
      relation_of({outcome.stage_file})));
  EXPECT_EQ(rows[0], (SqlRow{"8997", "0", "8996", "8997", "8997", "0"}));
}

}  // namespace
}  // namespace decant::test
