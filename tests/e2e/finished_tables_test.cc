// What is done to a PostgreSQL table once its rows are in it: the index of its key, and sequences.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class FinishedTables : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
  }
  static constexpr const char* k_table =
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2), PRIMARY KEY "
      "(store, id))";
  std::string primary_keys() const {
    return asked(
        "SELECT count(*) FROM pg_constraint WHERE contype = 'p' AND connamespace = "
        "'public'::regnamespace");
  }
  // Both entities read the same files.
  void write_two(const std::string& first, const std::string& second) {
    std::string job =
        "job: two\ntarget: ${DECANT_TARGET}\nstores: { north: {}, south: {} }\nentities:\n";
    for (const auto& [entity, table] : {std::pair("one", first), std::pair("two", second)})
      job += std::string("  ") + entity +
             ":\n    read: { files: \"sales/{store}.csv\", time: sold_on }\n" +
             "    write: { table: \"" + table +
             "\", key: [store, id] }\n    columns: { store: { "
             "constant: \"{store}\" }, id: int64, sold_on: date, amount: \"decimal(12,2)\" }\n";
    write("job.yaml", job);
  }
};

TEST_F(FinishedTables, WhoseSequenceIsTooSmallAreReconciledAndItIsSaid) {
  changed(k_table);
  changed("CREATE SEQUENCE numbers MAXVALUE 3 OWNED BY sales.id");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_THAT(outcome.out, HasSubstr("sales: the sequence public.numbers was not moved past the "
                                     "numbers of sales.\"id\", since its limits leave no room"));
  EXPECT_EQ(report()["equal"], true);
}

TEST_F(FinishedTables, WhoseSequenceThisUserMayNotMoveAreReconciledAndItIsSaid) {
  const std::string owner = target();
  changed("CREATE ROLE clerk LOGIN");
  changed("GRANT ALL ON DATABASE \"" + owner.substr(owner.rfind('/') + 1) + "\" TO clerk");
  changed(k_table);
  changed("CREATE SEQUENCE numbers OWNED BY sales.id");
  changed("GRANT SELECT, INSERT, UPDATE, DELETE ON sales TO clerk");
  use_target(shared_postgres()->url_as("clerk", "", owner.substr(owner.rfind('/') + 1)));
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("since this user has no right to it"));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_F(FinishedTables, WhoseLongNamesBeginAlikeHaveAPrimaryKeyEach) {
  const std::string same(58, 'a');
  write_two(same + "_one", same + "_two");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(primary_keys(), "2");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_F(FinishedTables, WhoseNamesAreCutForTheIndexAreCutBetweenCharacters) {
  std::string name = "x";
  for (int i = 0; i < 30; ++i) name += "é";
  write_two(name, name + "z");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(primary_keys(), "2");
}

// Somebody's own table, or sequence, has the name that the index would have.
TEST_F(FinishedTables, HaveAnIndexOfAnotherNameWhereItsOwnIsTaken) {
  changed("CREATE TABLE sales_pkey (mine text)");
  changed("CREATE SEQUENCE sales_pkey1");
  for (const char* verify : {"digests", "ledger"}) {
    ASSERT_THAT(run({"--verify", verify}), ExitsWith(0)) << verify;
    EXPECT_EQ(asked("SELECT conname FROM pg_constraint WHERE conrelid = 'sales'::regclass AND "
                    "contype = 'p'"),
              "sales_pkey2");
    EXPECT_EQ(sales(), k_all_sales);
    changed("DROP TABLE sales");
    changed("DROP SCHEMA decant CASCADE");
  }
  EXPECT_EQ(asked("SELECT count(*) FROM sales_pkey"), "0");
}

}  // namespace
}  // namespace decant::test
