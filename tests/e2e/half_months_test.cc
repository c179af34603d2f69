// A database counts a small month in one, and --from and --to divide it: what a run of some days
// leaves of a month is loaded by the next one of all days.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

struct Ends {
  Engine source, target;
};

class HalfMonths : public DecantTest, public testing::WithParamInterface<Ends> {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(GetParam().target));
    source_ = GetParam().source == Engine::kPostgres ? fresh_database()
                                                     : "duckdb:" + path("source.duckdb");
    if (IsSkipped()) return;
    // Every store has rows on each of 91 days.
    changed_in(source_, "CREATE TABLE sales (id BIGINT PRIMARY KEY, shop TEXT, sold_on DATE)");
    changed_in(source_,
               "INSERT INTO sales SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END, DATE "
               "'2024-01-01' + CAST(i % 91 AS INTEGER) FROM generate_series(1, 910) AS s(i)");
    write_job("{ from_column: shop }");
  }
  void write_job(const std::string& stores) {
    write("job.yaml", R"yaml(job: half
target: ${DECANT_TARGET}
stores: )yaml" + stores +
                          R"yaml(
entities:
  sales:
    read: { table: sales, time: sold_on, source: ")yaml" +
                          source_ + R"yaml(" }
    write: { table: sales, key: [id] }
    columns: { id: int64, shop: text, sold_on: date }
)yaml");
  }
  static std::string rows(const std::string& connection) {
    return ask(connection,
               "SELECT string_agg(id || ' ' || shop || ' ' || CAST(sold_on AS VARCHAR), ',' ORDER "
               "BY id) FROM sales");
  }
  std::string count() const { return asked("SELECT count(*) FROM sales"); }

  // Everything, after whatever was loaded before; and nothing is left for a run after it.
  void everything_is_there() {
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["equal"], true);
    EXPECT_EQ(report()["entities"][0]["total"]["rows_read"], 910);
    EXPECT_EQ(rows(target()), rows(source_));
    ASSERT_THAT(decant({"reconcile", "job.yaml", "--workers", "1"}), ExitsWith(0));
    EXPECT_EQ(report()["entities"][0]["total"]["rows_read"], 910);
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
  }

  std::string source_;
};

INSTANTIATE_TEST_SUITE_P(FromAndInto, HalfMonths,
                         testing::Values(Ends{Engine::kDuckDb, Engine::kDuckDb},
                                         Ends{Engine::kPostgres, Engine::kPostgres}),
                         [](const auto& ends) {
                           return to_string(ends.param.source) + "_" + to_string(ends.param.target);
                         });

TEST_P(HalfMonths, TheRestAfterTheLastDay) {
  ASSERT_THAT(run({"--to", "2024-02-13"}), ExitsWith(0));
  EXPECT_EQ(count(), "440");
  everything_is_there();
}

TEST_P(HalfMonths, BothEndsOfAMonth) {
  ASSERT_THAT(run({"--from", "2024-02-13", "--to", "2024-02-20"}), ExitsWith(0));
  EXPECT_EQ(count(), "80");
  everything_is_there();
}

TEST_P(HalfMonths, OneStoreInBetween) {
  ASSERT_THAT(run({"--from", "2024-01-13", "--to", "2024-03-05"}), ExitsWith(0));
  ASSERT_THAT(run({"--stores", "b"}), ExitsWith(0));
  everything_is_there();
}

TEST_P(HalfMonths, DaysHereAndThere) {
  for (const char* day : {"2024-01-10", "2024-01-20", "2024-02-29", "2024-03-01"})
    ASSERT_THAT(run({"--from", day, "--to", day}), ExitsWith(0));
  EXPECT_EQ(count(), "40");
  ASSERT_THAT(run({"--from", "2024-01-15", "--to", "2024-02-15"}), ExitsWith(0));
  EXPECT_EQ(count(), "350");
  everything_is_there();
}

TEST_P(HalfMonths, OfAStoreWithASourceOfItsOwn) {
  write_job("{ a: {} }");
  ASSERT_THAT(run({"--to", "2024-02-13"}), ExitsWith(0));
  everything_is_there();
}

// A source that counts a row which it does not give: that no chunk has it must not go unseen.
TEST_P(HalfMonths, ARowThatIsCountedAndNotReadIsADifference) {
  changed_in(source_, "ALTER TABLE sales RENAME TO all_sales");
  changed_in(source_,
             "CREATE VIEW sales AS SELECT * FROM all_sales WHERE id <> 7 OR current_query() LIKE "
             "'%count(*)%'");
  for (const Words& words : {Words{"run", "job.yaml", "--yes", "--workers", "1"},
                             Words{"reconcile", "job.yaml", "--workers", "1"}}) {
    const Outcome outcome = decant(words);
    ASSERT_THAT(outcome, ExitsWith(3));
    EXPECT_THAT(outcome.out, testing::HasSubstr("sales, b: 455 rows were counted at the source and "
                                                "454 read: 1 "));
    EXPECT_EQ(report()["equal"], false);
  }
  ASSERT_THAT(run({"--stores", "a"}), ExitsWith(0));
}

}  // namespace
}  // namespace decant::test
