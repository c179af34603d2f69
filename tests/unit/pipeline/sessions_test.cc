// What tasks read under.
#include "worker/pipeline/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decant {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Status check(const Task& task, const std::string& store, const std::string& snapshot) {
  OpenSource open;
  open.snapshot = snapshot;
  return check_reads_what_was_counted(task, store, open, WorkerName("w1"));
}

TEST(Sessions, ATaskThatLetsRowsGoReadsUnderTheSnapshotOfTheRun) {
  Task task;
  task.snapshots["a"] = {"id1 700:700:", "id2 700:700:"};
  EXPECT_TRUE(check(task, "a", "id9 800:800:"));
  task.lets_go = true;
  EXPECT_TRUE(check(task, "a", "id3 700:700:"));
  const Status another = check(task, "a", "id9 800:800:");
  ASSERT_FALSE(another);
  EXPECT_EQ(another.error().code, ErrorCode::kSourceChanged);
  // Learned from somebody who came later: then it is not the run's either.
  task.snapshots["a"].push_back("id9 800:800:");
  EXPECT_FALSE(check(task, "a", "id9 800:800:"));
  // A store's snapshot is compared with those of its own source.
  task.snapshots["b"] = {"id5 900:900:"};
  EXPECT_TRUE(check(task, "b", "id6 900:900:"));
  // Files have none; what they are is checked where they are read.
  task.snapshots.clear();
  EXPECT_TRUE(check(task, "a", ""));
}

TEST(Sessions, AStoresRowsHaveTheSameConstantsWhoeverReadsThem) {
  const EntitySpec entity = [] {
    EntitySpec spec;
    spec.name = "sales";
    for (const auto& [name, constant] :
         {std::pair("c", "{code}"), {"d", "plain"}, {"e", "{label}"}}) {
      ColumnSpec& column = spec.columns.emplace_back();
      column.name = name;
      column.constant = constant;
    }
    return spec;
  }();
  StoreSpec here;
  here.name = "a";
  here.values["code"] = "one";
  here.values["host"] = "h1";
  StoreSpec there = here;
  there.values["host"] = "h2";  // no row has it
  OpenSource open;
  open.entity = &entity;
  open.store_values = digest_of_store_values(entity, there);
  Task task;
  task.store_values["a"] = digest_of_store_values(entity, here);
  EXPECT_TRUE(check_reads_what_was_counted(task, "a", open, WorkerName("w2")));
  there.values["code"] = "two";
  open.store_values = digest_of_store_values(entity, there);
  const Status other = check_reads_what_was_counted(task, "a", open, WorkerName("w2"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kUsage);
  EXPECT_THAT(other.error().message,
              AllOf(HasSubstr("store a"), HasSubstr("c, e of sales"), HasSubstr("worker w2")));
  EXPECT_TRUE(digest_of_store_values(EntitySpec(), there).empty())
      << "none of its columns takes any";
}

// Keeps what it was asked for, and has no source.
struct AskedSources final : SourceFactory {
  Result<std::unique_ptr<Source>> open(const SourceRequest& request,
                                       const EntitySpec& entity) override {
    connection = request.connection;
    snapshots = request.snapshots;
    files = entity.read.files;
    store = request.store != nullptr ? *request.store : StoreSpec();
    return fail(ErrorCode::kUnreachable, "There is nothing here.");
  }
  std::string connection;
  std::vector<std::string> snapshots;
  std::string files;
  StoreSpec store;
};

class SessionsOfAStore : public ::testing::Test {
 protected:
  void SetUp() override {
    auto job = parse_job(
        "job: a\ntarget: duckdb:a\nstores:\n"
        "  a$$b: { region: \"${REGION}\", source: \"/srv/${DIR}/{store}/{region}\" }\n"
        "  c: { region: \"${NOT_SET}\", source: /srv }\n"
        "entities:\n  v:\n    read: { files: \"${DIR}/{store}_*.csv\" }\n"
        "    write: { table: v }\n",
        "/jobs");
    ASSERT_TRUE(job) << job.error().to_string();
    job_ = *std::move(job);
    not_filled_in_ = fill_in_stores(job_, environment_);
  }
  Error open(const std::string& store) {
    SourceSessions sessions(job_, not_filled_in_, environment_, mask_, asked_, "decant");
    return sessions.open("v", store, {{"a$$b", {"1-1 700:700:"}}, {"c", {"1-2 900:900:"}}}).error();
  }

  const Environment environment_{{{"REGION", "SUR"}, {"DIR", "d[1]"}}};
  JobSpec job_;
  StoresNotFilledIn not_filled_in_;
  SecretMask mask_;
  AskedSources asked_;
};

TEST_F(SessionsOfAStore, FillInItsValuesItsFolderAndItsFiles) {
  EXPECT_EQ(open("a$$b").code, ErrorCode::kUnreachable);
  EXPECT_EQ(asked_.connection, "/srv/d[1]/a$$b/SUR");
  EXPECT_EQ(asked_.files, "d[[]1]/{store}_*.csv");
  EXPECT_EQ(asked_.store.values.at("region"), "SUR");
  EXPECT_EQ(asked_.snapshots, std::vector<std::string>{"1-1 700:700:"}) << "those of its own";
}

TEST_F(SessionsOfAStore, WhoseVariableIsNotSetOpenNothingAndSayWhich) {
  const Error error = open("c");
  EXPECT_EQ(error.code, ErrorCode::kUsage);
  EXPECT_EQ(error.message, "The environment variable NOT_SET is not set.");
  EXPECT_EQ(error.place.store, "c");
  EXPECT_TRUE(asked_.connection.empty());
}

}  // namespace
}  // namespace decant
