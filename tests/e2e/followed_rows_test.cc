// Rows of other tables that would go, or change, with a row that is deleted (ON DELETE CASCADE, SET
// NULL): they stay where it only moves to a chunk of another task, and follow where it is gone.
#include <csignal>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_job = R"yaml(job: orders
target: ${DECANT_TARGET}
chunk_rows: 5
stores: { a: { source: a }, b: { source: b } }
entities:
  parent:
    read: { files: "{month}.csv", time: day }
    write: { table: parent, key: [id] }
    columns: { id: int64, shop: { constant: "{store}" }, day: date, code: text }
)yaml";

// The child is loaded by nobody. Each file is a task of its own.
class FollowedRows : public DecantTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_database());
    write("job.yaml", k_job);
    changed("CREATE TABLE parent (id bigint PRIMARY KEY, shop text, day date, code text UNIQUE)");
    changed("CREATE TABLE child (cid bigint PRIMARY KEY, pid bigint REFERENCES parent (id) " +
            std::string(GetParam()) + ")");
    rows_ = {{"a/2024-01", {1, 2, 3, 4, 5, 6}},
             {"a/2024-02", {11, 12, 13, 14, 15, 16}},
             {"b/2024-01", {21, 22, 23, 24, 25, 26}}};
    ASSERT_THAT(load(), ExitsWith(0));
    changed("INSERT INTO child SELECT id, id FROM parent");
  }
  void write_files() {
    for (const auto& [file, ids] : rows_) {
      std::string text = "id,day,code\n";
      for (const int id : ids) {
        text += std::to_string(id) + "," + file.substr(2) + "-0" + std::to_string(1 + id % 9) +
                ",c" + std::to_string(codes_.contains(id) ? codes_[id] : id) + "\n";
      }
      write(file + ".csv", text + more_[file]);
    }
  }
  Outcome load() {
    write_files();
    return run();
  }
  void move(int id, const std::string& from, const std::string& to) {
    std::erase(rows_[from], id);
    rows_[to].push_back(id);
  }
  std::string without(int id) const {
    return asked("SELECT count(*) || ' ' || count(pid) FROM child WHERE cid <> " +
                 std::to_string(id));
  }
  std::string child(int id) const {
    return asked(
        "SELECT coalesce((SELECT coalesce(CAST(pid AS text), 'set to null') FROM child "
        "WHERE cid = " +
        std::to_string(id) + "), 'gone')");
  }
  std::string place(int id) const {
    return asked("SELECT shop || ' ' || to_char(day, 'YYYY-MM') FROM parent WHERE id = " +
                 std::to_string(id));
  }
  std::string after_deletion() const {
    return std::string(GetParam()) == "ON DELETE CASCADE" ? "gone" : "set to null";
  }

  std::map<std::string, std::vector<int>> rows_;
  std::map<int, int> codes_;
  std::map<std::string, std::string> more_;  // lines at the ends of files
};
std::string action_name(const testing::TestParamInfo<const char*>& action) {
  return std::string(action.param).ends_with("CASCADE") ? "Cascade" : "SetNull";
}
INSTANTIATE_TEST_SUITE_P(By, FollowedRows,
                         testing::Values("ON DELETE CASCADE", "ON DELETE SET NULL"), action_name);

TEST_P(FollowedRows, StayWhereTheirParentMovesToAnotherStore) {
  move(2, "a/2024-01", "b/2024-01");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(2), "b 2024-01");
  EXPECT_EQ(child(2), "2");
  EXPECT_EQ(without(2), "17 17");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(FollowedRows, StayWhereTheirParentMovesToAnotherMonth) {
  move(2, "a/2024-01", "a/2024-02");
  move(13, "a/2024-02", "a/2024-01");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(2), "a 2024-02");
  EXPECT_EQ(place(13), "a 2024-01");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
}

TEST_P(FollowedRows, StayWhereAMonthMovesWhole) {
  rows_["b/2024-03"] = rows_["a/2024-01"];
  rows_["a/2024-01"] = {7};
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(2), "b 2024-03");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
}

TEST_P(FollowedRows, FollowWhereTheirParentIsGone) {
  std::erase(rows_["a/2024-01"], 2);
  move(3, "a/2024-01", "b/2024-01");
  const Outcome outcome = load();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.text(), HasSubstr("with what child has of them"));
  EXPECT_EQ(asked("SELECT count(*) FROM parent"), "17");
  EXPECT_EQ(child(2), after_deletion());
  EXPECT_EQ(child(3), "3");
  EXPECT_EQ(without(2), "17 17");
}

// The rows of another task are looked for before the moved one is called a duplicate.
TEST_P(FollowedRows, StayWhereTheirParentMovesBesideARowThatIsRefused) {
  changed("ALTER TABLE parent ADD CHECK (code <> 'c29')");
  std::string job = k_job;
  job.replace(job.find("    columns"), 0, "    rejects: { max: 5 }\n");
  write("job.yaml", job);
  rows_["b/2024-01"].push_back(29);
  move(2, "a/2024-01", "b/2024-01");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(2), "b 2024-01");
  EXPECT_EQ(child(2), "2");
  EXPECT_EQ(asked("SELECT string_agg(rule, ' ') FROM decant.rejects"), "check");
}

// Its number waits for the one that goes, in the same month and in another.
TEST_P(FollowedRows, StayWhileARowIsRejectedThatMayBeTheirParent) {
  std::string job = k_job;
  job.replace(job.find("    columns"), 0, "    rejects: { max: 5 }\n");
  write("job.yaml", job);
  std::erase(rows_["a/2024-01"], 2);
  more_["b/2024-01"] = "2,2024-01-33,c2\n";
  const Outcome outcome = load();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.text(), HasSubstr("they may be among those that were rejected."));
  EXPECT_EQ(child(2), "2");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
  more_.clear();
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(child(2), after_deletion());
}

TEST_P(FollowedRows, StayWhereTheirParentMovesToAStoreThatIsNotRead) {
  std::string job = k_job;
  job.replace(job.find("b: { source: b }"), 16, "b: { source: b, active: false }");
  write("job.yaml", job);
  move(2, "a/2024-01", "b/2024-01");
  const Outcome outcome = load();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.text(), HasSubstr("a store that is not active is not read"));
  EXPECT_EQ(child(2), "2");
  write("job.yaml", k_job);
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(2), "b 2024-01");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
}

TEST_P(FollowedRows, StayWhereTheirParentMovesToAStoreOfTheColumnThatIsNotRead) {
  use_target(fresh_database());
  changed("CREATE TABLE parent (id bigint PRIMARY KEY, shop text)");
  changed("CREATE TABLE child (cid bigint PRIMARY KEY, pid bigint REFERENCES parent (id) " +
          std::string(GetParam()) + ")");
  const auto write_job = [&](const std::string& active) {
    write("job.yaml",
          "job: column\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop, b: { active: " +
              active +
              " } }\nentities:\n  parent:\n    read: { files: p.csv }\n"
              "    write: { table: parent, key: [id] }\n"
              "    columns: { id: int64, shop: text }\n");
  };
  write_job("true");
  write("p.csv", "id,shop\n1,a\n2,a\n3,b\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO child SELECT id, id FROM parent");
  write_job("false");
  write("p.csv", "id,shop\n1,b\n2,a\n3,b\n");
  EXPECT_THAT(run(), ExitsWith(3));
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "3");
  write_job("true");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT shop FROM parent WHERE id = 1"), "b");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "3");
}

TEST_P(FollowedRows, FollowWhereAnotherTakesTheNumberOfTheirParent) {
  std::erase(rows_["a/2024-01"], 2);
  std::erase(rows_["a/2024-02"], 12);
  rows_["a/2024-01"].push_back(8);
  rows_["b/2024-01"].push_back(27);
  codes_ = {{8, 2}, {27, 12}};
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM parent"), "18");
  EXPECT_EQ(asked("SELECT code FROM parent WHERE id = 8"), "c2");
  EXPECT_EQ(asked("SELECT code FROM parent WHERE id = 27"), "c12");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "16");
}

// It may have moved there, for all that this run can see.
TEST_P(FollowedRows, StayWhileAStoreIsLeftOut) {
  move(5, "a/2024-01", "b/2024-01");
  std::erase(rows_["a/2024-01"], 6);
  write_files();
  write("b/2024-01.csv", "id,day\n25,2024-01-05\n");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.text(), HasSubstr("A run over all entities, stores and times deletes them."));
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(5), "b 2024-01");
  EXPECT_EQ(child(6), after_deletion());
  EXPECT_EQ(without(6), "17 17");
}

// A run over one store does not see where it went.
TEST_P(FollowedRows, StayWhereARunOverOneStoreMissesTheirParent) {
  move(2, "a/2024-01", "b/2024-01");
  write_files();
  const Outcome outcome = run({"--stores", "a"});
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.text(), HasSubstr("A run over all entities, stores and times deletes them."));
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(2), "b 2024-01");
  EXPECT_EQ(child(2), "2");
}

// Somebody moves a row in the target: it is moved back.
TEST_P(FollowedRows, StayWhereTheirParentIsRepaired) {
  changed("UPDATE parent SET shop = 'b' WHERE id = 2");
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--repair", "--yes"}), ExitsWith(0));
  EXPECT_EQ(place(2), "a 2024-01");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "18");
}

TEST_P(FollowedRows, FollowAfterTheRunWasKilled) {
  changed(
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(5); RETURN OLD; END'");
  changed("CREATE TRIGGER waits BEFORE DELETE ON parent FOR EACH ROW EXECUTE FUNCTION wait()");
  std::erase(rows_["a/2024-01"], 2);
  move(3, "a/2024-01", "b/2024-01");
  write_files();
  const auto killed = start_decant(run_words());
  ASSERT_TRUE(killed->wait_until([&] {
    return asked(
               "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
               "'DELETE FROM \"parent\"%'") != "0";
  }));
  killed->signal(SIGKILL);
  (void)killed->wait();
  changed("DROP TRIGGER waits ON parent");
  ASSERT_THAT(load(), ExitsWith(0));
  EXPECT_EQ(place(3), "b 2024-01");
  EXPECT_EQ(asked("SELECT count(*) FROM parent"), "17");
  EXPECT_EQ(child(2), after_deletion());
  EXPECT_EQ(without(2), "17 17");
}

// A row that waits is still at the source, and so is what it is to refer to: that one waits for the
// number of a row which the waiting one refers to, as the table has it.
class FollowedAndWaiting : public DecantTest, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(By, FollowedAndWaiting,
                         testing::Values("ON DELETE CASCADE", "ON DELETE SET NULL"), action_name);

TEST_P(FollowedAndWaiting, StayWhereTheirParentWaitsForItsOwn) {
  use_target(fresh_database());
  write("job.yaml", R"yaml(job: codes
target: ${DECANT_TARGET}
entities:
  code:
    read: { files: code.csv }
    write: { table: code, key: [id] }
    columns: { id: int64, code: text }
  parent:
    read: { files: parent.csv }
    write: { table: parent, key: [id] }
    columns: { id: int64, code: int64 }
    rejects: { max: 5 }
)yaml");
  changed("CREATE TABLE code (id bigint PRIMARY KEY, code text UNIQUE)");
  changed("CREATE TABLE parent (id bigint PRIMARY KEY, code bigint REFERENCES code (id))");
  changed("CREATE TABLE child (cid bigint PRIMARY KEY, pid bigint REFERENCES parent (id) " +
          std::string(GetParam()) + ")");
  write("code.csv", "id,code\n1,a\n9,z\n");
  write("parent.csv", "id,code\n2,1\n5,9\n7,9\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO child VALUES (100, 2), (101, 5), (102, 7)");
  write("code.csv", "id,code\n3,a\n9,z\n");
  write("parent.csv", "id,code\n2,3\n5,9\n");
  // What the other entity's rows refer to by now is not seen.
  changed("ALTER TABLE parent DROP CONSTRAINT parent_code_fkey");
  changed(
      "ALTER TABLE parent ADD CONSTRAINT parent_code_fkey FOREIGN KEY (code) REFERENCES code "
      "(id) ON DELETE CASCADE");
  EXPECT_THAT(run({"--entities", "code"}), ExitsWith(1));
  EXPECT_EQ(asked("SELECT count(*) FROM parent"), "3");
  changed("ALTER TABLE parent DROP CONSTRAINT parent_code_fkey");
  changed(
      "ALTER TABLE parent ADD CONSTRAINT parent_code_fkey FOREIGN KEY (code) REFERENCES code "
      "(id)");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.text(), HasSubstr("Take the rows out of parent"));
  EXPECT_EQ(asked("SELECT string_agg(cid || ':' || pid, ' ' ORDER BY cid) FROM child WHERE pid IS "
                  "NOT NULL"),
            "100:2 101:5");
  EXPECT_EQ(asked("SELECT string_agg(id || ':' || code, ' ' ORDER BY id) FROM parent"), "2:1 5:9");
  // Whoever lets it refer to nothing for a moment frees the number.
  changed("UPDATE parent SET code = NULL WHERE id = 2");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(id || ':' || code, ' ' ORDER BY id) FROM parent"), "2:3 5:9");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "2");
}

// In its old month the row is gone, in the new one it waits: one task has to know of both.
TEST_P(FollowedAndWaiting, StayWhereTheirParentMovesToAnotherMonthAndWaitsThere) {
  use_target(fresh_database());
  write("job.yaml", R"yaml(job: codes
target: ${DECANT_TARGET}
entities:
  code:
    read: { files: code.csv }
    write: { table: code, key: [id] }
    columns: { id: int64, code: text }
  parent:
    read: { files: "parent_{month}.csv", time: day }
    write: { table: parent, key: [id] }
    columns: { id: int64, day: date, code: int64 }
)yaml");
  changed("CREATE TABLE code (id bigint PRIMARY KEY, code text UNIQUE)");
  changed("CREATE TABLE parent (id bigint PRIMARY KEY, day date, code bigint REFERENCES code)");
  changed("CREATE TABLE child (cid bigint PRIMARY KEY, pid bigint REFERENCES parent " +
          std::string(GetParam()) + ")");
  write("code.csv", "id,code\n1,a\n9,z\n");
  write("parent_2024-01.csv", "id,day,code\n2,2024-01-05,1\n5,2024-01-06,9\n");
  write("parent_2024-02.csv", "id,day,code\n7,2024-02-05,9\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO child VALUES (100, 2), (101, 5), (102, 7)");
  // 3 takes the code of 1, which goes, and 2 refers to it from February on.
  write("code.csv", "id,code\n3,a\n9,z\n");
  write("parent_2024-01.csv", "id,day,code\n5,2024-01-06,9\n");
  write("parent_2024-02.csv", "id,day,code\n2,2024-02-07,3\n7,2024-02-05,9\n");
  EXPECT_THAT(run(), ExitsWith(1));
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "3");
  changed("UPDATE parent SET code = NULL WHERE id = 2");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(id || ':' || code, ' ' ORDER BY id) FROM parent"),
            "2:3 5:9 7:9");
  EXPECT_EQ(asked("SELECT count(pid) FROM child"), "3");
}

}  // namespace
}  // namespace decant::test
