// A trigger of the target that drops or changes rows without a word is found, and named.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class SilentTriggers : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_database());
    changed("CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2))");
  }
  void add_trigger(const std::string& name, const std::string& body,
                   const std::string& event = "BEFORE INSERT") {
    changed("CREATE FUNCTION " + name + "() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN " + body +
            " END$$");
    changed("CREATE TRIGGER " + name + " " + event + " ON sales FOR EACH ROW EXECUTE FUNCTION " +
            name + "()");
  }
};

TEST_F(SilentTriggers, OneThatChangesRowsIsNamedByTheReadBack) {
  add_trigger("halve", "NEW.amount = NEW.amount / 2; RETURN NEW;");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("the sum of amount is"));
  EXPECT_THAT(outcome.out, HasSubstr("the table has trigger \"halve\""));
  EXPECT_THAT(report()["notes"].dump(), HasSubstr("halve"));
}

TEST_F(SilentTriggers, OneThatChangesRowsAfterwardsIsNamedToo) {
  add_trigger("later", "UPDATE sales SET amount = 0 WHERE id = NEW.id; RETURN NULL;",
              "AFTER INSERT");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("trigger \"later\""));
}

TEST_F(SilentTriggers, OneThatDropsRowsIsNamedAndNothingIsHalfLoaded) {
  add_trigger("skip", "IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW;");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("trigger \"skip\""));
  EXPECT_THAT(outcome.err, HasSubstr("may leave rows out without saying so"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
  changed("DROP TRIGGER skip ON sales");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

// Rows go straight into a table that refuses none; its partitions are tables of their own.
TEST_F(SilentTriggers, OneOfAPartitionIsNamedAsWell) {
  changed("DROP TABLE sales");
  changed(
      "CREATE TABLE sales (store text, id bigint, sold_on date, amount decimal(12,2)) PARTITION "
      "BY LIST (store)");
  changed("CREATE TABLE sales_north PARTITION OF sales FOR VALUES IN ('north')");
  changed("CREATE TABLE sales_others PARTITION OF sales DEFAULT");
  changed("CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$");
  changed("CREATE TRIGGER skip BEFORE INSERT ON sales_north FOR EACH ROW EXECUTE FUNCTION skip()");
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("trigger \"skip\""));
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'north'"), "0");
}

}  // namespace
}  // namespace decant::test
