// Several stage files in one transaction: all with their own counts, or none.
#include <filesystem>

#include "tests/support/temp_folder.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

EntityPlan sales() {
  return plan_of("ventas", {{"tienda", "text"}, {"fecha", "date"}, {"total", "decimal(18,4)"}}, {});
}

LoadPlan of_months(const std::string& store, const std::vector<int>& months,
                   const std::string& folder, std::int64_t task) {
  std::vector<ChunkSpec> chunks;
  for (const int month : months) chunks.push_back(month_chunk(store, 2024, month));
  LoadPlan plan = load_plan(sales(), LoadMethod::kAppend, std::move(chunks), folder);
  plan.task_id = task;
  return plan;
}

class GroupCommit : public testing::Test {
 protected:
  void SetUp() override {
    target_ = open_target(folder_ / "t.duckdb");
    ASSERT_OK(target_->create_table(sales()));
    const LoadPlan a = of_months("a", {8, 9}, folder_.path(), 1);
    const LoadPlan b = of_months("b", {10}, folder_.path(), 2);
    files_ = {
        stage(a, {{"a", "2024-08-03", "1"}, {"a", "2024-09-03", "2"}, {"a", "2024-09-04", "3"}}),
        stage(b, {{"b", "2024-10-01", "4"}})};
    tasks_ = {{a, files_[0], noted(0)}, {b, files_[1], noted(1)}};
  }

  LedgerWrites noted(std::size_t task) {
    return [this, task](SqlSession& sql, const LoadOutcome& outcome) -> Status {
      std::string inserted;
      for (const ChunkCounts& counts : outcome.counts)
        inserted += std::to_string(counts.inserted) + " ";
      DECANT_TRY(sql.execute("CREATE TABLE IF NOT EXISTS ledger (task INTEGER, rows TEXT)"));
      DECANT_TRY(sql.execute("INSERT INTO ledger VALUES (" + std::to_string(task) + ", '" +
                             inserted + "')"));
      if (task == refused_) return fail(ErrorCode::kFenced, "Another owner holds the task.");
      return {};
    };
  }

  std::size_t rows() { return rows_of(*target_, "SELECT * FROM ventas").size(); }
  bool all_files_are_there() const {
    return std::filesystem::exists(files_[0]) && std::filesystem::exists(files_[1]);
  }

  const TempFolder folder_;
  std::unique_ptr<Target> target_;
  std::vector<std::string> files_;
  std::vector<StagedAppend> tasks_;
  std::size_t refused_ = 99;
};

TEST_F(GroupCommit, EachTaskIsToldOfItsOwnRowsAndItsFileGoes) {
  ASSERT_OK(target_->commit_appends(tasks_));
  EXPECT_EQ(rows_of(*target_, "SELECT tienda, sum(total) FROM ventas GROUP BY 1"),
            (std::vector<TextRow>{{"a", "6.0000"}, {"b", "4.0000"}}));
  EXPECT_EQ(rows_of(*target_, "SELECT task, rows FROM ledger"),
            (std::vector<TextRow>{{"0", "1 2 "}, {"1", "1 "}}));
  for (const std::string& file : files_) EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(GroupCommit, WhereOneIsFencedOffNothingOfAnyHappened) {
  refused_ = 1;
  const Status together = target_->commit_appends(tasks_);
  ASSERT_FALSE(together);
  EXPECT_EQ(together.error().code, ErrorCode::kFenced);
  EXPECT_EQ(rows(), 0u);
  EXPECT_FALSE((*target_->describe("ledger")).has_value());
  ASSERT_TRUE(all_files_are_there());
  refused_ = 99;
  ASSERT_OK(target_->commit_appends(tasks_));
  EXPECT_EQ(rows(), 4u);
}

TEST_F(GroupCommit, ARowThatTheTableRefusesKeepsAllOfThemOut) {
  ASSERT_OK(target_->sql().execute("CREATE UNIQUE INDEX one ON ventas (fecha)"));
  ASSERT_OK(target_->sql().execute("INSERT INTO ventas VALUES ('z', '2024-10-01', 9)"));
  const Status together = target_->commit_appends(tasks_);
  ASSERT_FALSE(together);
  EXPECT_EQ(together.error().code, ErrorCode::kDataRefused);
  EXPECT_EQ(rows(), 1u);
  EXPECT_TRUE(all_files_are_there());
}

}  // namespace
}  // namespace decant::test
