// Stores with time zones of their own: a month, and a day of --from and --to, begins for each of
// them where its zone has it.
#include "tests/e2e/fixture.h"
#include "tests/support/csv_text.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* k_head = R"yaml(job: zones
target: ${DECANT_TARGET}
chunk_rows: 40
stores:)yaml";

// Every six hours from the end of 2023 to the middle of April: days and months of the two stores
// overlap.
constexpr int k_rows = 440;

class Zones : public EveryTarget {
 protected:
  void from_column(const std::string& source, const std::string& mode = "replace") {
    write("job.yaml", std::string(k_head) + R"yaml(
  from_column: shop
  utc: {}
  tok: { time_zone: Asia/Tokyo }
entities:
  sales:
    read: { table: sales, time: sold_at, source: ")yaml" +
                          source + "\" }\n    write: { table: sales, key: [id], mode: " + mode +
                          " }\n");
    changed_in(
        source,
        "CREATE TABLE sales (id BIGINT, shop TEXT, sold_at TIMESTAMP WITH TIME ZONE, v BIGINT)");
    changed_in(source,
               "INSERT INTO sales SELECT i, CASE WHEN i % 2 = 0 THEN 'utc' ELSE 'tok' END, "
               "TIMESTAMP WITH TIME ZONE '2023-12-29 00:30:00+00' + i * INTERVAL '6 hours', i FROM "
               "generate_series(1, 440) AS s(i)");
  }
  std::string duckdb_source() const { return "duckdb:" + path("source.duckdb"); }

  void files() {
    write("job.yaml", std::string(k_head) + R"yaml(
  utc: {}
  tok: { time_zone: Asia/Tokyo }
entities:
  sales:
    read: { files: "{store}.csv", time: sold_at }
    write: { table: sales, key: [shop, id] }
    columns: { shop: { constant: "{store}" }, id: int64, sold_at: timestamptz, v: int64 }
)yaml");
    write_store("utc", 0);
    write_store("tok", 0);
  }
  // Local times, one an hour over three months' ends.
  void write_store(const std::string& store, int added) {
    std::vector<CsvRow> rows{{"id", "sold_at", "v"}};
    for (int i = 0; i < 24 * 60; ++i) {
      const int day = i / 24;
      const std::string date = day < 29   ? "2024-02-" + two(day + 1)
                               : day < 60 ? "2024-03-" + two(day - 28)
                                          : "2024-04-01";
      rows.push_back(
          {std::to_string(i), date + " " + two(i % 24) + ":30:00", std::to_string(i + added)});
    }
    write(store + ".csv", csv_text(rows));
  }
  static std::string two(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }
  std::string count() const { return asked("SELECT count(*) FROM sales"); }

  // Some days, the whole, and the whole again; then a change on both sides of a month's end.
  void load_and_follow(const std::string& source) {
    ASSERT_THAT(run({"--from", "2024-01-20", "--to", "2024-02-10"}), ExitsWith(0));
    EXPECT_EQ(count(), ask(source, std::string("SELECT count(*) FROM sales WHERE ") + k_days));
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(count(), std::to_string(k_rows));
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    EXPECT_EQ(report()["equal"], true);
    changed_in(source, "UPDATE sales SET v = v + 1000 WHERE id IN (130, 131, 132, 133, 134, 135)");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["rows"]["updated"], 6);
    ASSERT_THAT(run({"--from", "2024-02-10", "--to", "2024-02-17"}), ExitsWith(0));
    EXPECT_EQ(report()["rows"]["updated"], 0);
    EXPECT_EQ(asked("SELECT sum(v) FROM sales"), ask(source, "SELECT sum(v) FROM sales"));
  }
  // 2024-01-20 to 2024-02-10 in each store's zone.
  static constexpr const char* k_days =
      "(shop = 'utc' AND sold_at >= TIMESTAMP WITH TIME ZONE '2024-01-20 00:00:00+00' AND sold_at "
      "< "
      "TIMESTAMP "
      "WITH TIME ZONE '2024-02-11 00:00:00+00') OR (shop = 'tok' AND sold_at >= TIMESTAMP WITH "
      "TIME "
      "ZONE "
      "'2024-01-19 15:00:00+00' AND sold_at < TIMESTAMP WITH TIME ZONE '2024-02-10 15:00:00+00')";
};

INSTANTIATE_TEST_SUITE_P(Into, Zones, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Zones, OfStoresThatAColumnSaysInPostgres) {
  const std::string source = fresh_database();
  if (IsSkipped()) return;
  from_column(source);
  load_and_follow(source);
}

TEST_P(Zones, OfStoresThatAColumnSaysInDuckDb) {
  from_column(duckdb_source());
  load_and_follow(duckdb_source());
}

TEST_P(Zones, OfStoresThatAColumnSaysInModeUpsert) {
  from_column(duckdb_source(), "upsert");
  load_and_follow(duckdb_source());
  EXPECT_THAT(report().dump(), Not(HasSubstr("target-only")));
}

// Which zone a local time is of says the store of its row, and values are read before that is
// known.
TEST_P(Zones, OfStoresThatAColumnSaysBendNoLocalTime) {
  write("job.yaml", std::string(k_head) + R"yaml(
  from_column: shop
  utc: {}
  tok: { time_zone: Asia/Tokyo }
entities:
  sales:
    read: { files: "all.csv", time: sold_at }
    write: { table: sales, key: [id] }
    rejects: { max: 1 }
    columns: { id: int64, sold_at: timestamptz }
)yaml");
  write("all.csv",
        "id,shop,sold_at\n1,utc,2024-01-05 10:00:00Z\n2,tok,2024-01-31 23:30:00+09\n"
        "3,tok,2024-01-31 23:30:00\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 1);
  EXPECT_THAT(report().dump(), HasSubstr("has a time that goes by the zone of the row's store"));
  EXPECT_EQ(
      asked("SELECT sum(id) FROM sales WHERE CAST(sold_at AS TEXT) LIKE '2024-01-31 14:30%' OR "
            "CAST(sold_at AS TEXT) LIKE '2024-01-05 10:00%'"),
      "3");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(Zones, OfStoresWithFilesOfTheirOwn) {
  files();
  for (int pass = 0; pass < 2; ++pass) {
    const Outcome days = run({"--from", "2024-02-10", "--to", "2024-02-17"});
    ASSERT_THAT(days, ExitsWith(0));
    EXPECT_EQ(report()["equal"], true);
    EXPECT_EQ(count(), "384");
  }
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(count(), "2880");
  write_store("tok", 7);
  ASSERT_THAT(run({"--from", "2024-02-10", "--to", "2024-02-17"}), ExitsWith(0));
  EXPECT_EQ(report()["rows"]["updated"], 192);
  EXPECT_EQ(report()["equal"], true);
}

// At 00:01 of November 1 it was 23:01 of October 31 again: that hour lies behind the beginning of
// November, whatever date a clock shows.
TEST_P(Zones, RowsOfAnHourThatComesTwiceOverMidnightAreThoseOfTheirMonth) {
  const auto load = [&](const std::string& source, const std::string& head, int chunk_rows) {
    SCOPED_TRACE(source + head + std::to_string(chunk_rows));
    use_target(fresh_target(GetParam()));
    write("job.yaml",
          "job: back\ntarget: ${DECANT_TARGET}\nchunk_rows: " + std::to_string(chunk_rows) + "\n" +
              head + "entities:\n  sales:\n    read: { table: sales, time: sold_at, source: \"" +
              source + "\" }\n    write: { table: sales }\n");
    const auto expect = [&](const Words& days, const std::string& rows) {
      ASSERT_THAT(run(days), ExitsWith(0));
      EXPECT_EQ(report()["equal"], true);
      EXPECT_EQ(count(), rows);
    };
    const std::string where = "sold_at < TIMESTAMP WITH TIME ZONE '2009-10-31 23:00:00+00'";
    changed_in(source, "DROP TABLE IF EXISTS sales");
    changed_in(source,
               "CREATE TABLE sales AS SELECT i AS id, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS "
               "shop, TIMESTAMP WITH TIME ZONE '2009-10-31 22:01:00+00' + i * INTERVAL '10 "
               "minutes' AS sold_at FROM generate_series(0, 199) AS s(i)");
    changed_in(source, "CREATE TABLE later AS SELECT * FROM sales WHERE NOT " + where);
    changed_in(source, "DELETE FROM sales WHERE NOT " + where);
    expect({}, "6");
    // An hour alone, and then all.
    changed_in(source,
               "INSERT INTO sales SELECT * FROM later WHERE sold_at BETWEEN TIMESTAMP WITH "
               "TIME ZONE '2009-11-01 02:30:00+00' AND TIMESTAMP WITH TIME ZONE "
               "'2009-11-01 03:30:00+00'");
    expect({}, "12");
    changed_in(source, "DELETE FROM sales WHERE NOT " + where);
    changed_in(source, "INSERT INTO sales SELECT * FROM later");
    changed_in(source, "DROP TABLE later");
    expect({}, "200");
    expect({"--from", "2009-11"}, "200");
    use_target(fresh_target(GetParam()));
    // 02:30 of the 1st to 03:30 of the 2nd in UTC, and 15:00 to 15:00 for Tokyo.
    expect({"--from", "2009-11-01", "--to", "2009-11-01"},
           head.find("Tokyo") == std::string::npos ? "150" : "126");
  };
  const std::string one = "time_zone: America/St_Johns\n";
  const std::string two = one + "stores: { from_column: shop, b: { time_zone: Asia/Tokyo } }\n";
  for (const std::string& source : {duckdb_source(), fresh_database()}) {
    if (source.empty()) continue;
    for (const int chunk_rows : {10, 50'000}) {
      load(source, one, chunk_rows);
      load(source, two, chunk_rows);
    }
  }
}

// The ends of the calendar, local times of files: their month is the zone's, not that of UTC.
TEST_P(Zones, FarTimesOfFilesAreRowsOfTheirLocalMonths) {
  const auto load = [&](const char* zone, const char* near, const char* far,
                        const std::vector<std::string>& days) {
    SCOPED_TRACE(far);
    use_target(fresh_target(GetParam()));
    write("job.yaml",
          std::string("job: far\ntarget: ${DECANT_TARGET}\ntime_zone: ") + zone + R"yaml(
entities:
  sales:
    read: { files: "*.csv", time: sold_at }
    write: { table: sales }
    columns: { id: int64, sold_at: timestamptz }
)yaml");
    write("near.csv", std::string("id,sold_at\n1,") + near + "\n");
    write("far.csv", std::string("id,sold_at\n2,") + far + "\n3," + far + "\n");
    for (const std::vector<std::string>& some : {days, std::vector<std::string>(), days}) {
      ASSERT_THAT(run(some), ExitsWith(0));
      EXPECT_EQ(report()["equal"], true);
      EXPECT_EQ(count(), "3");
    }
    std::vector<std::string> reconcile{"reconcile", "job.yaml"};
    reconcile.insert(reconcile.end(), days.begin(), days.end());
    EXPECT_THAT(decant(reconcile), ExitsWith(0));
  };
  load("America/New_York", "9999-12-05 10:00:00", "9999-12-31 23:59:59",
       {"--from", "2024-01", "--to", "9999-12"});
  load("America/New_York", "2024-01-05 10:00:00", "9999-12-31 23:59:59",
       {"--from", "2024-01-01", "--to", "9999-12-31"});
  load("Asia/Kolkata", "0001-01-20 10:00:00", "0001-01-01 00:00:00",
       {"--from", "0001-01", "--to", "2024-12"});
}

TEST_P(Zones, AnotherZoneThanThatOfTheFirstRunIsAMistakeOfTheJob) {
  files();
  ASSERT_THAT(run(), ExitsWith(0));
  std::string text = read_file(path("job.yaml"));
  text.replace(text.find("Asia/Tokyo"), 10, "America/Caracas");
  write("job.yaml", text);
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("was recorded under another time zone"));
  EXPECT_THAT(decant({"plan", "job.yaml"}), ExitsWith(2));
  EXPECT_EQ(count(), "2880");
}

// Its chunks begin where its own zone has it, which nobody knows any more.
TEST_P(Zones, AStoreThatTheJobListsNoMoreDoesNotStopTheOthers) {
  files();
  ASSERT_THAT(run(), ExitsWith(0));
  std::string text = read_file(path("job.yaml"));
  const std::string line = "  tok: { time_zone: Asia/Tokyo }\n";
  text.replace(text.find(line), line.size(), "");
  write("job.yaml", text);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("1,440 rows of tok, which this job loaded and lists no more"));
  EXPECT_THAT(decant({"plan", "job.yaml"}), ExitsWith(0));
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(3));
  const Outcome coverage = decant({"coverage", "job.yaml"});
  EXPECT_THAT(coverage.out, HasSubstr("1 active of 1 store"));
  EXPECT_THAT(coverage.out, HasSubstr("tok"));
  write_store("utc", 5);
  EXPECT_THAT(run({"--from", "2024-03-10"}), ExitsWith(3));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE v = id + 5"), "528");
}

// A stranger in the days of one store that the other's zone leaves out.
TEST_P(Zones, ForeignRowsAreSeenInEachStoresDays) {
  files();
  ASSERT_THAT(run({"--from", "2024-02-10", "--to", "2024-02-17"}), ExitsWith(0));
  ASSERT_THAT(run({"--from", "2024-02-10", "--to", "2024-02-17"}), ExitsWith(0));
  const auto stranger = [&](const std::string& shop, const std::string& at) {
    changed("INSERT INTO sales (shop, id, sold_at, v) VALUES ('" + shop +
            "', 9999, TIMESTAMP WITH TIME "
            "ZONE '" +
            at + "', 1)");
    const int status = run({"--from", "2024-02-10", "--to", "2024-02-17"}).status;
    changed("DELETE FROM sales WHERE id = 9999");
    return status;
  };
  // In Tokyo the 18th has begun, in UTC it has not.
  EXPECT_EQ(stranger("tok", "2024-02-17 15:30:00+00"), 0);
  EXPECT_EQ(stranger("utc", "2024-02-17 15:30:00+00"), 3);
  EXPECT_EQ(stranger("tok", "2024-02-09 15:30:00+00"), 3);
  EXPECT_EQ(stranger("utc", "2024-02-09 15:30:00+00"), 0);
}

}  // namespace
}  // namespace decant::test
