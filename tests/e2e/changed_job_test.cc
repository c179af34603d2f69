// A job file that was changed after its first run: what it says now does not fit what is loaded.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ChangedJob : public ShopInto {
 protected:
  void name_table(const std::string& table) {
    write_job({{"table: sales,", "table: " + table + ","}});
  }
  std::string schema() const { return GetParam() == Engine::kPostgres ? "public" : "main"; }
};
INSTANTIATE_TEST_SUITE_P(Into, ChangedJob, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ChangedJob, AnotherTableIsRefusedWhileTheFirstHoldsWhatWasLoaded) {
  ASSERT_THAT(run(), ExitsWith(0));
  name_table("sales2");
  for (const Words& words : {Words{"run", "job.yaml", "--yes", "--workers", "1"},
                             Words{"plan", "job.yaml"}, Words{"reconcile", "job.yaml"}}) {
    const Outcome refused = decant(words);
    EXPECT_THAT(refused, ExitsWith(2));
    for (const std::string& part :
         Words{"\"sales\"", schema() + ".sales ", schema() + ".sales2", "decant reset"})
      EXPECT_THAT(refused.err, HasSubstr(part));
  }
  EXPECT_EQ(asked("SELECT count(*) FROM information_schema.tables WHERE table_name = 'sales2'"),
            "0");
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(ChangedJob, AnotherTableIsTakenOnceTheFirstIsReset) {
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(decant({"reset", "job.yaml", "--confirm", "shop"}), ExitsWith(0));
  name_table("sales2");
  for (int i = 0; i < 2; ++i) {
    const Outcome loaded = run();
    ASSERT_THAT(loaded, ExitsWith(0));
    EXPECT_THAT(loaded.text(), Not(HasSubstr("was dropped")));
  }
  EXPECT_EQ(report()["chunks"]["skipped"], 6);
  EXPECT_EQ(asked("SELECT count(*) FROM sales2"), "12");
}

// Each chunk of the one kind holds rows of all of the other: none of them is taken out for that.
TEST_P(ChangedJob, MonthsWhereThereWereNoneAreRefusedAndNoRowGoes) {
  for (const char* before : {"", ", key: id"}) {
    SCOPED_TRACE(before);
    use_target(fresh_target(GetParam()));
    write_job({{", time: sold_on", before}});
    ASSERT_THAT(run(), ExitsWith(0));
    write_job({});
    const Outcome refused = run();
    EXPECT_THAT(refused, ExitsWith(2));
    EXPECT_THAT(refused.err, HasSubstr("sales was loaded without `time`, and now it has one"));
    EXPECT_EQ(sales(), k_all_sales);
  }
  use_target(fresh_target(GetParam()));
  write_job({{", time: sold_on", ", key: id"}, {"job: shop", "job: shop\nchunk_rows: 2"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{", time: sold_on", ""}});
  const Outcome without = run();
  EXPECT_THAT(without, ExitsWith(2));
  EXPECT_THAT(without.err, HasSubstr("sales was loaded by its `key`, and now it has none"));
  EXPECT_EQ(sales(), k_all_sales);
  use_target(fresh_target(GetParam()));
  write_job({});
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{", time: sold_on", ", key: id"}});
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("sales was loaded by the months of its `time`"));
  EXPECT_EQ(sales(), k_all_sales);
}

// A chunk of which nobody says the month any more would be the whole table.
TEST_P(ChangedJob, MonthsAreNotGivenUpAndNoRowGoes) {
  using Change = std::pair<std::string, std::string>;
  const Change without_time{", time: sold_on", ""};
  for (const Change& key : {Change{"table: sales", "table: sales"}, {", key: [store, id]", ""}}) {
    for (const Change& last : {Change{"timestamp", "2024-09-30"}, {"date", ""}}) {
      SCOPED_TRACE(key.second + " " + last.first);
      const Change type{"sold_on: date", "sold_on: " + last.first};
      std::vector<CsvRow> rows = rows_of("west");
      rows.back()[1] = last.second;
      write_store("west", rows);
      use_target(fresh_target(GetParam()));
      write_job({key, type});
      ASSERT_THAT(run(), ExitsWith(0));
      rows[1][2] = "11.50";
      write_store("west", rows);
      write_job({key, type, without_time});
      const Outcome refused = run();
      EXPECT_THAT(refused, ExitsWith(2));
      EXPECT_THAT(refused.err, HasSubstr("sales was loaded by the months of its `time`, and now "
                                         "it has none: the chunk sales/north/2024-08/001"));
      EXPECT_EQ(sales(), k_all_sales);
      write_job({key, type});
      ASSERT_THAT(run(), ExitsWith(0));
      EXPECT_EQ(sales(), "12|124.20");
    }
  }
}

TEST_P(ChangedJob, ATableThatWasDroppedIsLoadedAgain) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed("DROP TABLE sales");
  name_table(schema() + ".sales");
  const Outcome again = run();
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_THAT(again.text(), HasSubstr("the table was dropped since it was loaded"));
  EXPECT_EQ(sales(), k_all_sales);
}

// Mode insert follows no changes, also where the source has only grown.
TEST_P(ChangedJob, AFileThatGrowsIsRefusedByInsertAndThePlanSaysSo) {
  const auto use_mode = [&](const std::string& mode) {
    write_job({{"key: [store, id] }", "key: [store, id], mode: " + mode + " }"}});
  };
  use_mode("insert");
  ASSERT_THAT(run(), ExitsWith(0));
  std::vector<CsvRow> rows = rows_of("west");
  rows.push_back({"5", "2024-09-30", "1.00"});
  write_store("west", rows);
  const Outcome plan = decant({"plan", "job.yaml"});
  EXPECT_THAT(plan.out, HasSubstr("1 chunk that has changed would be refused"));
  EXPECT_THAT(plan.out, HasSubstr("sales/west/2024-09/001, 3 rows for 2\n"));
  EXPECT_THAT(run(), ExitsWith(3));
  EXPECT_EQ(sales(), k_all_sales);
  const Json entity = parse_json(decant({"plan", "job.yaml", "--json"}).out)["entities"][0];
  EXPECT_EQ(entity["chunks_to_refuse"], 1);
  write_store("west", rows_of("west"));
  use_mode("upsert");
  ASSERT_THAT(run(), ExitsWith(0));
  use_mode("insert");
  const Outcome changed = run();
  EXPECT_THAT(changed, ExitsWith(3));
  EXPECT_THAT(changed.text(), HasSubstr("was loaded as the job had it before"));
  rows.push_back({"6", "2024-09-30", "1.00"});
  write_store("west", rows);
  use_mode("upsert");
  EXPECT_THAT(decant({"plan", "job.yaml"}).out, HasSubstr("rows would replace"));
}

// Its rows are of all stores: none of them may take the chunk for its own, nor leave it behind.
TEST_P(ChangedJob, StoresWhereThereWereNoneAreRefusedUntilTheyAreTakenOutAgain) {
  const auto write_stores = [&](bool has_stores, const std::string& mode) {
    write("job.yaml",
          std::string("job: shop\ntarget: ${DECANT_TARGET}\n") +
              (has_stores ? "stores: { south: {}, west: {} }\n" : "") +
              "entities:\n  sales:\n    read: { files: " +
              (has_stores ? "\"sales/{store}.csv\"" : "all.csv") +
              " }\n    write: { table: sales, key: [store, id], mode: " + mode +
              " }\n    columns: { id: int64, sold_on: date, amount: \"decimal(12,2)\", store: " +
              (has_stores ? "{ constant: \"{store}\" }" : "text") + " }\n");
  };
  write("all.csv", "store,id,sold_on,amount\nsouth,1,2024-08-01,10.20\nwest,1,2024-08-01,10.50\n");
  for (const char* mode : {"replace", "upsert", "insert"}) {
    SCOPED_TRACE(mode);
    use_target(fresh_target(GetParam()));
    write_stores(false, mode);
    ASSERT_THAT(run(), ExitsWith(0));
    write_stores(true, mode);
    for (const Words& words :
         {run_words(), run_words({"--allow-empty"}), Words{"plan", "job.yaml"},
          Words{"reconcile", "job.yaml"}, Words{"reconcile", "job.yaml", "--repair", "--yes"}}) {
      const Outcome refused = decant(words);
      EXPECT_THAT(refused, ExitsWith(2));
      EXPECT_THAT(refused.err, HasSubstr("sales was loaded without stores, and now the job has "
                                         "some"));
    }
    EXPECT_EQ(sales(), "2|20.70");
    write_stores(false, mode);
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["skipped"], 1);
    write_stores(true, mode);
    ASSERT_THAT(decant({"reset", "job.yaml", "--confirm", "shop"}), ExitsWith(0));
    EXPECT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(sales(), "8|82.80");
  }
}

// The one that is left then holds what all of them held.
TEST_P(ChangedJob, StoresThatAreTakenOutOfAnUpsertLeaveTheirKeysToWhatFollows) {
  write_job({{"key: [store, id] }", "key: [store, id], mode: upsert }"}});
  ASSERT_THAT(run(), ExitsWith(0));
  write("all.csv", "store,id,sold_on,amount\nsouth,1,2024-08-01,1.00\nwest,1,2024-08-01,10.50\n");
  write_job(
      {{"stores:\n  north: { label: North }\n  south: { label: South }\n  west: { label: West }\n",
        ""},
       {"\"sales/{store}.csv\"", "all.csv"},
       {"{ constant: \"{store}\" }", "text"},
       {"key: [store, id] }", "key: [store, id], mode: upsert }"}});
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "12|114.00");
  EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(0));
}

}  // namespace
}  // namespace decant::test
