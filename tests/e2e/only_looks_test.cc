// decant reconcile looks, and makes and alters nothing: nobody was asked whether that is the
// target.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class OnlyLooks : public ShopInto {
 protected:
  Outcome reconcile() const { return decant({"reconcile", "job.yaml"}); }
  // Tables of the ledger with their columns and types.
  std::string ledger_tables() const {
    return asked(
        "SELECT string_agg(table_name || ' ' || column_name || ' ' || data_type, ', ' ORDER BY "
        "table_name, column_name) FROM information_schema.columns WHERE table_schema = 'decant'");
  }
};

INSTANTIATE_TEST_SUITE_P(Of, OnlyLooks, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OnlyLooks, ATargetWithoutALedgerGetsNone) {
  const Outcome outcome = reconcile();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("nothing was ever loaded into it"));
  if (GetParam() == Engine::kDuckDb) {
    for (const auto& file : std::filesystem::directory_iterator(folder()))
      EXPECT_NE(file.path().extension(), ".duckdb") << file.path();
  } else {
    EXPECT_EQ(asked("SELECT count(*) FROM pg_namespace WHERE nspname = 'decant'"), "0");
  }
}

TEST_P(OnlyLooks, KeysOfATableThatWasAlteredStayAsTheyAre) {
  write_job({{"key: [store, id]", "key: [store, id], mode: upsert"}});
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(reconcile(), ExitsWith(0));
  changed("ALTER TABLE sales ALTER COLUMN id TYPE DECIMAL(20,0)");
  const std::string before = ledger_tables();
  const Outcome outcome = reconcile();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("What is kept of the keys of sales is of other types"));
  EXPECT_EQ(ledger_tables(), before);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_NE(ledger_tables(), before);
  EXPECT_THAT(reconcile(), ExitsWith(0));
}

}  // namespace
}  // namespace decant::test
