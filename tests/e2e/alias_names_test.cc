// Columns with the names that Decant's SQL gave, or may give, to the relations in it. DuckDB takes
// `s.id` for the field `id` of a column `s` that is nearer than the relation `s`: two tables that
// differ in nothing but their columns' names are loaded side by side and have to stay alike.
#include <random>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

const Words& short_names() {
  static const Words all = {"a",  "b", "c",  "c0", "d", "f",  "g", "h", "i", "j", "k",
                            "l",  "m", "n",  "n0", "o", "o0", "p", "q", "r", "s", "s0",
                            "s1", "t", "t0", "u",  "v", "w",  "x", "y", "z"};
  return all;
}

// Of the columns that have odd names in one table and plain ones in the other.
enum class Columns { kJson, kStruct, kNumber };

struct Case {
  Engine engine;
  Columns columns;
};

std::string case_name(const testing::TestParamInfo<Case>& info) {
  const std::string columns = info.param.columns == Columns::kJson     ? "Json"
                              : info.param.columns == Columns::kStruct ? "Struct"
                                                                       : "Number";
  return to_string(info.param.engine) + columns;
}

class AliasNames : public DecantTest, public testing::WithParamInterface<Case> {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(GetParam().engine));
  }

  bool is_duckdb() const { return GetParam().engine == Engine::kDuckDb; }

  std::string sql_type() const {
    switch (GetParam().columns) {
      case Columns::kJson:
        return "JSON";
      case Columns::kStruct:  // with fields that are called as Decant's and the table's columns are
        return "STRUCT(id BIGINT, shop VARCHAR, version BIGINT, decant_row BIGINT, decant_chunk "
               "BIGINT, rowid BIGINT)";
      default:
        return "BIGINT";
    }
  }
  std::string value(int number) const {
    const std::string text = std::to_string(number);
    if (GetParam().columns == Columns::kNumber) return text;
    if (GetParam().columns == Columns::kStruct) {
      return "\"{'id': " + text + ", 'shop': north, 'version': " + text +
             ", 'decant_row': 1, 'decant_chunk': 0, 'rowid': " + text + "}\"";
    }
    return R"({"id": )" + text + R"(, "shop": "north", "version": )" + text +
           R"(, "decant_row": 1, "decant_chunk": 0, "rowid": )" + text + "}";
  }
  std::string job_type() const {
    if (GetParam().columns == Columns::kNumber) return "int64";
    return GetParam().columns == Columns::kJson ? "json" : "text";
  }

  static std::string prefix(const std::string& table) { return table == "odd" ? "" : "plain_"; }
  std::string columns_as(const std::string& table, const std::string& type,
                         const std::string& between) const {
    std::string out;
    for (const std::string& name : short_names())
      out += ", \"" + prefix(table) + name + "\"" + between + type;
    return out;
  }

  void write_job(const std::string& write_words) {
    std::string entities;
    for (const std::string table : {"odd", "plain"}) {
      entities += "  " + table + ":\n    read: { files: \"" + table +
                  "/{store}.jsonl\" }\n    write: { table: " + table + ", " + write_words +
                  " }\n    rejects: { max: 1000 }\n    columns:\n      shop: { constant: "
                  "\"{store}\" }\n      id: int64\n      version: int64\n";
      for (const std::string& name : short_names())
        entities += "      \"" + prefix(table) + name + "\": " + job_type() + "\n";
    }
    write("job.yaml",
          "job: aliases\ntarget: ${DECANT_TARGET}\nstores: { north: {}, south: {} }\n"
          "entities:\n" +
              entities);
  }

  void create_tables(const std::string& more) {
    for (const std::string table : {"odd", "plain"}) {
      changed("CREATE TABLE " + table + " (shop TEXT, id BIGINT, version BIGINT" +
              columns_as(table, sql_type(), " ") + more + ")");
    }
  }

  struct Row {
    int id, version, number;
  };
  void write_rows(const std::string& store, const std::vector<Row>& rows) {
    for (const std::string table : {"odd", "plain"}) {
      std::string text;
      for (const Row& row : rows) {
        text +=
            "{\"id\": " + std::to_string(row.id) + ", \"version\": " + std::to_string(row.version);
        for (const std::string& name : short_names())
          text += ", \"" + prefix(table) + name + "\": " + value(row.number);
        text += "}\n";
      }
      write(table + "/" + store + ".jsonl", text);
    }
  }

  std::string rows_of(const std::string& table) const {
    return asked(
        "SELECT string_agg(x, ' ' ORDER BY x) FROM (SELECT shop || '/' || id || '/' || "
        "version || '/' || CAST(\"" +
        prefix(table) + "s\" AS VARCHAR) FROM " + table + ") AS q(x)");
  }
  // Which store comes first matters where both have a key.
  Outcome run_one() const { return run({"--workers", "1"}); }
  void expect_alike(const Outcome& outcome, int step) const {
    EXPECT_EQ(rows_of("odd"), rows_of("plain")) << "step " << step;
    EXPECT_THAT(outcome, testing::Not(ExitsWith(2)));
    const Json entities = report()["entities"];
    ASSERT_EQ(entities.size(), 2U);
    EXPECT_EQ(entities[0]["total"], entities[1]["total"]) << "step " << step;
  }

  // Some runs with rows that come, change, move between the stores and go, once in the table
  // itself.
  void expect_same_history(const std::string& write_words, bool repeats_rows) {
    write_job(write_words);
    std::mt19937 random(7);
    const auto up_to = [&](int most) { return static_cast<int>(random() % unsigned(most)) + 1; };
    for (int step = 0; step < 3; ++step) {
      for (const std::string store : {"north", "south"}) {
        std::vector<Row> rows;
        for (int id = 1; id <= 12; ++id) {
          if (up_to(12) <= 7) rows.push_back({id, up_to(4), up_to(9)});
          if (repeats_rows && up_to(12) == 1) rows.push_back({id, up_to(4), up_to(9)});
        }
        write_rows(store, rows);
      }
      expect_alike(run_one(), step);
    }
    for (const std::string table : {"odd", "plain"}) {
      changed("DELETE FROM " + table + " WHERE id IN (SELECT min(id) FROM " + table + ")");
      changed("UPDATE " + table + " SET version = 77 WHERE id IN (SELECT max(id) FROM " + table +
              ")");
    }
    const Words repair = {"reconcile", "job.yaml", "--repair", "--yes", "--workers", "1"};
    expect_alike(decant(repair), 3);
    expect_alike(run_one(), 4);
  }
};

INSTANTIATE_TEST_SUITE_P(Into, AliasNames,
                         testing::Values(Case{Engine::kDuckDb, Columns::kJson},
                                         Case{Engine::kDuckDb, Columns::kStruct},
                                         Case{Engine::kDuckDb, Columns::kNumber},
                                         Case{Engine::kPostgres, Columns::kJson}),
                         case_name);

TEST_P(AliasNames, ChangeNothingInLoadsByKey) {
  create_tables({});
  expect_same_history("key: [shop, id]", true);
}

TEST_P(AliasNames, ChangeNothingWhereEqualKeysAreRejected) {
  create_tables({});
  expect_same_history("key: [id], on_duplicate: reject", true);
}

TEST_P(AliasNames, ChangeNothingWithoutAKey) {
  create_tables({});
  expect_same_history("mode: replace", true);
}

TEST_P(AliasNames, ChangeNothingInUpserts) {
  create_tables(is_duckdb() ? "" : ", PRIMARY KEY (id)");
  expect_same_history("mode: upsert, key: [id]", true);
}

TEST_P(AliasNames, ChangeNothingInUpsertsOfTheLatest) {
  create_tables(is_duckdb() ? "" : ", PRIMARY KEY (id)");
  expect_same_history("mode: upsert, key: [id], latest_by: version", true);
}

// Keys that are there, and those that the other store has, are rejects; the others land.
TEST_P(AliasNames, ChangeNothingInInserts) {
  create_tables(is_duckdb() ? "" : ", PRIMARY KEY (id)");
  for (const std::string table : {"odd", "plain"})
    changed("INSERT INTO " + table + " (shop, id, version) VALUES ('north', 1, 1), ('east', 2, 1)");
  write_job("mode: insert, key: [id]");
  write_rows("north", {{1, 2, 3}, {3, 1, 1}, {4, 1, 1}, {4, 2, 2}});
  write_rows("south", {{2, 1, 1}, {5, 1, 5}, {6, 1, 6}});
  expect_alike(run_one(), 0);
  EXPECT_EQ(report()["entities"][0]["total"]["rows_loaded"], 4);
  expect_alike(run_one(), 1);
  EXPECT_EQ(asked("SELECT count(*), sum(id) FROM odd"), "6|21");
}

TEST_P(AliasNames, ChangeNothingBesideAnotherUniqueKey) {
  create_tables(", PRIMARY KEY (shop, id), UNIQUE (shop, version)");
  expect_same_history("key: [shop, id]", false);
}

// Rows that refer to one that is not there are rejects, and no others.
TEST_P(AliasNames, ChangeNothingBetweenTablesThatReferToEachOther) {
  for (const std::string table : {"odd", "plain"}) {
    const std::string columns = columns_as(table, sql_type(), " ");
    changed("CREATE TABLE " + table + "_of (code BIGINT PRIMARY KEY" + columns + ")");
    changed("INSERT INTO " + table + "_of (code) VALUES (1), (2), (3)");
    changed("CREATE TABLE " + table + " (shop TEXT, id BIGINT, version BIGINT REFERENCES " + table +
            "_of (code)" + columns + ", PRIMARY KEY (shop, id))");
    changed("CREATE TABLE " + table + "_by (code BIGINT PRIMARY KEY, shop TEXT, id BIGINT" +
            columns + ", FOREIGN KEY (shop, id) REFERENCES " + table + " (shop, id))");
  }
  write_job("key: [shop, id]");
  write_rows("north", {{1, 1, 1}, {2, 9, 2}, {3, 3, 3}, {4, 2, 4}});
  write_rows("south", {{1, 2, 1}, {2, 3, 2}});
  expect_alike(run_one(), 0);
  EXPECT_THAT(rows_of("odd"), HasSubstr("north/4/2/"));
  EXPECT_EQ(asked("SELECT count(*) FROM odd"), "5");
  for (const std::string table : {"odd", "plain"})
    changed("INSERT INTO " + table +
            "_by (code, shop, id) VALUES (1, 'north', 1), (2, 'south', 2)");
  write_rows("north", {{2, 2, 2}, {3, 1, 3}, {4, 9, 4}});
  write_rows("south", {{2, 1, 5}});
  expect_alike(run_one(), 1);
  EXPECT_THAT(rows_of("odd"), HasSubstr("north/1/1/"));  // somebody refers to it
}

}  // namespace
}  // namespace decant::test
