// A coordinator that is killed while workers on other machines are at work, and the same command
// after it: what they have in hand is adopted.
#include <signal.h>

#include "tests/e2e/endpoint.h"
#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

class AdoptedWork : public GatedSource {
 protected:
  std::unique_ptr<Process> coordinator(const std::string& endpoint) {
    return started({"--workers", "0", "--listen", endpoint});
  }
};
INSTANTIATE_TEST_SUITE_P(Into, AdoptedWork, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(AdoptedWork, OfAKilledCoordinatorGoesOnUnderTheNextOne) {
  const std::string endpoint = free_endpoint();
  auto first = coordinator(endpoint);
  std::vector<std::unique_ptr<Process>> workers;
  for (const char* name : {"north", "south", "west"})
    workers.push_back(start_worker(endpoint, {"--name", name}));
  ASSERT_TRUE(first->wait_until([&] { return loaded_chunks() > 0; })) << first->err();
  close_gate();
  const std::set<std::string> held = held_at_gate(*first);
  ASSERT_FALSE(held.empty()) << first->err();
  first->signal(SIGKILL);
  EXPECT_EQ(first->wait().status, 128 + SIGKILL);

  // Whoever takes another look at the source from here on is told apart from those before.
  changed_in(source(), "UPDATE sales SET amount = amount + 0 WHERE id = 1");
  const auto second = coordinator(endpoint);
  ASSERT_TRUE(second->wait_until([&] { return chunks_in("adopted") == held; })) << second->err();
  open_gate();
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, testing::HasSubstr("720 rows, 0 differences."));
  for (const auto& worker : workers) EXPECT_THAT(worker->wait(), ExitsWith(0));
  expect_all_arrived();

  const Json report = this->report();
  EXPECT_EQ(report["adopted"]["chunks"], held.size());
  EXPECT_EQ(report["adopted"]["tasks"], 3);
  EXPECT_TRUE(report["snapshots"].empty()) << report["snapshots"];
  EXPECT_EQ(asked("SELECT count(DISTINCT snapshot) FROM decant.migration_batches"), "1");
  // Neither planned nor read again: from adopted straight to loaded.
  std::map<std::string, Words> states;
  for (const Json& line : chunk_log()) states[line["chunk"]].push_back(line["state"]);
  for (const std::string& chunk : held)
    EXPECT_EQ(states[chunk], (Words{"adopted", "loaded"})) << chunk;
  EXPECT_EQ(asked("SELECT count(*) FROM decant.tasks WHERE adopted_by = '" +
                  report["run"].get<std::string>() + "' AND state = 'committed'"),
            "3");
  EXPECT_EQ(asked("SELECT count(*) FROM (SELECT chunk, run_id FROM decant.migration_batches GROUP "
                  "BY chunk, run_id HAVING count(*) > 1) AS doubled"),
            "0");
}

TEST_P(AdoptedWork, IsFencedOffWhereItsWorkerDoesNotComeBack) {
  const std::string endpoint = free_endpoint();
  auto first = coordinator(endpoint);
  const auto worker = start_worker(endpoint, {"--name", "gone"});
  ASSERT_TRUE(first->wait_until([&] { return loaded_chunks() > 0; })) << first->err();
  close_gate();
  ASSERT_TRUE(first->wait_until([&] { return !chunks_in("assigned").empty(); })) << first->err();
  first->signal(SIGKILL);
  worker->signal(SIGKILL);
  first->wait();
  worker->wait();
  open_gate();

  const auto second = coordinator(endpoint);
  const auto other = start_worker(endpoint, {"--name", "other"});
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(report()["adopted"]["tasks"], 0);
  EXPECT_THAT(other->wait(), ExitsWith(0));
  expect_all_arrived();
}

}  // namespace
}  // namespace decant::test
