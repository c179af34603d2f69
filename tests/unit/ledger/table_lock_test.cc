#include "common/ledger/table_lock.h"

#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

constexpr std::int64_t k_patience_ms = 100;

// Each test takes the locks of one run over one session and tries another's over another.
class TableLock : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    if (coordinator_->dialect() != Dialect::kPostgres)
      GTEST_SKIP() << "A DuckDB file has one holder.";
    ASSERT_OK(ledger_->prepare());
    other_ = connect();
  }
  Status first(const std::set<std::string>& tables) {
    return lock_tables(*coordinator_, "decant", tables, RunId("a"), k_patience_ms);
  }
  Status second(const std::set<std::string>& tables) {
    return lock_tables(*other_, "decant", tables, RunId("b"), k_patience_ms);
  }
  std::unique_ptr<SqlSession> other_;
};
DECANT_ON_BOTH_ENGINES(TableLock);

TEST_P(TableLock, ATableIsHeldAsLongAsTheSessionLives) {
  ASSERT_OK(first({"public.x", "public.y"}));
  ASSERT_OK(second({"public.z"}));
  const Status refused = second({"public.y"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
  EXPECT_NE(refused.error().message.find("public.y is in the hands of run a"), std::string::npos)
      << refused.error().message;
  coordinator_.reset();
  ASSERT_OK(second({"public.y"}));
}

TEST_P(TableLock, APartitionIsHeldWithTheTableThatItIsPartOf) {
  ASSERT_OK(coordinator_->execute("CREATE TABLE whole (id bigint) PARTITION BY RANGE (id)"));
  ASSERT_OK(coordinator_->execute(
      "CREATE TABLE part PARTITION OF whole FOR VALUES FROM (MINVALUE) TO (MAXVALUE)"));
  ASSERT_OK(first({"public.whole"}));
  const Status refused = second({"public.part"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kBusy);
}

}  // namespace
}  // namespace decant::test
