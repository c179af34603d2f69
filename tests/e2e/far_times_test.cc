// Years before Christ, and the last ones that an engine has: their rows are those of their months.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

struct Ends {
  Engine source, target;
};

class FarTimes : public DecantTest, public testing::WithParamInterface<Ends> {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(GetParam().target));
    source_ = GetParam().source == Engine::kPostgres ? fresh_database()
                                                     : "duckdb:" + path("source.duckdb");
    if (IsSkipped()) return;
    write_job();
  }

  void write_job(const std::string& more = {}) {
    std::string job = "job: far\ntarget: ${DECANT_TARGET}\n" + more + "entities:\n";
    for (const std::string& table : tables())
      job += "  " + table + ":\n    read: { table: " + table + ", time: t, source: \"" + source_ +
             "\" }\n    write: { table: " + table + (table.ends_with("k") ? ", key: [id]" : "") +
             " }\n    rejects: { max: 10 }\n";
    write("job.yaml", job);
  }

  // By type, and those with a key for a row.
  static std::vector<std::string> tables() {
    return {"date_k", "date_n", "timestamp_k", "timestamp_n", "timestamptz_k", "timestamptz_n"};
  }
  static std::string type_of(const std::string& table) { return table.substr(0, table.find('_')); }

  // Rows are numbered from 1, each with a value v of 0.
  void make(const std::string& table, const std::vector<std::string>& times) {
    const std::string type = type_of(table);
    std::string rows;
    for (const std::string& time : times)
      rows += (rows.empty() ? "(" : ", (") + std::to_string(++made_) + ", " + type + " '" + time +
              "', 0)";
    made_ = 0;
    changed_in(source_, "CREATE TABLE " + table + " (id BIGINT, t " + type + ", v BIGINT)");
    changed_in(source_, "INSERT INTO " + table + " VALUES " + rows);
  }

  static std::string rows(const std::string& connection, const std::string& table,
                          const std::string& where = "TRUE") {
    return ask(connection, "SELECT id, v, CAST(isfinite(t) AS VARCHAR) FROM " + table + " WHERE " +
                               where + " ORDER BY id");
  }

  void expect_all(const std::string& where = "TRUE") const {
    for (const std::string& table : tables())
      EXPECT_EQ(rows(target(), table), rows(source_, table, where)) << table;
  }

  void change(const std::string& where) {
    for (const std::string& table : tables())
      changed_in(source_, "UPDATE " + table + " SET v = v + 1 WHERE " + where);
  }

  std::string source_;

 private:
  int made_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Of, FarTimes,
                         testing::Values(Ends{Engine::kPostgres, Engine::kPostgres},
                                         Ends{Engine::kPostgres, Engine::kDuckDb},
                                         Ends{Engine::kDuckDb, Engine::kPostgres},
                                         Ends{Engine::kDuckDb, Engine::kDuckDb}),
                         [](const auto& ends) {
                           return to_string(ends.param.source) + "Into" +
                                  to_string(ends.param.target);
                         });

// What many systems write for "never" and for "always", in zones on both sides of UTC.
TEST_P(FarTimes, TheEndsOfACalendarInAStoresZoneAreRowsOfTheirMonths) {
  for (const std::string& table : tables())
    make(table, {"9999-12-31 23:59:59", "9999-12-01", "9999-12-31", "0001-01-01", "0001-01-31",
                 "1753-01-01", "1899-12-31 23:59:59", "2999-12-31 23:59:59", "5001-01-01"});
  for (const char* zone : {"America/Caracas", "Pacific/Kiritimati"}) {
    use_target(fresh_target(GetParam().target));
    write_job(std::string("time_zone: ") + zone + "\n");
    ASSERT_THAT(run(), ExitsWith(0)) << zone;
    expect_all();
  }
}

TEST_P(FarTimes, YearsBeforeAndAfterChristAreToldApart) {
  for (const std::string& table : tables())
    make(table, {"0044-03-15 (BC)", "0044-03-15", "0001-12-31 (BC)", "0001-01-01", "2024-01-01"});
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all();
  for (const char* some : {"id = 1", "id = 2", "id IN (3, 4)"}) {
    SCOPED_TRACE(some);
    change(some);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["equal"], true);
    expect_all();
  }
  for (const std::string& table : tables())
    changed_in(source_, "DELETE FROM " + table + " WHERE id = 1");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all();
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(0));
}

// Where a zone's clocks show a time that PostgreSQL has no place for.
TEST_P(FarTimes, OfTheLastAndTheFirstDayAreReadInAnyZone) {
  if (GetParam().source == Engine::kDuckDb) return;
  for (const std::string& table : tables())
    make(table,
         {"294276-12-31 23:30:00+00", "2024-01-01", "4714-11-24 01:00:00+00 BC", "infinity"});
  const std::string held = GetParam().target == Engine::kPostgres
                               ? "TRUE"
                               : "pg_typeof(t) = 'date'::regtype OR t < '294246-12-31 12:00' OR "
                                 "NOT isfinite(t)";
  for (const char* zone : {"America/Caracas", "Pacific/Kiritimati"}) {
    use_target(fresh_target(GetParam().target));
    write_job(std::string("time_zone: ") + zone + "\n");
    for (int runs = 0; runs < 2; ++runs) {
      ASSERT_THAT(run(), ExitsWith(0)) << zone;
      expect_all(held);
    }
  }
}

// Of PostgreSQL's, some of which DuckDB has no place for: these are rejects, and nothing else goes.
TEST_P(FarTimes, OfTheFirstAndTheLastMonthsAreThoseOfTheirMonths) {
  if (GetParam().source == Engine::kDuckDb) return;
  for (const std::string& table : tables()) {
    std::vector<std::string> times = {"-infinity", "4714-11-24 BC", "4714-12-02 BC", "2024-01-01",
                                      "infinity"};
    const std::vector<std::string> last =
        type_of(table) == "date"
            ? std::vector<std::string>{"999999-11-30", "999999-12-31", "5874897-12-31"}
            : std::vector<std::string>{"294246-12-31", "294276-11-30",
                                       "294276-12-31 23:59:59.999999+00"};
    times.insert(times.end(), last.begin(), last.end());
    make(table, times);
  }
  const std::string held = GetParam().target == Engine::kPostgres
                               ? "TRUE"
                               : "pg_typeof(t) = 'date'::regtype OR t < '294246-12-31 12:00' OR "
                                 "NOT isfinite(t)";
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all(held);
  for (const char* some : {"id = 8", "id IN (2, 3, 6)", "id IN (1, 5)"}) {
    SCOPED_TRACE(some);
    change(some);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["equal"], true);
    expect_all(held);
  }
  for (const std::string& table : tables())
    changed_in(source_, "DELETE FROM " + table + " WHERE id IN (2, 7, 8)");
  ASSERT_THAT(run(), ExitsWith(0));
  expect_all(held);
}

}  // namespace
}  // namespace decant::test
