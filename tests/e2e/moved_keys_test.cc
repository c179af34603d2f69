// A key that moves between stores is loaded with both in one transaction, whoever dies meanwhile.
#include <signal.h>

#include "common/connector/adapters/adapters.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

class MovedKey : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    use_target(fresh_target(Engine::kPostgres));
    if (IsSkipped()) return;
    write_job({{"key: [store, id]", "key: [id]"}});
    for (const auto& [store, offset] : stores_) write_store(store, numbered(store, offset));
    ASSERT_THAT(run(), ExitsWith(0));
    // South's first row becomes north's.
    std::vector<CsvRow> north = numbered("north", 0);
    north.push_back({"5", "2024-09-12", "77.00"});
    write_store("north", north);
    std::vector<CsvRow> south = numbered("south", 4);
    south.erase(south.begin() + 1);
    write_store("south", south);
  }
  static std::vector<CsvRow> numbered(const std::string& store, int offset) {
    std::vector<CsvRow> rows = rows_of(store);
    for (std::size_t i = 1; i < rows.size(); ++i)
      rows[i][0] = std::to_string(offset + static_cast<int>(i));
    return rows;
  }
  // A run whose load waits for the table, and what it waits for.
  struct Waiting {
    std::unique_ptr<Target> holder;
    std::unique_ptr<Process> run;
  };
  Waiting start_and_hold() {
    Waiting waiting;
    auto holder = open_target(target(), "/", "test");
    EXPECT_TRUE(holder && (*holder)->sql().begin() &&
                (*holder)->sql().execute("LOCK TABLE sales IN SHARE MODE"));
    waiting.holder = std::move(*holder);
    waiting.run = start_decant(run_words());
    EXPECT_TRUE(waiting.run->wait_until([&] {
      return asked("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0";
    })) << waiting.run->err();
    return waiting;
  }
  void expect_moved() const {
    EXPECT_EQ(asked("SELECT count(*), sum(amount) FROM sales"), "12|190.00");
    EXPECT_EQ(asked("SELECT store, amount FROM sales WHERE id = 5"), "north|77.00");
    EXPECT_EQ(report()["equal"], true);
  }
  const std::vector<std::pair<std::string, int>> stores_ = {
      {"north", 0}, {"south", 4}, {"west", 8}};
};

TEST_F(MovedKey, ArrivesOnceWhenTheWorkerIsKilledThatLoadsBothStores) {
  Waiting waiting = start_and_hold();
  for (const pid_t worker : children_of(waiting.run->pid())) ::kill(worker, SIGKILL);
  waiting.holder->sql().rollback();
  const Outcome outcome = waiting.run->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, testing::HasSubstr("was ended by signal 9"));
  expect_moved();
}

TEST_F(MovedKey, ArrivesOnceWhenTheCoordinatorIsKilledMeanwhile) {
  Waiting waiting = start_and_hold();
  waiting.run->signal(SIGKILL);
  waiting.run->wait();
  waiting.holder->sql().rollback();
  ASSERT_THAT(run(), ExitsWith(0));
  expect_moved();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

}  // namespace
}  // namespace decant::test
