// A table of the user's may be called as the temporary tables of a load are: it is no other's.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class OwnTables : public ShopInto {
 protected:
  static Words names() {
    return {"refused", "repeats", "present", "met",     "rivals", "dropped", "held",        "moved",
            "diff",    "renewed", "surplus", "doubled", "unfit",  "stage",   "refused_keys"};
  }

  void make_all() {
    for (const std::string& name : names()) {
      changed("CREATE TABLE decant_" + name + " (mine text)");
      changed("INSERT INTO decant_" + name + " VALUES ('" + name + "')");
    }
    changed("CREATE TABLE behind (mine text)");
  }
  // A view in the place of each.
  void make_views() {
    for (const std::string& name : names()) {
      changed("DROP TABLE decant_" + name);
      changed("CREATE VIEW decant_" + name + " AS SELECT '" + name + "' AS mine FROM behind");
    }
  }
  void expect_untouched() {
    for (const std::string& name : names())
      EXPECT_EQ(asked("SELECT * FROM decant_" + name), name) << name;
  }

  // First loads, changes, keys that move from month to month, rows that another table keeps.
  void load_in_all_ways(const std::function<void()>& check) {
    int number = 0;
    for (const std::string mode : {"replace", "upsert", "insert", "upsert, latest_by: sold_on"}) {
      SCOPED_TRACE(mode);
      write_sales();
      write_job({{"job: shop", "job: shop_" + std::to_string(++number)},
                 {"table: sales, key: [store, id]", "table: \"sales_" + std::to_string(number) +
                                                        "\", key: [store, id], mode: " + mode}});
      ASSERT_THAT(run(), ExitsWith(0));
      check();
      std::vector<CsvRow> rows = rows_of("south");
      rows[1][2] = "77.00";
      rows[2][1] = rows[4][1];
      rows.pop_back();
      write_store("south", rows);
      EXPECT_THAT(run(), testing::AnyOf(ExitsWith(0), ExitsWith(3)));
      check();
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Of, OwnTables, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OwnTables, OfTheUserSurviveLoadsChangesAndResets) {
  make_all();
  load_in_all_ways([&] { expect_untouched(); });
  ASSERT_THAT(decant({"reset", "job.yaml", "--all-rows", "--confirm", "shop_4"}), ExitsWith(0));
  expect_untouched();
}

TEST_P(OwnTables, ThatAreViewsDisturbNoLoad) {
  make_all();
  make_views();
  load_in_all_ways([] {});
}

// Keys that are there twice are taken out by way of temporary tables, too.
TEST_P(OwnTables, OfTheUserSurviveRowsThatShareAKey) {
  make_all();
  std::vector<CsvRow> rows = rows_of("south");
  rows.push_back(rows.back());
  rows.back()[2] = "5.00";
  write_store("south", rows);
  write_job({{"key: [store, id] }",
              "key: [store, id], on_duplicate: reject }\n    rejects: { max: 9 }"}});
  for (int runs = 0; runs < 2; ++runs) {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT count(*) FROM sales"), "12");
    expect_untouched();
  }
}

TEST_P(OwnTables, AreReadByTheirNamesButNotWritten) {
  for (const std::string table : {"decant_sales", "DECANT_sales", "main.Decant_x"}) {
    if (GetParam() == Engine::kPostgres && table.starts_with("main")) continue;
    write_job({{"table: sales", "table: " + table}});
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(2)) << table;
    EXPECT_THAT(outcome.err, HasSubstr("writes the table " + table +
                                       ", and names that begin with decant_ are Decant's own."));
  }
}

}  // namespace
}  // namespace decant::test
