// Names that people give: of stores, in the job file and as values of rows, and of tables and
// columns. Nothing in them is ever taken for SQL, a path or a picture on the terminal, and they
// come back as they are.
#include <algorithm>
#include <filesystem>

#include "tests/e2e/fixture.h"
#include "tests/support/csv_text.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const Words& odd_stores() {
  static const Words all = {"o'brien",     "say \"hi\"",  "two words",  "../up",
                            "../../etc",   "a;b",         "a,b",        "'; DROP TABLE sales; --",
                            "back\\slash", "%s%n",        "ünïcödé",    "日本",
                            "$1",          "${HOME}",     "{store}",    "-dash",
                            "*",           "a/b",         "..",         " lead",
                            "trail ",      "NULL",        "~",          "tab\there",
                            "new\nline",   "\x1b[2Jgone", "\u202eevil", "<b>bold</b>",
                            "\"quoted\"",  "undated",     "007"};
  return all;
}

// As --stores takes it, whatever the name holds.
std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

std::string sql_text(const std::string& name) {
  std::string text = "'";
  for (const char c : name) text += c == '\'' ? std::string("''") : std::string(1, c);
  return text + "'";
}

class OddStores : public EveryTarget {
 protected:
  void expect_no_control_characters(const Outcome& outcome) const {
    for (const std::string& text : {outcome.out, outcome.err}) {
      EXPECT_THAT(text, Not(HasSubstr("\x1b")));
      EXPECT_THAT(text, Not(HasSubstr("\u202e")));
      EXPECT_THAT(text, Not(HasSubstr("new\nline")));
    }
  }
  Words stores_in(const Outcome& outcome) const {
    Words names;
    const Json json = parse_json(outcome.out);
    for (const Json& store : json[0]["stores"]) names.push_back(store["store"]);
    return names;
  }
};
INSTANTIATE_TEST_SUITE_P(Into, OddStores, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OddStores, OfRowsComeBackAsTheyAre) {
  std::vector<CsvRow> rows = {{"shop", "id", "sold_on", "amount"}};
  for (const std::string& store : odd_stores()) {
    rows.push_back({store, "1", "2024-08-01", "1.00"});
    rows.push_back({store, "2", "2024-09-01", "2.00"});
  }
  write("all.csv", csv_text(rows));
  write("job.yaml",
        "job: odd\ntarget: ${DECANT_TARGET}\nstores: { from_column: shop }\nentities:\n  sales:\n"
        "    read: { files: all.csv, time: sold_on }\n"
        "    write: { table: sales, key: [shop, id] }\n"
        "    columns: { shop: text, id: int64, sold_on: date, amount: \"decimal(12,2)\" }\n");
  const Outcome first = run();
  ASSERT_THAT(first, ExitsWith(0));
  expect_no_control_characters(first);
  EXPECT_THAT(first.out, HasSubstr("\\x1B[2Jgone"));
  const std::string count = std::to_string(odd_stores().size());
  EXPECT_EQ(asked("SELECT count(DISTINCT shop), count(*) FROM sales"),
            count + "|" + std::to_string(2 * odd_stores().size()));
  Words named = odd_stores();
  for (const std::string& store : named) {
    EXPECT_EQ(asked("SELECT count(*) FROM decant.chunks WHERE store = " + sql_text(store)), "2")
        << store;
  }
  expect_no_control_characters(decant({"coverage", "job.yaml"}));
  Words covered = stores_in(decant({"coverage", "job.yaml", "--json"}));
  std::sort(named.begin(), named.end());
  std::sort(covered.begin(), covered.end());
  EXPECT_EQ(covered, named);
  EXPECT_THAT(decant({"coverage", "job.yaml", "--html"}).out, Not(HasSubstr("<b>bold</b>")));

  // Each by its name, and all of them at once.
  std::string list;
  for (const std::string& store : odd_stores()) list += (list.empty() ? "" : ",") + quoted(store);
  const Outcome again = run({"--stores", list});
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], 2 * odd_stores().size());
  for (const char* store : {"a,b", " lead", "\"quoted\"", "'; DROP TABLE sales; --", "../../etc"}) {
    ASSERT_THAT(run({"--stores", quoted(store), "--workers", "1"}), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["skipped"], 2) << store;
  }
  const Outcome explained =
      decant({"explain", "job.yaml", "sales/'; DROP TABLE sales; --/2024-08/001"});
  EXPECT_THAT(explained, ExitsWith(0));
  EXPECT_THAT(explained.out, HasSubstr("loaded"));
  expect_no_control_characters(decant({"status", "job.yaml"}));
}

TEST_P(OddStores, OfTheJobFileReadTheirOwnFiles) {
  const Words stores = {"o'brien", "two words", "a;b", "'; DROP TABLE sales; --", "%s", "$1", "[x]",
                        "ünï",     "*",         "?"};
  std::string list;
  for (std::size_t i = 0; i < stores.size(); ++i) {
    const std::string id = std::to_string(i);
    write("sales/" + stores[i] + ".csv", "id,sold_on\n" + id + ",2024-08-01\n");
    list += "  " + quoted(stores[i]) + ": {}\n";
  }
  write("job.yaml",
        "job: odd\ntarget: ${DECANT_TARGET}\nstores:\n" + list +
            "entities:\n  sales:\n    read: { files: \"sales/{store}.csv\", time: sold_on }\n"
            "    write: { table: sales, key: [store, id] }\n"
            "    columns: { store: { constant: \"{store}\" }, id: int64, sold_on: date }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  for (std::size_t i = 0; i < stores.size(); ++i) {
    EXPECT_EQ(asked("SELECT store FROM sales WHERE id = " + std::to_string(i)), stores[i]);
  }
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), std::to_string(stores.size()));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], stores.size());
}

TEST_P(OddStores, ThatLeadOutOfTheFolderOfTheFilesAreRefused) {
  write("other/secret.csv", "id,sold_on\n1,2024-08-01\n");
  for (const char* store : {"../other/secret", "..", "x/../../other/secret"}) {
    write("job.yaml",
          "job: odd\ntarget: ${DECANT_TARGET}\nstores: { " + quoted(store) +
              ": {} }\nentities:\n  sales:\n"
              "    read: { files: \"sales/{store}.csv\", time: sold_on }\n"
              "    write: { table: sales }\n    columns: { store: { constant: \"{store}\" } }\n");
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(2));
    EXPECT_THAT(outcome.err, HasSubstr("leads out of the folders of"));
  }
}

struct Names {
  std::string table, store, key, time, amount;
};

class OddIdentifiers : public EveryTarget {
 protected:
  void write_rows(const Names& names, const char* amount, int first = 1) {
    for (const char* store : {"n", "s"}) {
      std::vector<CsvRow> rows = {{names.key, names.time, names.amount}};
      for (int i = first; i <= 4; ++i)
        rows.push_back({std::to_string(i), i < 3 ? "2024-08-01" : "2024-09-01", amount});
      write("f/" + std::string(store) + ".csv", csv_text(rows));
    }
  }
  void write_job(const Names& names, const std::string& mode) {
    const auto json = [](const std::string& text) { return Json(text).dump(); };
    write("job.yaml",
          "job: odd\ntarget: ${DECANT_TARGET}\nstores: { n: {}, s: {} }\nentities:\n  sales:\n"
          "    read: { files: \"f/{store}.csv\", time: " +
              json(names.time) +
              " }\n"
              "    write: { table: " +
              json(names.table) + ", mode: " + mode + ", key: [" + json(names.store) + ", " +
              json(names.key) + "] }\n    columns:\n      " + json(names.store) +
              ": { constant: \"{store}\" }\n      " + json(names.key) + ": int64\n      " +
              json(names.time) + ": date\n      " + json(names.amount) +
              ": \"decimal(12,2)\"\n    control_sums: [" + json(names.amount) + "]\n");
  }
  void expect_refused(const Names& names, const Words& sentence) {
    write_rows(names, "1.00");
    write_job(names, "replace");
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(2));
    for (const std::string& part : sentence) EXPECT_THAT(outcome.err, HasSubstr(part));
    EXPECT_EQ(asked("SELECT count(*) FROM information_schema.tables WHERE table_schema IN "
                    "('public', 'main')"),
              "0");
  }
  bool is_postgres() const { return GetParam() == Engine::kPostgres; }
};
INSTANTIATE_TEST_SUITE_P(Into, OddIdentifiers, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OddIdentifiers, AreQuotedInEveryStatementOfLoadChangeAndReset) {
  const std::vector<Names> all = {
      {"order", "user", "select", "from", "table"},
      {"Mixed Schema.My Table", "St Ore", "The key", "SoldOn", "AMOUNT"},
      {"sa\"les", "st\"ore", "k'ey", "so;ld", "am\\ount"},
      {"ventas_año", "tienda_ñ", "clé", "日付", "süm"},
      {"a%b", "{x}", "$1", "%s", "?"},
      {std::string(63, 't'), std::string(63, 's'), std::string(63, 'k'), std::string(63, 'd'),
       std::string(63, 'a')},
      {"excluded", "old", "new", "ctid_", "input"}};
  int number = 0;
  for (const Names& names : all) {
    const std::string mode = ++number % 2 == 0 ? "upsert" : "replace";
    SCOPED_TRACE(names.table + " " + mode);
    write_rows(names, "1.00");
    write_job(names, mode);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["rows_inserted"].is_null() ? Json(8) : report()["rows_inserted"], 8);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["skipped"], 4);
    write_rows(names, "2.50", mode == "replace" ? 2 : 1);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 4);
    ASSERT_THAT(decant({"reset", "job.yaml", "--confirm", "odd"}), ExitsWith(0));
  }
}

TEST_P(OddIdentifiers, ThatAreTooLongAreRefusedBeforeATableIsMade) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB keeps names of any length.";
  const std::string shared(63, 'x');
  expect_refused({shared + "y", "s", "k", "d", "a"},
                 {"PostgreSQL keeps 63 bytes of a name", "the table \"" + shared + "y\" has 64"});
  expect_refused({shared + "y.t", "s", "k", "d", "a"}, {"the schema \"" + shared + "y\" has 64"});
  expect_refused({"t", "s", shared + "y", "d", "a"}, {"the column \"" + shared + "y\" has 64"});
  // 32 characters of two bytes each.
  std::string accents;
  for (int i = 0; i < 32; ++i) accents += "é";
  expect_refused({"t", "s", "k", "d", accents}, {accents + "\" has 64"});
}

TEST_P(OddIdentifiers, OfTheTargetsOwnAreRefused) {
  if (is_postgres()) {
    expect_refused({"t", "s", "ctid", "d", "xmin"}, {"ctid"});
  } else {
    expect_refused({"t", "s", "rowid", "d", "a"}, {"\"rowid\" of t", "from: rowid"});
    expect_refused({"t", "s", "ROWID", "d", "a"}, {"\"ROWID\" of t"});
    expect_refused({"t", "s", "key", "d", "KEY"}, {"\"key\" and \"KEY\" of t are one to DuckDB"});
  }
  expect_refused({"t", "s", "decant_row", "d", "a"},
                 {"\"decant_row\"", "Decant's own", "from: decant_row"});
}

// A column that somebody else gave that name would be taken for the number of a row.
TEST_P(OddIdentifiers, AnExistingTableWithAColumnRowidIsRefused) {
  if (is_postgres()) GTEST_SKIP() << "rowid is a name like another in PostgreSQL.";
  changed("CREATE TABLE t (s text, k bigint, d date, a decimal(12,2), rowid bigint)");
  write_rows({"t", "s", "k", "d", "a"}, "1.00");
  write_job({"t", "s", "k", "d", "a"}, "replace");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("\"rowid\" of t"));
  EXPECT_EQ(asked("SELECT count(*) FROM t"), "0");
}

TEST_P(OddIdentifiers, TwoTablesThatAreOneAfterTheCutAreTold) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB keeps names of any length.";
  const std::string shared(63, 'x');
  changed("CREATE TABLE " + shared + " (s text, k bigint, d date, a decimal(12,2))");
  write_rows({"t", "s", "k", "d", "a"}, "1.00");
  write_job({shared + "1", "s", "k", "d", "a"}, "replace");
  std::string job = read_file(path("job.yaml"));
  std::string second = job.substr(job.find("  sales:"));
  second.replace(second.find("sales"), 5, "again");
  second.replace(second.find(shared + "1"), 64, shared + "2");
  write("job.yaml", job + second);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("both write the table"));
}

}  // namespace
}  // namespace decant::test
