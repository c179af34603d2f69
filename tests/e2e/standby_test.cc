// Two coordinators for one piece of work: the one that waits takes over when the one that leads
// dies or sleeps, and does not when it ends by itself.
#include <signal.h>

#include <thread>

#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

class StandbyOfARun : public SlowSource {
 protected:
  std::unique_ptr<Process> leader() {
    auto process = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
    EXPECT_NE(endpoint_of(*process), "") << "it does not lead yet";
    return process;
  }
  // A coordinator that has seen another lead. It listens once it leads itself.
  std::unique_ptr<Process> standby(const Words& more = {}) {
    auto process =
        started(with({"--standby", "--workers", "0", "--listen", "tcp://127.0.0.1:0"}, more));
    EXPECT_TRUE(process->wait_until([&] { return says(*process, "takes over when it dies"); }))
        << process->err();
    return process;
  }
  static Words with(Words words, const Words& more) {
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  static bool says(const Process& process, const std::string& text) {
    return process.err().find(text) != std::string::npos;
  }
  // No chunk has two batches that count, whoever wrote them.
  void expect_loaded_once() const {
    expect_all_arrived();
    EXPECT_EQ(asked("SELECT count(*) FROM (SELECT chunk FROM decant.migration_batches WHERE status "
                    "= 'loaded' GROUP BY chunk HAVING count(*) > 1) AS doubled"),
              "0");
  }
  void expect_at_work(Process& run) const {
    ASSERT_TRUE(run.wait_until([&] { return loaded_chunks() > 0; })) << run.err();
  }
};
INSTANTIATE_TEST_SUITE_P(Into, StandbyOfARun, testing::Values(Engine::kPostgres), engine_name);

TEST_P(StandbyOfARun, TakesOverFromALeaderThatDied) {
  const auto first = leader();
  const std::string endpoint = endpoint_of(*first);
  const auto worker = start_worker(endpoint, {"--name", "north"});
  const auto second = standby();
  expect_at_work(*first);
  first->signal(SIGKILL);
  first->wait();
  const auto other = start_worker(endpoint_of(*second), {"--name", "south"});
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("nobody leads any more; this is run "));
  EXPECT_THAT(outcome.out, HasSubstr("720 rows, 0 differences."));
  expect_loaded_once();
}

// The worker is told of both, so that it finds whoever leads, with what it has in hand.
TEST_P(StandbyOfARun, IsFoundByWorkersThatKnowItsEndpoint) {
  const auto first = leader();
  const std::string endpoint = endpoint_of(*first);
  const std::string other = "ipc://" + path("standby.sock");
  const auto second = started({"--standby", "--workers", "0", "--listen", other});
  ASSERT_TRUE(second->wait_until([&] { return says(*second, "takes over when it dies"); }));
  const auto worker = start_worker(endpoint, {"--connect", other, "--name", "north"});
  expect_at_work(*first);
  first->signal(SIGKILL);
  first->wait();
  EXPECT_THAT(second->wait(), ExitsWith(0));
  EXPECT_THAT(worker->wait(), ExitsWith(0));
  expect_loaded_once();
}

class StandbyAtWork : public GatedSource {};
INSTANTIATE_TEST_SUITE_P(Into, StandbyAtWork, testing::Values(Engine::kPostgres), engine_name);

// What the workers of a leader that died have in hand is neither planned nor read again.
TEST_P(StandbyAtWork, AdoptsWhatWorkersOfTheLeaderHaveInHand) {
  const auto first = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
  const std::string endpoint = endpoint_of(*first), other = "ipc://" + path("standby.sock");
  const auto second = started({"--standby", "--workers", "0", "--listen", other});
  ASSERT_TRUE(second->wait_until([&] {
    return second->err().find("takes over when it dies") != std::string::npos;
  })) << second->err();
  std::vector<std::unique_ptr<Process>> workers;
  for (const char* name : {"north", "south"})
    workers.push_back(start_worker(endpoint, {"--connect", other, "--name", name}));
  ASSERT_TRUE(first->wait_until([&] { return loaded_chunks() > 0; })) << first->err();
  close_gate();
  const std::set<std::string> held = held_at_gate(*first);
  ASSERT_FALSE(held.empty()) << first->err();
  first->signal(SIGKILL);
  first->wait();
  ASSERT_TRUE(second->wait_until([&] { return chunks_in("adopted") == held; })) << second->err();
  open_gate();
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  for (const auto& worker : workers) EXPECT_THAT(worker->wait(), ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("720 rows, 0 differences."));
  expect_all_arrived();
  EXPECT_EQ(report()["adopted"]["tasks"], 2);
  EXPECT_EQ(report()["adopted"]["chunks"], held.size());
  std::map<std::string, Words> states;
  for (const Json& line : chunk_log()) states[line["chunk"]].push_back(line["state"]);
  for (const std::string& chunk : held)
    EXPECT_EQ(states[chunk], (Words{"adopted", "loaded"})) << chunk;
}

// Its lease ends, since nobody can tell a coordinator that sleeps from one that died elsewhere.
TEST_P(StandbyOfARun, FencesOffALeaderThatSlept) {
  const auto first = leader();
  const auto worker = start_worker(endpoint_of(*first), {"--name", "north"});
  expect_at_work(*first);
  const auto second = standby();
  first->signal(SIGSTOP);
  ASSERT_TRUE(second->wait_until([&] { return says(*second, "nobody leads any more"); }))
      << second->err();
  const std::string status = decant({"status", "job.yaml"}).out;
  EXPECT_THAT(status, HasSubstr("leads    "));
  EXPECT_THAT(status, HasSubstr(", epoch 2, lease until "));
  // Both are at work, and the first does not know that it leads no more.
  const auto other = start_worker(endpoint_of(*second), {"--name", "south"});
  first->signal(SIGCONT);
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("720 rows, 0 differences."));
  const Outcome fenced = first->wait();
  EXPECT_THAT(fenced, ExitsWith(1));
  EXPECT_THAT(fenced.err, AnyOf(HasSubstr("has taken over"), HasSubstr("no longer leads")));
  expect_loaded_once();
}

// Nobody has said that the work shall end.
TEST_P(StandbyOfARun, GoesOnAfterALeaderWhoseTerminalWasClosed) {
  const auto first = leader();
  const auto worker = start_worker(endpoint_of(*first), {"--name", "north"});
  expect_at_work(*first);
  const auto second = standby();
  first->signal(SIGHUP);
  EXPECT_THAT(first->wait(), ExitsWith(130));
  const auto other = start_worker(endpoint_of(*second), {"--name", "south"});
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("720 rows, 0 differences."));
  expect_loaded_once();
}

TEST_P(StandbyOfARun, EndsWithALeaderThatEndsByItself) {
  const auto first = leader();
  const auto worker = start_worker(endpoint_of(*first), {"--name", "north"});
  const auto second = standby({"--json"});
  ASSERT_THAT(first->wait(), ExitsWith(0));
  const Outcome outcome = second->wait();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.err, HasSubstr("has ended (done): nothing is left to do."));
  const Json told = parse_json(outcome.out);
  EXPECT_EQ(told["run"], report()["run"]);
  EXPECT_EQ(told["exit_status"], 0);
  EXPECT_EQ(asked("SELECT count(*) FROM decant.runs"), "1") << "it began a run of its own";
}

TEST_P(StandbyOfARun, EndsWithTheStatusOfALeaderThatFailed) {
  const auto first = leader();
  const auto second = standby();
  const auto worker = start_worker(endpoint_of(*first), {"--name", "north"});
  expect_at_work(*first);
  first->signal(SIGINT);
  EXPECT_THAT(first->wait(), ExitsWith(130));
  const Outcome outcome = second->wait();
  EXPECT_THAT(outcome, ExitsWith(130));
  EXPECT_THAT(outcome.err, HasSubstr("has ended (interrupted)"));
}

TEST_P(StandbyOfARun, LeadsAtOnceWhereNobodyDoes) {
  const Outcome outcome = run({"--standby"});
  ASSERT_THAT(outcome, ExitsWith(0));
  expect_loaded_once();
}

TEST_P(StandbyOfARun, OfTwoThatBeginTogetherOneWaits) {
  const auto first = started({"--standby", "--workers", "1"});
  const auto second = started({"--standby", "--workers", "1"});
  const Outcome one = first->wait(), other = second->wait();
  EXPECT_THAT(one, ExitsWith(0));
  EXPECT_THAT(other, ExitsWith(0));
  EXPECT_NE(one.err.find("nothing is left to do") == std::string::npos,
            other.err.find("nothing is left to do") == std::string::npos)
      << one.err << other.err;
  EXPECT_EQ(asked("SELECT count(*) FROM decant.runs"), "1");
  expect_loaded_once();
}

TEST_P(StandbyOfARun, LeavesTheLeaderAloneWhenItIsInterrupted) {
  const auto first = leader();
  const auto second = standby();
  second->signal(SIGINT);
  const Outcome outcome = second->wait();
  EXPECT_THAT(outcome, ExitsWith(130));
  EXPECT_THAT(outcome.err, HasSubstr("The one that leads goes on."));
  const auto worker = start_worker(endpoint_of(*first), {"--name", "north"});
  EXPECT_THAT(first->wait(), ExitsWith(0));
}

// It had found the table empty before it slept; the one that followed has loaded it since.
TEST_P(StandbyOfARun, ALeaderThatSleptForgetsNoKeysOfTheNextOne) {
  write("job.yaml",
        "job: slow\ntarget: ${DECANT_TARGET}\nstores: { from_column: store }\nentities:\n"
        "  sales:\n    read: { table: sales, time: sold_at, source: \"${SLOW_SOURCE}\" }\n"
        "    write: { table: sales, mode: upsert, key: [id] }\n");
  ASSERT_THAT(run(), ExitsWith(0));
  const std::string keys = asked(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'decant' AND tablename LIKE 'keys%'");
  const std::string count_of_keys = "SELECT count(*) FROM decant.\"" + keys + "\"";
  ASSERT_EQ(asked(count_of_keys), "720");
  changed("DELETE FROM sales");
  std::thread holder([this] {
    changed("BEGIN; LOCK TABLE decant.chunks IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(3); COMMIT");
  });
  const auto first = started();
  EXPECT_TRUE(first->wait_until([&] {
    return asked(
               "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
               "application_name LIKE 'decant%' AND datname = current_database()") != "0";
  })) << first->err();
  first->signal(SIGSTOP);
  holder.join();
  EXPECT_THAT(run({"--standby"}), ExitsWith(0));
  EXPECT_EQ(asked(count_of_keys), "720");
  first->signal(SIGCONT);
  EXPECT_THAT(first->wait(), ExitsWith(1));
  EXPECT_EQ(asked(count_of_keys), "720");
  EXPECT_THAT(run(), ExitsWith(0));
}

class StandbyOfAFile : public SlowSource {};
INSTANTIATE_TEST_SUITE_P(Into, StandbyOfAFile, testing::Values(Engine::kDuckDb), engine_name);

TEST_P(StandbyOfAFile, IsRefused) {
  const Outcome outcome = run({"--standby"});
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("A DuckDB file is held by one process"));
  for (const auto& file : std::filesystem::directory_iterator(folder()))
    EXPECT_NE(file.path().extension(), ".duckdb") << file.path();
  EXPECT_EQ(outcome.err.find("target "), std::string::npos) << "nobody was asked";
  EXPECT_THAT(run(), ExitsWith(0));
}

}  // namespace
}  // namespace decant::test
