// PostgreSQL servers and users that are set up otherwise than one expects.
#include "common/connector/postgres/postgres_source.h"
#include "common/connector/snapshot_text.h"
#include "tests/e2e/other_binaries.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class OddServer : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
  }
  static std::string database_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }
  // A user of the target with these settings, each `NAME = VALUE`.
  std::string user_with(const std::string& name, const Words& settings) const {
    changed_in(shared_postgres()->url(), "CREATE ROLE " + name + " SUPERUSER LOGIN");
    for (const std::string& setting : settings)
      changed_in(shared_postgres()->url(), "ALTER ROLE " + name + " SET " + setting);
    return shared_postgres()->url_as(name, "", database_of(target()));
  }
  // A database of that encoding.
  std::string database_in(const std::string& encoding) const {
    const std::string name = database_of(target()) + "_" + encoding;
    changed_in(shared_postgres()->url(), "CREATE DATABASE \"" + name + "\" ENCODING '" + encoding +
                                             "' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    return shared_postgres()->url(name);
  }
  void write_notes(const std::string& note, int max_rejects = 0) {
    write_job({{"amount: \"decimal(12,2)\"",
                "amount: \"decimal(12,2)\"\n      note: text\n    "
                "rejects: { max: " +
                    std::to_string(max_rejects) + " }"}});
    for (const char* store : {"north", "south", "west"}) {
      std::vector<CsvRow> rows = rows_of(store);
      for (CsvRow& row : rows) row.push_back("café");
      rows[0].back() = "note";
      if (store == std::string("south")) rows[2].back() = note;
      write_store(store, rows);
    }
  }
};

// The row is a reject, with its line, and all others are loaded, also where nothing had been.
TEST_F(OddServer, TextThatADatabaseCannotHoldIsARejectAndNeverBent) {
  const std::string utf8 = target();
  for (const std::string encoding : {"LATIN1", "WIN1252", "EUC_JP"}) {
    use_target(utf8);
    use_target(database_in(encoding));
    write_notes("\xf0\x9f\x8d\x8e");  // an apple
    ASSERT_THAT(run(), ExitsWith(4)) << encoding;
    EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'south'"), "0");
    write_notes("\xf0\x9f\x8d\x8e", 1);
    const Outcome outcome = run();
    ASSERT_THAT(outcome, ExitsWith(0)) << encoding;
    EXPECT_EQ(asked("SELECT count(*) FROM sales"), "11");
    EXPECT_THAT(outcome.out,
                HasSubstr("sales/south.csv:3: note: \"\U0001F34E\" has a character that the "
                          "target database cannot hold: it is in " +
                          encoding + ", which has no \"\U0001F34E\" (U+1F34E)."));
    EXPECT_EQ(asked("SELECT source || ' ' || line || ' ' || column_name || ' ' || original FROM "
                    "decant.rejects WHERE in_batch"),
              "sales/south.csv 3 note <U+1F34E>");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    write_notes("naïve");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(sales(), k_all_sales);
    EXPECT_EQ(asked("SELECT encode(convert_to(note, 'UTF8'), 'hex') FROM sales WHERE store = "
                    "'south' AND id = 2"),
              "6e61c3af7665");
  }
}

// jsonb keeps the character that an escape stands for.
TEST_F(OddServer, SuchATextWithinJsonIsARejectToo) {
  use_target(database_in("LATIN1"));
  write("notes.jsonl",
        "{\"id\":1,\"doc\":{\"v\":\"\\u00e9\"}}\n{\"id\":2,\"doc\":{\"v\":\"\\u0153\"}}\n"
        "{\"id\":3,\"doc\":[\"\u0153\"]}\n{\"id\":4,\"doc\":[\"caf\u00e9\"]}\n");
  for (const char* type : {"jsonb", "json"}) {
    changed(
        std::string("DROP TABLE IF EXISTS notes; CREATE TABLE notes (id int PRIMARY KEY, doc ") +
        type + ")");
    write("job.yaml", std::string("job: of_") + type +
                          "\ntarget: ${DECANT_TARGET}\nstores: { a: {} }\nentities:\n  notes:\n"
                          "    read: { files: notes.jsonl, format: jsonl }\n"
                          "    write: { table: notes, key: [id] }\n    rejects: { max: 2 }\n");
    const Outcome outcome = run();
    ASSERT_THAT(outcome, ExitsWith(0)) << type;
    EXPECT_THAT(outcome.out, HasSubstr("notes.jsonl:2: doc: "));
    EXPECT_THAT(outcome.out, HasSubstr("notes.jsonl:3: doc: "));
    EXPECT_EQ(asked("SELECT string_agg(id::text, ' ' ORDER BY id) FROM notes"), "1 4");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
  }
}

// From PostgreSQL to PostgreSQL rows may go as they were sent, and are judged all the same.
TEST_F(OddServer, BetweenDatabasesOfTwoEncodingsWhatDoesNotFitIsAReject) {
  const std::string utf8 = target();
  const std::string latin = database_in("LATIN1");
  const std::string bytes = database_in("SQL_ASCII");
  const auto copy = [&](const std::string& from, const std::string& into) {
    use_target(into);
    write("job.yaml", "job: copy\ntarget: ${DECANT_TARGET}\nstores: { a: { source: \"" + from +
                          "\" } }\nentities:\n  notes:\n    read: { table: notes }\n    write: { "
                          "table: copied, key: [id] }\n    rejects: { max: 1 }\n");
    return run();
  };
  for (const std::string& source : {utf8, bytes}) {
    changed_in(source, "CREATE TABLE notes (id int PRIMARY KEY, note text)");
    changed_in(source, "INSERT INTO notes VALUES (1, 'plain'), (2, 'caf\u00e9')");
  }
  changed_in(utf8, "INSERT INTO notes VALUES (3, 'c\u0153ur')");
  changed_in(bytes, "INSERT INTO notes VALUES (3, convert_from('\\x63e9', 'SQL_ASCII'))");
  const std::string copied =
      "SELECT id, encode(convert_to(note, 'UTF8'), 'hex') FROM copied ORDER "
      "BY id";
  for (const auto& [source, into] : {std::pair(utf8, latin), std::pair(bytes, utf8)}) {
    const Outcome outcome = copy(source, into);
    ASSERT_THAT(outcome, ExitsWith(0));
    EXPECT_THAT(outcome.out, HasSubstr("a (id=3): note: "));
    EXPECT_EQ(asked(copied), "1|706c61696e\n2|636166c3a9");
  }
}

// Such a database takes bytes as they are: ours are UTF-8.
TEST_F(OddServer, ADatabaseWithoutAnEncodingHoldsTheBytesOfTheText) {
  use_target(database_in("SQL_ASCII"));
  write_notes("日本");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT encode(note::bytea, 'hex') FROM sales WHERE store = 'south' AND id = 2"),
            "e697a5e69cac");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], 6);
}

// Nobody can say which bytes an escape stands for there: jsonb keeps the character, json its text.
TEST_F(OddServer, AnEscapeInJsonHasNoPlaceInADatabaseWithoutAnEncoding) {
  use_target(database_in("SQL_ASCII"));
  write("notes.jsonl",
        "{\"id\":1,\"doc\":{\"v\":\"\\u0041\"}}\n{\"id\":2,\"doc\":{\"v\":\"\\u00e9\"}}\n"
        "{\"id\":3,\"doc\":[\"\\\\u00e9\"]}\n{\"id\":4,\"doc\":[\"caf\u00e9\"]}\n");
  for (const std::string type : {"jsonb", "json"}) {
    changed("DROP TABLE IF EXISTS notes; CREATE TABLE notes (id int PRIMARY KEY, doc " + type +
            ")");
    write("job.yaml", "job: of_" + type +
                          "\ntarget: ${DECANT_TARGET}\nstores: { a: {} }\nentities:\n  notes:\n"
                          "    read: { files: notes.jsonl, format: jsonl }\n"
                          "    write: { table: notes, key: [id] }\n    rejects: { max: 1 }\n");
    const Outcome outcome = run();
    ASSERT_THAT(outcome, ExitsWith(0)) << type;
    if (type == "jsonb") {
      EXPECT_THAT(outcome.out, HasSubstr("no escape beyond ASCII"));
    }
    EXPECT_EQ(asked("SELECT string_agg(id::text, ' ' ORDER BY id) FROM notes"),
              type == "jsonb" ? "1 3 4" : "1 2 3 4");
    ASSERT_THAT(run(), ExitsWith(0));
  }
}

TEST_F(OddServer, SourcesOfOtherEncodingsGiveTheSameText) {
  const std::string utf8 = target();
  for (const char* encoding : {"LATIN1", "SQL_ASCII"}) {
    use_target(utf8);
    const std::string source = database_in(encoding);
    changed_in(source, "CREATE TABLE \"süm\" (id bigint, day date, \"größe\" text)");
    changed_in(source,
               "INSERT INTO \"süm\" VALUES (1, '2024-08-01', 'café'), (2, '2024-08-02', '')");
    use_target(fresh_target(Engine::kDuckDb));
    write("job.yaml", "job: from\ntarget: ${DECANT_TARGET}\nstores: { a: { source: \"" + source +
                          "\" } }\nentities:\n  sums:\n    read: { table: \"süm\", time: day }\n"
                          "    write: { table: sums, key: [id] }\n");
    ASSERT_THAT(run(), ExitsWith(0)) << encoding;
    EXPECT_EQ(asked("SELECT \"größe\" FROM sums ORDER BY id"), "café\n");
    if (encoding != std::string("SQL_ASCII")) continue;
    changed_in(source,
               "INSERT INTO \"süm\" VALUES (3, '2024-08-03', "
               "convert_from('\\x626164ff', 'SQL_ASCII'))");
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(4));
    EXPECT_THAT(outcome.out, HasSubstr("a (id=3): größe: \"bad\\xFF\" has bytes that are not "
                                       "readable text, and its database does not say the encoding "
                                       "(SQL_ASCII); convert it in `read: sql`"));
    EXPECT_EQ(asked("SELECT count(*) FROM sums"), "2");
  }
}

TEST_F(OddServer, AUserWhoMayOnlyReadIsToldSoAndNotToAskForRights) {
  const std::string writable = target();
  use_target(user_with("reader", {"default_transaction_read_only = on"}));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("in a read-only transaction. The server is a standby, or "
                                     "default_transaction_read_only is set"));
  EXPECT_THAT(decant({"plan", "job.yaml"}), ExitsWith(0));
  use_target(writable);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

// The settings of a session are ours, whatever the user's are, on both sides.
TEST_F(OddServer, AUsersSettingsBendNoValueAndStopNothing) {
  const std::string plain = target();
  const std::string odd = user_with(
      "odd", {"statement_timeout = '1ms'", "lock_timeout = '1ms'",
              "idle_in_transaction_session_timeout = '1ms'", "idle_session_timeout = '300ms'",
              "search_path = nowhere, \"odd schema\"", "datestyle = 'German'",
              "intervalstyle = 'sql_standard'", "extra_float_digits = -15",
              "standard_conforming_strings = off", "bytea_output = 'escape'",
              "timezone = 'Asia/Kathmandu'", "client_encoding = 'LATIN1'",
              "default_transaction_isolation = 'serializable'", "quote_all_identifiers = on"});
  changed("CREATE SCHEMA \"odd schema\"");
  changed(
      "CREATE TABLE \"odd schema\".things AS SELECT i AS id, DATE '2024-08-01' + i AS day, "
      "TIMESTAMPTZ '2024-03-31 00:30:00.123456+00' + i * INTERVAL '1 hour' AS at, "
      "0.1::float8 + i / 3.0::float8 AS x, 0.1::float4 + i / 3.0::float4 AS y, "
      "decode('00ff5c27', 'hex') AS raw, 'back\\slash é' || i AS note FROM generate_series(1, 40) "
      "AS i");
  const auto job = [&](const std::string& source, const std::string& table, const char* into) {
    write("job.yaml", "job: " + std::string(into) +
                          "\ntarget: ${DECANT_TARGET}\nstores: { a: { "
                          "source: \"" +
                          source + "\" } }\nentities:\n  things:\n    read: { table: " + table +
                          ", time: day }\n    write: { table: \"odd schema." + into +
                          "\", key: [id] }\n");
  };
  const std::string compare =
      "SELECT count(*) FROM \"odd schema\".copied AS c JOIN \"odd schema\".things AS t ON c.id = "
      "t.id AND c.at = t.at AND c.x = t.x AND c.y = t.y AND c.raw = t.raw AND c.note = t.note AND "
      "c.day = t.day";
  use_target(odd);
  job(odd, "things", "copied");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(ask(plain, compare), "40");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], 2);
  // The same digests by a user of no other settings.
  const std::string even = user_with("even", {"search_path = \"odd schema\""});
  use_target(even);
  job(even, "things", "copied");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], 2);
  use_target(fresh_target(Engine::kDuckDb));
  job(odd, "things", "ducks");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), sum(id) FROM \"odd schema\".ducks WHERE raw = "
                  "'\\x00\\xFF\\x5C\\x27'::BLOB AND note = 'back\\slash é' || id"),
            "40|820");
}

TEST_F(OddServer, AUserWithoutASchemaIsToldToNameOne) {
  const std::string plain = target();
  use_target(user_with("lost", {"search_path = nowhere"}));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("Write the table with a schema that is there"));
  write_job({{"table: sales", "table: public.sales"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(ask(plain, "SELECT count(*) FROM sales"), "12");
}

TEST_F(OddServer, ThatHasNoConnectionLeftCannotBeReachedNow) {
  const std::string few = user_with("few", {});
  changed("ALTER ROLE few NOSUPERUSER CONNECTION LIMIT 1");
  changed("GRANT ALL ON DATABASE \"" + database_of(target()) + "\" TO few");
  changed("GRANT ALL ON SCHEMA public TO few");
  use_target(few);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(5));
  EXPECT_THAT(outcome.err, HasSubstr("too many connections for role \"few\". Use fewer workers"));
  changed_in(shared_postgres()->url(), "ALTER ROLE few CONNECTION LIMIT 20");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

// A session for each entity would be six, and the server of a shop has its own users to serve.
TEST_F(OddServer, ASourceThatSparesOneConnectionForEachWorkerIsReadWhole) {
  const std::string source = fresh_database();
  changed_in(shared_postgres()->url(), "CREATE ROLE shop LOGIN CONNECTION LIMIT 2");
  std::string entities;
  for (const char* table : {"a", "b", "c", "d", "e", "f"}) {
    const std::string name = table;
    changed_in(source, "CREATE TABLE " + name +
                           " AS SELECT i AS id, 'x' || i AS x FROM generate_series(1, 3000) AS i");
    changed_in(source, "GRANT SELECT ON " + name + " TO shop");
    entities += "  " + name + ": { read: { table: " + name + ", key: id }, write: { table: of_" +
                name + ", key: [id] } }\n";
  }
  write("job.yaml",
        "job: few\ntarget: ${DECANT_TARGET}\nchunk_rows: 500\nstores: { one: { source: \"" +
            shared_postgres()->url_as("shop", "", database_of(source)) + "\" } }\nentities:\n" +
            entities);
  ASSERT_THAT(run({"--workers", "2"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT id) FROM of_a"), "3000|3000");
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT id) FROM of_f"), "3000|3000");
}

TEST_F(OddServer, AStandbyIsReadButNotLoaded) {
  const auto primary = PostgresServer::start();
  ASSERT_TRUE(primary) << primary.error().to_string();
  use_target((*primary)->url());
  ASSERT_THAT(run(), ExitsWith(0));
  const OtherBinaries binaries(path("bin"),
                               "exec \"$bin/pg_basebackup\" -D \"$2\" -R -X stream -c fast "
                               "--no-sync -d '" +
                                   (*primary)->url() + "'",
                               "exec \"$bin/postgres\" \"$@\"");
  const auto standby = PostgresServer::start();
  ASSERT_TRUE(standby) << standby.error().to_string();
  write("sales/north.csv", "id,sold_on,amount\n1,2024-08-05,7.00\n");
  use_target((*standby)->url());
  for (const Words& words : {run_words(), Words{"reconcile", "job.yaml"}}) {
    const Outcome outcome = decant(words);
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("The server is a standby"));
    EXPECT_THAT(outcome.err, HasSubstr("name the primary"));
  }
  EXPECT_THAT(decant({"coverage", "job.yaml"}), ExitsWith(0));
  EXPECT_THAT(decant({"plan", "job.yaml"}), ExitsWith(0));
  // As a source it is one like another.
  use_target(fresh_target(Engine::kDuckDb));
  write("job.yaml", "job: from\ntarget: ${DECANT_TARGET}\nstores: { a: { source: \"" +
                        (*standby)->url() +
                        "\" } }\nentities:\n  sales:\n    read: { table: sales, "
                        "time: sold_on }\n    write: { table: sales, key: [store, id] }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  // Its snapshots do not say what they see: only one that another session imported is the same.
  SourceRequest of_standby;
  of_standby.connection = (*standby)->url();
  const auto snapshot_of = [](const auto& source) { return *(*source)->export_snapshot(); };
  const auto one = open_postgres_source(of_standby);
  const auto other = open_postgres_source(of_standby);
  ASSERT_TRUE(one && other);
  of_standby.snapshots = {snapshot_of(one)};
  const auto same = open_postgres_source(of_standby);
  ASSERT_TRUE(same);
  EXPECT_NE(snapshot_content(snapshot_of(one)), snapshot_content(snapshot_of(other)));
  EXPECT_EQ(snapshot_content(snapshot_of(one)), snapshot_content(snapshot_of(same)));
  // The same command completes once the standby is promoted.
  write_job();
  use_target((*standby)->url());
  changed("SELECT pg_promote()");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'north'"), "1");
}

// A read-back that fails says so, and nothing of rows that it did not see.
TEST_F(OddServer, ATableThatIsLockedAwayAfterTheLoadIsNotCalledEmpty) {
  const std::string owner = target();
  changed("CREATE ROLE halfway LOGIN");
  changed("GRANT ALL ON DATABASE \"" + database_of(owner) + "\" TO halfway");
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), "
      "PRIMARY KEY (store, id))");
  changed("GRANT SELECT, INSERT, UPDATE, DELETE ON sales TO halfway");
  changed("CREATE SCHEMA decant AUTHORIZATION halfway");
  use_target(shared_postgres()->url_as("halfway", "", database_of(owner)));
  ASSERT_THAT(run({"--stores", "north"}), ExitsWith(0));
  changed_in(owner,
             "CREATE FUNCTION take() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN "
             "REVOKE SELECT ON sales FROM halfway; RETURN NULL; END$$");
  changed_in(owner,
             "CREATE TRIGGER take AFTER INSERT ON decant.migration_batches FOR EACH STATEMENT "
             "EXECUTE FUNCTION take()");
  const Outcome outcome = run({"--stores", "south"});
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("permission denied"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("the target 0")));
  changed_in(owner, "DROP TRIGGER take ON decant.migration_batches");
  changed_in(owner, "GRANT SELECT ON sales TO halfway");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

}  // namespace
}  // namespace decant::test
