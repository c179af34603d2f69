// Workers that come, leave and die while a run goes on.
#include <signal.h>

#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class WorkersOf : public SlowSource {};
INSTANTIATE_TEST_SUITE_P(Into, WorkersOf, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(WorkersOf, AWorkerThatIsKilledCostsNoRowAndNoOrder) {
  const auto run = half_way();
  const std::vector<pid_t> workers = children_of(run->pid());
  ASSERT_EQ(workers.size(), 2U);
  ::kill(workers.front(), SIGKILL);
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("was ended by signal 9"));
  EXPECT_THAT(outcome.out, HasSubstr("720 rows, 0 differences."));
  expect_all_arrived();
}

TEST_P(WorkersOf, AllWorkersKilledAtOnceAreReplacedAndTheRunEnds) {
  const auto run = half_way();
  // Whoever takes another look at the source from here on is told apart from those before.
  changed_in(source(), "UPDATE sales SET amount = amount + 0 WHERE id = 1");
  for (const pid_t worker : children_of(run->pid())) ::kill(worker, SIGKILL);
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  expect_all_arrived();
  // Where one was still alive when the next came to import it, there is but one snapshot.
  const bool said =
      outcome.out.find(" snapshots of the source of sales were used") != std::string::npos;
  EXPECT_EQ(report()["snapshots"].size(), said ? 1U : 0U);
  if (said) {
    EXPECT_GE(report()["snapshots"][0]["snapshots"], 2);
  }
}

TEST_P(WorkersOf, WorkersStartedByHandJoinOverTcpAndMayLeaveInMidRun) {
  const auto run = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
  const std::string endpoint = endpoint_of(*run);
  ASSERT_THAT(endpoint, testing::StartsWith("tcp://127.0.0.1:"));
  const auto first = start_worker(endpoint, {"--name", "first"});
  const auto second = start_worker(endpoint, {"--name", "second"});
  ASSERT_TRUE(run->wait_until([&] { return loaded_chunks() > 0; })) << run->err();
  const auto third = start_worker(endpoint, {"--name", "third"});
  second->signal(SIGTERM);
  EXPECT_THAT(second->wait(), ExitsWith(0));
  EXPECT_TRUE(run->is_running()) << "the run was over before the worker had left";
  const Outcome outcome = run->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(first->wait(), ExitsWith(0));
  EXPECT_THAT(third->wait(), ExitsWith(0));
  const Json workers = report()["workers"];
  Words names;
  std::int64_t most_memory = 0;  // one that left before it had finished a task has told none
  for (const Json& worker : workers) {
    names.push_back(worker["name"]);
    most_memory = std::max(most_memory, worker["peak_memory_bytes"].get<std::int64_t>());
  }
  EXPECT_GT(most_memory, 0);
  EXPECT_EQ(names, (Words{"first", "second", "third"}));
  expect_all_arrived();
}

// One store's column would hold both values, by chance of who took the chunk.
TEST_P(WorkersOf, OneThatKnowsOtherValuesOfAStoreThanTheFirstEndsTheRun) {
  write("north.env", "REGION=north\n");
  write("south.env", "REGION=south\n");
  write("job.yaml", R"yaml(job: slow
target: ${DECANT_TARGET}
chunk_rows: 30
stores: { shop: { source: "${SLOW_SOURCE}", region: "${REGION}" } }
entities:
  sales:
    read: { table: slow_sales, time: sold_at }
    write: { table: sales, key: [store, id] }
    columns: { region: { constant: "{region}" } }
)yaml");
  const auto with_second = [&](const std::string& environment) {
    const auto run = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
    const std::string endpoint = endpoint_of(*run);
    const auto first = start_worker(endpoint, {"--name", "first", "--env-file", path("north.env")});
    EXPECT_TRUE(run->wait_until([&] { return loaded_chunks() > 0; })) << run->err();
    const auto second =
        start_worker(endpoint, {"--name", "second", "--env-file", path(environment)});
    return run->wait();
  };
  const Outcome outcome = with_second("south.env");
  ASSERT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.out, HasSubstr("The values of store shop that land in region of sales are "
                                     "others on worker second than on the one that counted"));
  const std::string regions = "SELECT min(region), max(region) FROM sales";
  EXPECT_EQ(asked(regions), "north|north") << "what the first had loaded stays";
  ASSERT_THAT(with_second("north.env"), ExitsWith(0));
  EXPECT_EQ(asked(regions), "north|north");
  expect_all_arrived();
}

TEST_P(WorkersOf, ARunWithoutWorkersWaitsUntilOneJoins) {
  const auto run = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
  const std::string endpoint = endpoint_of(*run);
  EXPECT_TRUE(run->is_running());
  const auto worker = start_worker(endpoint, {"--slots", "3"});
  ASSERT_THAT(run->wait(), ExitsWith(0));
  EXPECT_THAT(worker->wait(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(WorkersOf, AStrangerThatTalksNonsenseToThePortDisturbsNobody) {
  const auto run = started({"--workers", "2", "--listen", "tcp://127.0.0.1:0"});
  const std::string endpoint = endpoint_of(*run);
  const std::string port = endpoint.substr(endpoint.rfind(':') + 1);
  const Outcome stranger = run_process({"/bin/bash",
                                        {"-c",
                                         "for i in 1 2 3; do head -c 3000 /dev/urandom > "
                                         "/dev/tcp/127.0.0.1/" +
                                             port + "; done; true"},
                                        {},
                                        folder(),
                                        {}});
  EXPECT_THAT(stranger, ExitsWith(0));
  ASSERT_THAT(run->wait(), ExitsWith(0));
  expect_all_arrived();
}

}  // namespace
}  // namespace decant::test
