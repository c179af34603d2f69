#include "coordinator/control/failures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decant {
namespace {

using ::testing::HasSubstr;

Task task_of(const std::string& store) {
  Task task;
  task.store = store;
  task.plan.entity = "sales";
  return task;
}

Error refused() { return Error{ErrorCode::kUnreachable, "No answer from 10.0.0.1.", {}, {}, {}}; }

TEST(AttemptNotice, TasksThatFailAlikeAreToldOnceForEachAttempt) {
  AttemptNotice notice(4);
  EXPECT_EQ(notice.failed(task_of("A"), refused(), 1),
            "sales of A, attempt 1 of 4, another follows: No answer from 10.0.0.1.");
  EXPECT_EQ(notice.failed(task_of("A"), refused(), 1), std::nullopt);
  EXPECT_EQ(notice.failed(task_of("B"), refused(), 1), std::nullopt);
  EXPECT_NE(notice.failed(task_of("B"), refused(), 2), std::nullopt);
}

TEST(TakeBackPatience, IsOverAtOnceWhereNothingWillPassAndAfterManyTriesOfOneTaskElse) {
  TakeBackPatience patience;
  const Error held{ErrorCode::kBusy, "Somebody else has the row.", {}, {}, {}};
  EXPECT_TRUE(patience.is_over(TaskId(1), {ErrorCode::kNoSpace, "No memory.", {}, {}, {}}));
  for (int i = 0; i < 19; ++i) EXPECT_FALSE(patience.is_over(TaskId(2), held));
  EXPECT_FALSE(patience.is_over(TaskId(3), held));
  EXPECT_TRUE(patience.is_over(TaskId(2), held));
}

TEST(AttemptNotice, TheLastAttemptIsLeftToTheRun) {
  AttemptNotice notice(4);
  EXPECT_EQ(notice.failed(task_of("A"), refused(), 4), std::nullopt);
}

class StoresOfFiles : public testing::Test {
 protected:
  void SetUp() override {
    auto job = parse_job(R"yaml(job: shop
target: duckdb:x.duckdb
stores: { A: {}, B: {}, C: {} }
entities:
  sales:
    read: { files: "data/{store}.csv", time: day }
    columns: { store: { constant: "{store}" }, day: date, amount: "decimal(8,2)" }
    write: { table: sales }
)yaml",
                         "/jobs/shop");
    ASSERT_TRUE(job) << job.error().to_string();
    job_ = std::move(*job);
  }
  static StoreCensus with(const std::string& store, const std::vector<std::string>& columns) {
    StoreCensus census;
    census.store = store;
    for (const std::string& name : columns)
      census.census.columns.fields.push_back({name, {}, true});
    CensusExtent extent;
    extent.extent.kind = ExtentKind::kFile;
    extent.extent.path = "/jobs/shop/data/" + store + ".csv";
    census.census.extents.push_back(extent);
    return census;
  }
  Misfits misfits(const std::vector<StoreCensus>& censuses) const {
    return stores_that_do_not_fit(job_, job_.entities.front(), censuses, nullptr);
  }
  JobSpec job_;
};

TEST_F(StoresOfFiles, OneWhoseHeaderLacksAColumnIsNamedWithItsFile) {
  const auto found = misfits(
      {with("A", {"day", "amount"}), with("B", {"day", "amuont"}), with("C", {"day", "amount"})});
  EXPECT_FALSE(found.all);
  ASSERT_EQ(found.errors.size(), 1U);
  EXPECT_EQ(found.errors[0].place.store, "B");
  EXPECT_TRUE(is_of_a_store(found.errors[0]));
  EXPECT_EQ(found.errors[0].message,
            "Column \"amount\" is read from \"amount\", which is not in the header of data/B.csv.");
}

TEST_F(StoresOfFiles, WhereNoneHasTheColumnTheJobIsWrong) {
  const auto found = misfits({with("A", {"day"}), with("B", {"day"})});
  EXPECT_TRUE(found.all);
  EXPECT_THAT(found.errors.front().message, HasSubstr("data/A.csv"));
}

TEST_F(StoresOfFiles, RecordsOfWhichNoneCanBeReadAreAnotherThingThanNone) {
  StoreCensus none = with("A", {});
  EXPECT_THAT(nothing_to_read(job_.entities[0], {none}).message, HasSubstr("has anything to read"));
  CensusExtent counted;
  counted.extent.path = "data/A.jsonl";
  counted.cells.emplace_back().rows = 7;
  none.census.extents.push_back(counted);
  EXPECT_THAT(
      nothing_to_read(job_.entities[0], {none}).message,
      HasSubstr("Not one of the 7 records of sales can be read as what its files are said to be, "
                "from data/A.jsonl on."));
}

TEST_F(StoresOfFiles, AStoreWithoutFilesFitsAlways) {
  StoreCensus none;
  none.store = "B";
  const auto found = misfits({with("A", {"day", "amount"}), none});
  EXPECT_FALSE(found.all);
  EXPECT_TRUE(found.errors.empty());
}

TEST_F(StoresOfFiles, ColumnsThatLandInOneStoreOnlyAreNamed) {
  const auto common = common_columns(
      job_, job_.entities.front(),
      {with("A", {"day", "amount", "note"}), with("B", {"day", "amount", "memo"})}, nullptr);
  ASSERT_FALSE(common);
  EXPECT_THAT(common.error().message,
              HasSubstr("B (data/B.csv) lacks note and adds memo, unlike A (data/A.csv)."));
}

TEST_F(StoresOfFiles, TypesOfTheTableAreThoseThatTheJobDoesNotSay) {
  job_.entities.front().columns.resize(1);  // of the store
  job_.entities.front().read.time = "day";
  job_.entities.front().control_sums = {"amount"};
  const std::vector<StoreCensus> censuses = {with("A", {"day", "amount"})};
  EXPECT_TRUE(misfits(censuses).all) << "texts are no times";
  Schema table;
  table.fields = {{"store", {}, true},
                  {"day", *parse_type("date"), true},
                  {"amount", *parse_type("decimal(12,2)"), true}};
  const auto found = stores_that_do_not_fit(job_, job_.entities.front(), censuses, &table);
  ASSERT_TRUE(found.errors.empty()) << found.errors.front().to_string();
  EXPECT_TRUE(common_columns(job_, job_.entities.front(), censuses, &table));
}

TEST_F(StoresOfFiles, AnotherOrderOfTheSameColumnsIsTheSame) {
  EXPECT_TRUE(common_columns(job_, job_.entities.front(),
                             {with("A", {"day", "amount"}), with("B", {"amount", "day"})},
                             nullptr));
}

TEST(StoreError, AMistakeInTheJobIsNoStores) {
  Error error{ErrorCode::kUsage, "No such encoding.", {}, {}, {"job", "sales", "A", {}}};
  EXPECT_FALSE(is_of_a_store(error));
  error.code = ErrorCode::kPermission;
  EXPECT_TRUE(is_of_a_store(error));
  error.place.store.clear();
  EXPECT_FALSE(is_of_a_store(error));
}

TEST(Reach, ALockThatIsNotLetGoCostsTheRowsBehindItAndABusySourceItsStore) {
  Error error{ErrorCode::kBusy, "Another session holds a lock.", {}, "55P03", {}};
  EXPECT_EQ(reach_of(error), Reach::kRows);
  error.place.store = "A";
  EXPECT_EQ(reach_of(error), Reach::kStore);
  EXPECT_TRUE(is_of_a_store(error));
}

TEST(Reach, WhatIsSetAsideDoesNotEndTheRun) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    Error error{static_cast<ErrorCode>(code), "It failed.", {}, {}, {"job", "sales", "A", {}}};
    const Remedy remedy = remedy_for(error.code);
    if (remedy != Remedy::kQuarantine && remedy != Remedy::kAbort) continue;
    EXPECT_EQ(reach_of(error) == Reach::kRun, remedy == Remedy::kAbort) << to_string(error.code);
  }
}

}  // namespace
}  // namespace decant
