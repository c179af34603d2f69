#include "common/ledger/table_family.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

using Names = TableNames;

class TableFamily : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    for (const char* sql : {
             "CREATE TABLE whole (id bigint) PARTITION BY RANGE (id)",
             "CREATE TABLE half PARTITION OF whole FOR VALUES FROM (0) TO (10) PARTITION BY RANGE "
             "(id)",
             "CREATE TABLE part PARTITION OF half FOR VALUES FROM (0) TO (5)",
             "CREATE TABLE mother (id bigint)",
             "CREATE TABLE father (id bigint)",
             "CREATE TABLE child () INHERITS (mother, father)",
             "CREATE SCHEMA \"Odd\"",
             "CREATE TABLE \"Odd\".\"Child\" () INHERITS (child)",
         }) {
      ASSERT_OK(coordinator_->execute(sql));
    }
  }
  Names names(const Names& tables) {
    const auto found = names_to_lead(*coordinator_, "decant", tables);
    EXPECT_TRUE(found.has_value()) << why(found);
    return found.value_or(Names{});
  }
  Result<Epoch> take(const std::string& table, const std::string& run, std::int64_t lease_ms) {
    const Names led = names({table});
    return ledger_->take_leadership({led.begin(), led.end()}, run_of(run), lease_ms);
  }
};
INSTANTIATE_TEST_SUITE_P(, TableFamily, testing::Values(Dialect::kPostgres), engine_name);

TEST_P(TableFamily, ATableIsLedWithAllThatShowItsRows) {
  EXPECT_EQ(names({"public.part"}), (Names{"public.part", "public.half", "public.whole"}));
  EXPECT_EQ(names({"Odd.Child"}),
            (Names{"Odd.Child", "public.child", "public.mother", "public.father"}));
  EXPECT_EQ(names({"public.whole"}), (Names{"public.whole"}));
  EXPECT_EQ(names({"public.not_there_yet"}), (Names{"public.not_there_yet"}));
}

TEST_P(TableFamily, OfItsPartsThoseThatTheLedgerKnowsAreLedToo) {
  ASSERT_OK(ledger_->take_leadership({"public.half"}, run_of("r1"), 0));
  ASSERT_OK(ledger_->take_leadership({"part"}, run_of("r2"), 0));  // as the first versions spelt it
  ASSERT_OK(ledger_->take_leadership({"public.child"}, run_of("r3"), 0));
  EXPECT_EQ(names({"public.whole"}), (Names{"part", "public.half", "public.whole"}));
}

TEST_P(TableFamily, AWholeAndAPartOfItHaveOneLeader) {
  const std::pair<std::string, std::string> pairs[] = {{"public.part", "public.whole"},
                                                       {"public.whole", "public.half"},
                                                       {"public.half", "public.part"},
                                                       {"public.mother", "Odd.Child"},
                                                       {"Odd.Child", "public.father"}};
  int run = 0;
  for (const auto& [first, second] : pairs) {
    const std::string name = "r" + std::to_string(++run);
    const auto epoch = take(first, name, k_long_lease_ms);
    ASSERT_OK(epoch);
    const auto refused = take(second, "late", k_long_lease_ms);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
    EXPECT_NE(refused.error().message.find("in the hands of run " + name), std::string::npos)
        << refused.error().message;
    ASSERT_OK(ledger_->release_leadership(RunId(name), *epoch));
  }
}

// Otherwise a worker of the dead run would commit rows that the new one has loaded as well.
TEST_P(TableFamily, WhatADeadRunOfAPartHasInHandIsFencedOffByOneOfTheWholeAndViceVersa) {
  for (const auto& [first, second] :
       {std::pair{"public.part", "public.whole"}, std::pair{"public.whole", "public.part"}}) {
    const std::string name = std::string("dead of ") + first;
    const auto epoch = take(first, name, 0);
    ASSERT_OK(epoch);
    ASSERT_OK(ledger_->begin_run(run_of(name)));
    Ledger::Assignment held = assignment_of(1, 1);
    held.table = first;
    ASSERT_OK(ledger_->assign(RunId(name), *epoch, {held}));
    ASSERT_OK(take(second, "next", 0));
    const auto task = ledger_->task(RunId(name), TaskId(1));
    ASSERT_OK(task);
    EXPECT_EQ((*task)->state, "abandoned");
    EXPECT_EQ(ledger_->renew_leadership(RunId(name), *epoch, 0).error().code, ErrorCode::kFenced);
  }
}

}  // namespace
}  // namespace decant::test
