// What blocks for minutes and is called off: by a person's second Ctrl-C, or by a worker's SIGTERM.
#include <signal.h>

#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

constexpr const char* k_running =
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%stuck_sales%' "
    "AND pid <> pg_backend_pid()";

class CalledOff : public SlowSource {
 protected:
  void SetUp() override {
    SlowSource::SetUp();
    if (!IsSkipped()) job_ = read_file(path("job.yaml"));
  }

  // From here on every look at the source takes ten minutes.
  void make_source_stuck() {
    changed_in(
        source(),
        "CREATE VIEW stuck_sales AS SELECT * FROM sales WHERE pg_sleep(600)::text IS NOT NULL");
    std::string job = job_;
    job.replace(job.find("slow_sales"), 10, "stuck_sales");
    write("job.yaml", job);
  }

  void expect_stopped_by_two_interrupts(Process& run) {
    run.signal(SIGINT);
    run.wait_until([&] { return run.err().find("Interrupted") != std::string::npos; });
    run.signal(SIGINT);
    const Outcome outcome = run.wait();
    EXPECT_THAT(outcome, ExitsWith(130));
    EXPECT_THAT(outcome.err, HasSubstr("The same command goes on from here."));
  }

  static bool is_asked() { return ask(shared_postgres()->url(), k_running) != "0"; }

  std::string job_;
};
INSTANTIATE_TEST_SUITE_P(Into, CalledOff, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(CalledOff, ACensusThatNeverEndsIsLeftWith130AndItsQueryIsEnded) {
  make_source_stuck();
  const auto run = started();
  ASSERT_TRUE(run->wait_until(is_asked)) << run->err();
  expect_stopped_by_two_interrupts(*run);
  EXPECT_TRUE(eventually([] { return !is_asked(); }))
      << "the source still works for a run that is over";
  write("job.yaml", job_);
  ASSERT_THAT(this->run(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(CalledOff, AWorkerThatIsAskedToStopEndsItsQueryAndLeaves) {
  make_source_stuck();
  const auto run = started({"--workers", "0", "--listen", "tcp://127.0.0.1:0"});
  const auto worker = start_worker(endpoint_of(*run));
  ASSERT_TRUE(run->wait_until(is_asked)) << run->err();
  worker->signal(SIGTERM);
  EXPECT_THAT(worker->wait(), ExitsWith(0));
  EXPECT_TRUE(eventually([] { return !is_asked(); }));
  run->signal(SIGINT);
  EXPECT_THAT(run->wait(), ExitsWith(130));
}

TEST_P(CalledOff, ACheckThatNeverEndsIsLeftWith130) {
  const std::string endless = GetParam() == Engine::kPostgres
                                  ? "SELECT pg_sleep(600) AS stuck_sales"
                                  : "SELECT sum(a.range * b.range) FROM range(1000000000) a, "
                                    "range(1000000000) b";
  write("job.yaml",
        job_ + "checks:\n  - { name: endless, sql: \"" + endless + "\", expect: no rows }\n");
  const auto run = started();
  ASSERT_TRUE(run->wait_until([&] { return loaded_chunks() == k_chunks; })) << run->err();
  if (GetParam() == Engine::kPostgres) {
    ASSERT_TRUE(run->wait_until(is_asked)) << run->err();
  }
  expect_stopped_by_two_interrupts(*run);
  write("job.yaml", job_);
  const Outcome again = this->run();
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_THAT(again.out, HasSubstr("720 rows, 0 differences."));
}

}  // namespace
}  // namespace decant::test
