// Tables that take other values than the key once, or take two spellings of a key for one: values
// that change places, move on in a list, go to a new row, stand twice at the source.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_job = R"yaml(job: lists
target: ${DECANT_TARGET}
entities:
  lines:
    read: { files: "s*.csv", time: day }
    write: { table: lines, key: [id] }
    columns: { id: int64, day: date, list: int64, pos: int64, v: text }
)yaml";

class UniqueValues : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    write("job.yaml", k_job);
  }
  void make(const std::string& pos, const std::string& reference = {}) {
    changed(
        "CREATE TABLE lines (id bigint PRIMARY KEY, day date, list bigint NOT NULL, pos bigint " +
        pos + ", v text, own text, UNIQUE (list, pos))");
    if (!reference.empty())
      changed("CREATE TABLE child (cid bigint PRIMARY KEY, line bigint " + reference + ")");
    load({{1, 1}, {2, 2}, {3, 3}});
    changed("UPDATE lines SET own = 'kept ' || id");
    if (!reference.empty()) changed("INSERT INTO child SELECT id, id FROM lines");
  }
  // Rows by id and position.
  void load(const std::vector<std::pair<int, int>>& rows, int status = 0) {
    std::string all = "id,day,list,pos,v\n";
    for (const auto& [id, pos] : rows) {
      all += std::to_string(id) + ",2024-01-01,1," + std::to_string(pos) + ",v" +
             std::to_string(id) + "\n";
    }
    write("s.csv", all);
    last_ = run();
    ASSERT_THAT(last_, ExitsWith(status));
  }
  std::string lines() const {
    return asked("SELECT string_agg(id || ':' || pos, ' ' ORDER BY pos) FROM lines");
  }
  std::string own() const { return asked("SELECT string_agg(own, ' ' ORDER BY id) FROM lines"); }
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
  Outcome last_;
};
INSTANTIATE_TEST_SUITE_P(Into, UniqueValues, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(UniqueValues, ChangePlacesAndMoveOn) {
  for (const char* pos : {"", "NOT NULL"}) {
    SCOPED_TRACE(pos);
    use_target(fresh_target(GetParam()));
    make(pos);
    load({{1, 2}, {2, 1}, {3, 3}});
    EXPECT_EQ(lines(), "2:1 1:2 3:3");
    load({{4, 1}, {2, 2}, {1, 3}, {3, 4}});
    EXPECT_EQ(lines(), "4:1 2:2 1:3 3:4") << "a row was put in front";
    load({{2, 1}, {1, 2}, {3, 3}});
    EXPECT_EQ(lines(), "2:1 1:2 3:3");
    load({{1, 1}, {3, 2}});
    EXPECT_EQ(lines(), "1:1 3:2");
    EXPECT_EQ(own(), "kept 1 kept 3") << "a column that the source does not have";
    load({{1, 1}, {3, 2}});
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
  }
}

TEST_P(UniqueValues, ChangePlacesWhereRowsReferToThem) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB keeps such rows as they were.";
  for (const char* pos : {"", "NOT NULL"}) {
    for (const std::string action : {"", "ON DELETE CASCADE", "ON DELETE RESTRICT"}) {
      SCOPED_TRACE(pos + action);
      use_target(fresh_target(GetParam()));
      make(pos, "REFERENCES lines (id) " + action);
      // Where no value can be parked, a row would take its child with it.
      const bool is_kept = !std::string(pos).empty() && !action.empty();
      load({{1, 2}, {2, 1}, {3, 3}}, is_kept ? 1 : 0);
      EXPECT_EQ(lines(), is_kept ? "1:1 2:2 3:3" : "2:1 1:2 3:3");
      EXPECT_EQ(asked("SELECT count(line) FROM child"), "3");
      if (is_kept) {
        EXPECT_THAT(last_.text(), HasSubstr("Take the rows out of child"));
      }
      changed("DELETE FROM child");
      load({{1, 2}, {2, 1}, {3, 3}});
      EXPECT_EQ(lines(), "2:1 1:2 3:3");
    }
  }
}

// What follows the value would follow it to NULL, and would not come back with it.
TEST_P(UniqueValues, ThatRowsFollowAreNotParked) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB's foreign keys do not follow.";
  for (const char* action : {"CASCADE", "SET NULL"}) {
    SCOPED_TRACE(action);
    use_target(fresh_target(GetParam()));
    make("");
    changed("ALTER TABLE lines ADD UNIQUE (pos)");
    changed("CREATE TABLE child (pos bigint REFERENCES lines (pos) ON UPDATE " +
            std::string(action) + ")");
    changed("INSERT INTO child VALUES (1), (3)");
    load({{1, 2}, {2, 1}, {3, 3}}, 1);
    EXPECT_THAT(last_.text(), HasSubstr("Take the rows out of child"));
    EXPECT_EQ(lines(), "1:1 2:2 3:3");
    EXPECT_EQ(asked("SELECT count(pos) || ' ' || min(pos) FROM child"), "2 1");
    changed("DELETE FROM child WHERE pos = 1");
    load({{1, 2}, {2, 1}, {3, 3}});
    EXPECT_EQ(lines(), "2:1 1:2 3:3");
    EXPECT_EQ(asked("SELECT min(pos) FROM child"), "3");
  }
}

TEST_P(UniqueValues, GoFromMonthToMonth) {
  make("");
  const auto file = [&](int month, const std::string& rows) {
    write("s" + std::to_string(month) + ".csv", "id,day,list,pos,v\n" + rows);
  };
  write("s.csv", "id,day,list,pos,v\n");
  file(1, "1,2024-01-01,1,1,v1\n2,2024-01-01,1,2,v2\n");
  file(2, "3,2024-02-01,1,3,v3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  file(1, "1,2024-01-01,1,3,v1\n2,2024-01-01,1,2,v2\n");
  file(2, "3,2024-02-01,1,1,v3\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(lines(), "3:1 2:2 1:3");
  file(1, "1,2024-01-01,1,3,v1\n");
  file(2, "3,2024-02-01,1,1,v3\n9,2024-02-02,1,2,v9\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(lines(), "3:1 9:2 1:3");
}

// The row that comes later is a reject, and what was there of it goes: the others are loaded.
TEST_P(UniqueValues, ThatAreThereTwiceAreRejectsBesideThoseThatChangePlaces) {
  for (const char* pos : {"", "NOT NULL"}) {
    use_target(fresh_target(GetParam()));
    make(pos);
    std::string job = k_job;
    job.replace(job.find("    columns"), 0, "    rejects: { max: 5 }\n");
    write("job.yaml", job);
    load({{1, 2}, {2, 1}, {3, 3}, {4, 3}});
    EXPECT_EQ(lines(), "2:1 1:2 3:3");
    EXPECT_THAT(last_.text(), HasSubstr(is_postgres() ? "duplicate key value"
                                                      : "Another row of the table has the same "
                                                        "list, pos."));
    load({{1, 3}, {2, 1}, {3, 2}, {4, 2}});
    EXPECT_EQ(lines(), "2:1 3:2 1:3");
    load({{1, 3}, {2, 1}, {4, 2}});
    EXPECT_EQ(lines(), "2:1 4:2 1:3");
  }
}

// One row that refers to nothing does not make rejects of those that move on beside it, whatever
// the collations of the two columns are.
TEST_P(UniqueValues, MoveOnBesideARowThatRefersToNothing) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB judges what a row refers to by query.";
  for (const char* pos : {"", "NOT NULL"}) {
    SCOPED_TRACE(pos);
    use_target(fresh_target(GetParam()));
    make(pos);
    changed("CREATE TABLE names (v text COLLATE \"C\" PRIMARY KEY)");
    changed("ALTER TABLE lines ALTER v TYPE text COLLATE \"POSIX\"");
    changed("INSERT INTO names SELECT 'v' || generate_series(1, 3)");
    changed("ALTER TABLE lines ADD FOREIGN KEY (v) REFERENCES names");
    std::string job = k_job;
    job.replace(job.find("    columns"), 0, "    rejects: { max: 5 }\n");
    write("job.yaml", job);
    load({{9, 1}, {1, 2}, {2, 3}, {3, 4}});
    EXPECT_EQ(lines(), "1:2 2:3 3:4");
    EXPECT_EQ(asked("SELECT string_agg(rule, ' ') FROM decant.rejects"), "reference");
  }
}

// Whatever way the rows go in, and whether a constraint or an index is in the way.
TEST_P(UniqueValues, ThatAreTakenAreRejectsBesideTheOthers) {
  constexpr const char* k_rows =
      "id,day,code,v\n1,2024-01-01,a,x\n2,2024-01-01,b,x\n3,2024-01-01,a,x\n"
      "4,2024-02-01,c,x\n5,2024-02-01,taken,x\n6,2024-02-01,,x\n7,2024-02-01,,x\n";
  constexpr const char* k_in_table =
      "SELECT string_agg(id || ':' || coalesce(code, '-'), ' ' ORDER BY id) FROM codes";
  const bool first[] = {true, false};
  for (const char* write_as : {"", ", key: [id]", ", key: [id], mode: insert",
                               ", key: [id], mode: "
                               "upsert"}) {
    for (const bool is_index : first) {
      SCOPED_TRACE(std::string(write_as) + (is_index ? " index" : " constraint"));
      use_target(fresh_target(GetParam()));
      const bool has_key = *write_as != 0;
      changed(std::string("CREATE TABLE codes (id bigint") + (has_key ? " PRIMARY KEY" : "") +
              ", day date, \"code\" text" + (is_index ? "" : " UNIQUE") + ", v text)");
      if (is_index) changed("CREATE UNIQUE INDEX codes_code ON codes (\"code\")");
      changed("INSERT INTO codes VALUES (90, '2023-12-01', 'taken', 'y')");
      write("job.yaml",
            std::string("job: codes\ntarget: ${DECANT_TARGET}\nentities:\n  codes:\n"
                        "    read: { files: codes.csv, time: day }\n    write: { table: "
                        "codes") +
                write_as + " }\n    rejects: { max: 5 }\n    columns: { id: int64, day: date }\n");
      write("codes.csv", k_rows);
      const Outcome outcome = run({"--from", "2024-01"});
      EXPECT_THAT(outcome, ExitsWith(0));
      EXPECT_EQ(asked(k_in_table), "1:a 2:b 4:c 6:- 7:- 90:taken");
      EXPECT_EQ(asked("SELECT string_agg(rule, ' ') FROM decant.rejects WHERE in_batch"),
                "unique unique");
      // The row that had the value goes, and the others come in.
      changed("DELETE FROM codes WHERE id = 90");
      EXPECT_THAT(run({"--from", "2024-01"}), ExitsWith(0));
      EXPECT_EQ(asked(k_in_table), "1:a 2:b 4:c 5:taken 6:- 7:-");
    }
  }
}

// ---- keys

class OddKeys : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_database());
  }
  void job(const std::string& type, const std::string& mode = "replace") {
    write("job.yaml",
          "job: odd\ntarget: ${DECANT_TARGET}\nentities:\n  s:\n"
          "    read: { files: \"s.csv\" }\n    write: { table: s, key: [id], mode: " +
              mode +
              " }\n"
              "    columns: { id: " +
              type + ", v: text }\n");
  }
};

TEST_F(OddKeys, ARowWithoutOneThatSomebodyPutInIsTakenOut) {
  job("int64");
  changed("CREATE TABLE s (id bigint UNIQUE, v text)");
  write("s.csv", "id,v\n1,a\n2,b\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO s VALUES (NULL, 'somebody'), (NULL, 'somebody')");
  ASSERT_THAT(run(), ExitsWith(3));
  ASSERT_THAT(decant({"reconcile", "job.yaml", "--repair", "--yes"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(v, ' ' ORDER BY id) FROM s"), "a b");
}

TEST_F(OddKeys, OneThatIsSpeltOtherwiseIsWrittenAsTheSourceHasIt) {
  changed(
      "CREATE COLLATION folds (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  for (const char* mode : {"replace", "upsert"}) {
    job("text", mode);
    changed("CREATE TABLE s (id text COLLATE folds PRIMARY KEY, v text)");
    write("s.csv", "id,v\nA,a\nb,b\n");
    ASSERT_THAT(run(), ExitsWith(0)) << mode;
    write("s.csv", "id,v\na,a\nb,c\n");
    ASSERT_THAT(run(), ExitsWith(0)) << mode;
    EXPECT_EQ(report()["rows"]["updated"], 2) << mode;
    EXPECT_EQ(asked("SELECT string_agg(id || v, ' ' ORDER BY v) FROM s"), "aa bc") << mode;
    ASSERT_THAT(run(), ExitsWith(0)) << mode;
    changed("DROP TABLE s; DROP SCHEMA decant CASCADE");
  }
}

// An index that takes A and a for two lets in what the column takes for one key twice.
TEST_F(OddKeys, AnIndexUnderAnotherCollationKeepsNone) {
  changed(
      "CREATE COLLATION folds (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  changed("CREATE TABLE s (id text COLLATE folds NOT NULL, v text)");
  changed("CREATE UNIQUE INDEX s_key ON s (id COLLATE \"C\")");
  write("s.csv", "id,v\nA,a\na,b\nb,b\n");
  job("text");
  const Outcome first = run();
  EXPECT_THAT(first, ExitsWith(3));
  EXPECT_THAT(first.err, HasSubstr("1 key of s (id) is there more than once"));
  for (const char* mode : {"upsert", "insert"}) {
    changed("DROP SCHEMA decant CASCADE");
    job("text", mode);
    const Outcome refused = run();
    EXPECT_THAT(refused, ExitsWith(1)) << mode;
    EXPECT_THAT(refused.err, HasSubstr("has no unique index on the key (id)")) << mode;
  }
  EXPECT_EQ(asked("SELECT string_agg(id || v, ' ' ORDER BY v, id) FROM s"), "Aa ab bb");
}

// Where both compare by bytes it is one.
TEST_F(OddKeys, AnIndexUnderAnotherExactCollationKeepsThem) {
  changed("CREATE TABLE s (id text NOT NULL, v text)");
  changed("CREATE UNIQUE INDEX s_key ON s (id COLLATE \"C\")");
  changed("INSERT INTO s VALUES ('A', 'old')");
  write("s.csv", "id,v\nA,a\na,b\nb,b\n");
  job("text", "upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(id || v, ' ' ORDER BY v, id) FROM s"), "Aa ab bb");
  EXPECT_EQ(asked("SELECT count(*) FROM pg_indexes WHERE tablename = 's'"), "1");
}

// The table computes what others refer to.
TEST_F(OddKeys, AParentIsKeptByWhatItsTableComputes) {
  write("job.yaml", R"yaml(job: odd
target: ${DECANT_TARGET}
entities:
  p:
    read: { files: "p.csv" }
    write: { table: p, key: [id] }
    columns: { id: int64, v: text }
  c:
    read: { files: "c.csv" }
    write: { table: c, key: [id] }
    columns: { id: int64, up: text }
)yaml");
  changed(
      "CREATE TABLE p (id bigint PRIMARY KEY, v text, g text GENERATED ALWAYS AS ('k' || v) STORED "
      "UNIQUE)");
  changed("CREATE TABLE c (id bigint PRIMARY KEY, up text REFERENCES p (g))");
  write("p.csv", "id,v\n1,a\n2,b\n");
  write("c.csv", "id,up\n1,ka\n2,kb\n");
  ASSERT_THAT(run(), ExitsWith(0));
  write("p.csv", "id,v\n2,b\n");
  ASSERT_THAT(run(), ExitsWith(1)) << "its child stays";
  EXPECT_EQ(asked("SELECT count(*) FROM p"), "2");
  write("c.csv", "id,up\n2,kb\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM p"), "1");
}

}  // namespace
}  // namespace decant::test
