// Two entities that load into one table.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class SharedTable : public ShopInto {
 protected:
  // Sales and returns of the same stores, under ids of their own.
  void write_two(const std::string& mode, const std::string& key, const std::string& more) {
    for (const char* store : {"north", "south", "west"}) {
      std::vector<CsvRow> rows = rows_of(store);
      for (std::size_t i = 1; i < rows.size(); ++i) rows[i][0] = "1" + rows[i][0];
      write(std::string("returns/") + store + ".csv", csv_text(rows));
    }
    write_job({{"write: { table: sales, key: [store, id] }",
                "write: { table: sales, key: [store, id], mode: " + mode + " }"}});
    const std::string text = read_file(path("job.yaml"));
    std::string entity = text.substr(text.find("  sales:\n"));
    const auto change = [&](const std::string& from, const std::string& to) {
      const std::size_t place = entity.find(from);
      ASSERT_NE(place, std::string::npos) << from;
      entity.replace(place, from.size(), to);
    };
    change("  sales:", "  returns:");
    change("sales/{store}", "returns/{store}");
    change("key: [store, id]", "key: " + key);
    change("      id: int64\n", "      id: int64\n" + more);
    write("job.yaml", text + entity);
  }
  bool has_table() const {
    return asked("SELECT count(*) FROM information_schema.tables WHERE table_name = 'sales'") ==
           "1";
  }
  static constexpr const char* k_both = "24|246.40";
};
INSTANTIATE_TEST_SUITE_P(Of, SharedTable, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(SharedTable, IsMadeByTheFirstAndLoadedByBothInOneRun) {
  for (const char* mode : {"upsert", "insert", "upsert, latest_by: amount"}) {
    SCOPED_TRACE(mode);
    use_target(fresh_target(GetParam()));
    write_two(mode, "[store, id]", "");
    ASSERT_THAT(decant({"plan", "job.yaml", "--workers", "1"}), ExitsWith(0));
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(sales(), k_both);
    EXPECT_EQ(report()["chunks"]["loaded"], 12);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["skipped"], 12);
    // And again, where somebody dropped it.
    changed("DROP TABLE sales");
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(sales(), k_both);
    if (GetParam() == Engine::kPostgres) {
      EXPECT_EQ(asked("SELECT count(*) FROM pg_constraint WHERE conrelid = 'sales'::regclass AND "
                      "contype = 'p'"),
                "1");
    }
  }
}

TEST_P(SharedTable, OfOtherColumnsOrAnotherKeyIsRefusedBeforeItIsMade) {
  write_two("upsert", "[store, id]", "      reason: { constant: \"broken\" }\n");
  for (const Words& words : {Words{"plan", "job.yaml", "--workers", "1"}, run_words()}) {
    const Outcome columns = decant(words);
    EXPECT_THAT(columns, ExitsWith(2));
    EXPECT_THAT(columns.err, HasSubstr("both write the new table sales, which is made with the "
                                       "columns of \"sales\" and would lack reason"));
  }
  write_two("upsert", "[id]", "");
  const Outcome key = run();
  EXPECT_THAT(key, ExitsWith(2));
  EXPECT_THAT(key.err, HasSubstr("but their keys are (store, id) and (id)"));
  EXPECT_FALSE(has_table());
  // With all columns made before, both load.
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), reason text, "
      "PRIMARY KEY (store, id))");
  write_two("upsert", "[store, id]", "      reason: { constant: \"broken\" }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_both);
}

// Of three entities the first makes it, and only the second has less.
TEST_P(SharedTable, IsNotedWithTheColumnsThatAnEntityDoesNotFillFromTheFirstRunOn) {
  std::string job = "job: three\ntarget: ${DECANT_TARGET}\nentities:\n";
  for (const char entity : {'a', 'b', 'c'}) {
    job += std::string("  ") + entity + ": { read: { files: " + entity +
           ".csv }, write: { table: t, key: [id], mode: upsert }, columns: { id: int64 } }\n";
  }
  write("job.yaml", job);
  write("a.csv", "id,v\n1,x\n");
  write("b.csv", "id\n2\n");
  write("c.csv", "id,v\n3,x\n");
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(run(), ExitsWith(0));
    ASSERT_EQ(report()["notes"].size(), 1U) << report()["notes"];
    EXPECT_THAT(report()["notes"][0].get<std::string>(),
                HasSubstr("b: the table t has a column that the source does not fill: v."));
  }
}

}  // namespace
}  // namespace decant::test
