// What the settings of a server say about reading texts is the server's: its views answer as they
// do to their owners, and what is loaded means the same under any of them.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

class ServerSettings : public EveryTarget {
 protected:
  void SetUp() override {
    EveryTarget::SetUp();
    source_ = fresh_database();
  }

  // From now on, for sessions with this database.
  static void set_in(const std::string& database, const std::string& setting) {
    changed_in(database, "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET " + setting +
                             "', current_database()); END$$");
  }

  void write_job(const std::string& read, const std::string& table = "copied") {
    write("job.yaml", "job: copy\ntarget: ${DECANT_TARGET}\nstores: { a: { source: \"" + source_ +
                          "\" } }\nentities:\n  rows:\n    read: { " + read +
                          " }\n    write: { table: " + table + ", key: [id] }\n");
  }

  std::string source_;
};
INSTANTIATE_TEST_SUITE_P(Of, ServerSettings, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ServerSettings, SayInWhichOrderAViewReadsDayMonthAndYear) {
  changed_in(source_, "CREATE TABLE raw (id int, d text)");
  changed_in(source_, "INSERT INTO raw VALUES (1, '05/04/24'), (2, '06/07/08'), (3, '2024-01-02')");
  changed_in(source_,
             "CREATE VIEW dated AS SELECT id, d::date AS d FROM raw WHERE d::date > '2008-06-08'");
  const std::string rows = "SELECT id, CAST(d AS VARCHAR) FROM copied ORDER BY id";
  for (const auto& [style, said] :
       {std::pair("ISO, MDY", "1|2024-05-04\n3|2024-01-02"),
        std::pair("German, DMY", "1|2024-04-05\n2|2008-07-06\n3|2024-01-02"),
        std::pair("SQL, YMD", "3|2024-01-02")}) {
    set_in(source_, "datestyle = ''" + std::string(style) + "''");
    write_job("table: dated, time: d");
    ASSERT_THAT(run(), ExitsWith(0)) << style;
    EXPECT_EQ(asked(rows), said) << style;
  }
}

TEST_P(ServerSettings, SayWhatABackslashAndANullOfAnArrayMeanToAViewsFunctions) {
  changed_in(source_, "CREATE TABLE lists (id int, raw text)");
  changed_in(source_, "INSERT INTO lists VALUES (1, '{NULL}')");
  changed_in(source_,
             "CREATE FUNCTION slashes() RETURNS text LANGUAGE plpgsql STABLE AS $$BEGIN RETURN "
             "'a\\\\b'; END$$");
  changed_in(source_,
             "CREATE VIEW odd AS SELECT id, slashes() AS s, (raw::text[])[1] AS first FROM lists");
  set_in(source_, "standard_conforming_strings = off");
  set_in(source_, "array_nulls = off");
  write_job("table: odd");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT * FROM copied"), "1|a\\b|NULL");
  EXPECT_EQ(asked("SELECT length(first) FROM copied"), "4") << "the text NULL";
}

// A literal says the same whatever a backslash is to the server.
TEST_P(ServerSettings, OfBackslashesChangeNoNameOfAStore) {
  changed_in(source_, "CREATE TABLE sold (id int, shop text)");
  changed_in(source_, "INSERT INTO sold VALUES (1, E'a\\\\b''c\\\\\\\\'), (2, 'plain')");
  set_in(source_, "standard_conforming_strings = off");
  if (GetParam() == Engine::kPostgres) set_in(target(), "standard_conforming_strings = off");
  write("job.yaml",
        "job: copy\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop }\nentities:\n"
        "  sold:\n    read: { table: sold, source: \"" +
            source_ + "\" }\n    write: { table: sold, key: [shop, id] }\n");
  for (int runs = 0; runs < 2; ++runs) {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT shop, id FROM sold ORDER BY id"), "a\\b'c\\\\|1\nplain|2");
    changed_in(source_, "UPDATE sold SET id = id + 0");
  }
  changed_in(source_, "DELETE FROM sold WHERE id = 1");
  changed_in(source_, "INSERT INTO sold VALUES (1, 'plain')");
  ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT shop, id FROM sold ORDER BY id"), "plain|1\nplain|2");
}

// Whatever order of day, month and year the target's server has, and however it writes dates.
TEST_P(ServerSettings, OfATargetChangeNoDateThatIsLoaded) {
  const std::string columns =
      "id int PRIMARY KEY, d date, t timestamp, z timestamptz, r daterange, s tsrange, a date[]";
  const std::string values =
      "(1, '2003-02-01', '2003-02-01 04:05:06', '2003-02-01 04:05:06+03', "
      "'[2003-02-01,2003-04-05)', "
      "'[\"0033-02-01 01:02:03 BC\",\"12003-04-05 01:02:03\")', '{2003-02-01,\"0044-03-05 BC\"}'),"
      "(2, '0001-02-03 BC', '0044-03-02 01:02:03 BC', '0044-03-02 01:02:03+00 BC', "
      "'[\"0044-03-02 BC\",0001-02-03)', NULL, '{0009-08-07,12345-06-07}'),"
      "(3, '12345-06-07', '12345-06-07 08:09:10', '12345-06-07 08:09:10+00', '[12345-06-07,)', "
      "'(,12345-06-07)', '{infinity}'),"
      "(4, '0004-05-06', '0099-05-06', '0099-05-06 00:00+00', '[0004-05-06,0099-05-06)', NULL, "
      "'{}')";
  changed_in(source_, "CREATE TABLE kept (" + columns + ")");
  changed_in(source_, "INSERT INTO kept VALUES " + values);
  const std::string text =
      "SELECT id, CAST(d AS VARCHAR), CAST(t AS VARCHAR), CAST(r AS VARCHAR), CAST(s AS VARCHAR), "
      "CAST(a AS VARCHAR) FROM ";
  if (GetParam() == Engine::kDuckDb) {
    for (const char* style : {"German, DMY", "SQL, MDY", "Postgres, YMD"}) {
      set_in(source_, "datestyle = ''" + std::string(style) + "''");
      write_job("table: kept, time: d");
      ASSERT_THAT(run(), ExitsWith(0)) << style;
      EXPECT_EQ(asked("SELECT r, s, a FROM copied WHERE id = 1"),
                "[2003-02-01,2003-04-05)|[\"0033-02-01 01:02:03 BC\",\"12003-04-05 01:02:03\")|"
                "{2003-02-01,\"0044-03-05 BC\"}");
    }
    return;
  }
  for (const char* style : {"German, DMY", "SQL, DMY", "SQL, MDY", "Postgres, YMD", "ISO, DMY"}) {
    SCOPED_TRACE(style);
    changed("DROP TABLE IF EXISTS copied");
    changed("DROP SCHEMA IF EXISTS decant CASCADE");
    changed("CREATE TABLE copied (" + columns + ")");
    write_job("table: kept, time: d");
    const auto expect_same = [&] {
      set_in(target(), "datestyle = ''" + std::string(style) + "''");
      ASSERT_THAT(run(), ExitsWith(0));
      set_in(target(), "datestyle = ''ISO''");
      EXPECT_EQ(asked(text + "copied ORDER BY id"), ask(source_, text + "kept ORDER BY id"));
    };
    expect_same();
    changed_in(source_,
               "UPDATE kept SET d = d + 1, t = t + interval '1 day', r = r + "
               "'[12345-06-07,12345-06-08)'::daterange WHERE id = 3");
    expect_same();
    EXPECT_EQ(report()["chunks"]["loaded"], 1);
  }
}

}  // namespace
}  // namespace decant::test
