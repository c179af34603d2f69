// A run that is ended half way, by a person or by force, and the same command after it.
#include <signal.h>

#include <filesystem>

#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class EndedHalfWay : public SlowSource {
 protected:
  std::unique_ptr<Process> half_way_with_folder() {
    std::filesystem::create_directory(path("work"));
    return half_way({"--work-dir", path("work")});
  }
  // Neither processes, nor sessions on source and target with what they lock, nor files that wait
  // to be loaded.
  void expect_nothing_left(const std::vector<pid_t>& workers) const {
    ASSERT_FALSE(workers.empty());
    for (const pid_t worker : workers)
      EXPECT_TRUE(eventually([&] { return ::kill(worker, 0) != 0; })) << "a worker lives on";
    EXPECT_TRUE(eventually([] {
      return ask(shared_postgres()->url(),
                 "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'decant%'") ==
             "0";
    })) << "a session lives on";
    Words waiting;
    for (const char* place : {"work", "target.duckdb.stage"}) {
      if (!std::filesystem::exists(path(place))) continue;
      for (const auto& file : std::filesystem::recursive_directory_iterator(path(place))) {
        if (file.is_regular_file()) waiting.push_back(file.path().filename().string());
      }
    }
    EXPECT_THAT(waiting, testing::IsEmpty());
  }
  // The same command, which has to find what the first one left and load only the rest.
  void expect_the_rest(int loaded_before) {
    const Outcome again = run();
    ASSERT_THAT(again, ExitsWith(0));
    EXPECT_THAT(again.out, HasSubstr("720 rows, 0 differences."));
    const Json report = this->report();
    EXPECT_GE(report["chunks"]["skipped"], loaded_before);
    EXPECT_GT(report["chunks"]["loaded"], 0);
    expect_all_arrived();
  }
};
INSTANTIATE_TEST_SUITE_P(Into, EndedHalfWay, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(EndedHalfWay, TheCoordinatorKilledTakesItsWorkersAlongAndTheSameCommandGoesOn) {
  auto run = half_way();
  const std::vector<pid_t> workers = children_of(run->pid());
  run->signal(SIGKILL);
  EXPECT_EQ(run->wait().status, 128 + SIGKILL);
  for (const pid_t worker : workers)
    EXPECT_TRUE(eventually([&] { return ::kill(worker, 0) != 0; })) << "worker lives on";
  const Outcome status = decant({"status", "job.yaml"});
  ASSERT_THAT(status, ExitsWith(0));
  EXPECT_THAT(status.out, HasSubstr("of slow: its coordinator has died"));
  EXPECT_THAT(status.out, HasSubstr("The same `decant run` command goes on"));
  EXPECT_EQ(parse_json(decant({"status", "job.yaml", "--json"}).out)["state"], "died");
  expect_the_rest(loaded_chunks());
}

TEST_P(EndedHalfWay, CtrlCEndsWith130AndTheSameCommandGoesOn) {
  auto run = half_way_with_folder();
  const std::vector<pid_t> workers = children_of(run->pid());
  run->signal(SIGINT);
  const Outcome outcome = run->wait();
  EXPECT_THAT(outcome, ExitsWith(130));
  expect_nothing_left(workers);
  EXPECT_THAT(outcome.err, HasSubstr("The same command goes on from here."));
  const Outcome status = decant({"status", "job.yaml", "--json"});
  ASSERT_THAT(status, ExitsWith(0));
  EXPECT_EQ(parse_json(status.out)["state"], "interrupted");
  // What was not reached is neither missing nor different.
  EXPECT_THAT(outcome.out, HasSubstr("not complete"));
  EXPECT_THAT(outcome.out, HasSubstr("planned chunks are not loaded yet"));
  EXPECT_THAT(outcome.out, Not(HasSubstr(" differs\n")));
  const Json coverage = parse_json(decant({"coverage", "job.yaml", "--json"}).out)[0];
  for (const Json& store : coverage["stores"]) EXPECT_TRUE(store["missing"].empty()) << store;
  expect_the_rest(loaded_chunks());
}

TEST_P(EndedHalfWay, ATerminalThatIsClosedIsAnInterrupt) {
  auto run = half_way_with_folder();
  const std::vector<pid_t> workers = children_of(run->pid());
  run->signal(SIGHUP);  // by its shell, and then by the kernel
  run->wait_until([&] { return run->err().find("Interrupted") != std::string::npos; });
  run->signal(SIGHUP);
  const Outcome ended = run->wait();
  EXPECT_THAT(ended, ExitsWith(130));
  EXPECT_THAT(ended.err, Not(HasSubstr("Stopping at once"))) << "what is in flight has its minute";
  expect_nothing_left(workers);
  EXPECT_EQ(parse_json(decant({"status", "job.yaml", "--json"}).out)["state"], "interrupted");
}

// By SIGTERM the first time, as from a service manager.
TEST_P(EndedHalfWay, CtrlCTwiceStopsAtOnceAndTheSameCommandGoesOn) {
  auto run = half_way_with_folder();
  const std::vector<pid_t> workers = children_of(run->pid());
  run->signal(SIGTERM);
  run->wait_until([&] { return run->err().find("Interrupted") != std::string::npos; });
  run->signal(SIGINT);
  EXPECT_THAT(run->wait(), ExitsWith(130));
  expect_nothing_left(workers);
  expect_the_rest(loaded_chunks());
}

// Nobody can cancel what such a server has been asked.
TEST_P(EndedHalfWay, CtrlCTwiceStopsBesideAServerThatStandsStill) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "a DuckDB file has no server";
  auto run = half_way();
  const std::vector<pid_t> workers = children_of(run->pid());
  shared_postgres()->stand_still();
  run->signal(SIGINT);
  run->wait_until([&] { return run->err().find("Interrupted") != std::string::npos; });
  run->signal(SIGINT);
  const Outcome outcome = run->wait();
  shared_postgres()->go_on();
  EXPECT_THAT(outcome, ExitsWith(130));
  EXPECT_THAT(outcome.err, HasSubstr("a server may not answer"));
  for (const pid_t worker : workers)
    EXPECT_TRUE(eventually([&] { return ::kill(worker, 0) != 0; })) << "a worker lives on";
  expect_the_rest(loaded_chunks());
}

TEST_P(EndedHalfWay, TheSourceGoneForAMomentIsAskedAgainOrTheSameCommandGoesOn) {
  auto run = half_way();
  changed_in(shared_postgres()->url(),
             "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE "
             "'%slow_sales%' AND pid <> pg_backend_pid()");
  const Outcome outcome = run->wait();
  if (outcome.status != 0) {
    EXPECT_THAT(outcome, ExitsWith(5));
    ASSERT_THAT(this->run(), ExitsWith(0));
  }
  expect_all_arrived();
}

}  // namespace
}  // namespace decant::test
