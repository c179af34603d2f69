// A key that is built while workers read its table back, by a session of its own: who else uses the
// table, and a run that is ended meanwhile.
#include <signal.h>

#include "common/connector/adapters/adapters.h"
#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class KeysBesideReadBack : public SlowSource {
 protected:
  void SetUp() override {
    SlowSource::SetUp();
    if (IsSkipped()) return;
    const std::string plain = "{ table: sales }";
    std::string job = read_file(path("job.yaml"));
    job.replace(job.find(plain), plain.size(), "{ table: sales, key: [id] }");
    write("job.yaml", job);
  }
  // Somebody else's transaction, which lasts as long as what it returns.
  std::unique_ptr<Target> holding(const std::string& sql) const {
    auto session = open_target(target(), "/", "test");
    EXPECT_TRUE(session && (*session)->sql().begin() && (*session)->sql().execute(sql));
    return std::move(*session);
  }
  std::string keys() const {
    return asked(
        "SELECT (SELECT count(*) FROM pg_index WHERE indrelid = 'sales'::regclass), (SELECT "
        "count(*) FROM pg_constraint WHERE conrelid = 'sales'::regclass AND contype = 'p')");
  }
  void expect_at_keys(Process& run) const {
    EXPECT_TRUE(run.wait_until([&] {
      const Outcome status = decant({"status", "job.yaml", "--json"});
      return status.status == 0 &&
             parse_json(status.out)["progress"].value("phase", "") == "keys sales";
    })) << run.err();
  }
};
INSTANTIATE_TEST_SUITE_P(Into, KeysBesideReadBack, testing::Values(Engine::kPostgres), engine_name);

TEST_P(KeysBesideReadBack, AWriterThatIsInTheWayIsWaitedFor) {
  const auto run = half_way();
  auto writer = holding("LOCK TABLE sales IN ROW EXCLUSIVE MODE");
  expect_at_keys(*run);
  EXPECT_EQ(keys(), "0|0");
  EXPECT_TRUE(run->is_running());
  writer.reset();
  ASSERT_THAT(run->wait(), ExitsWith(0));
  EXPECT_EQ(keys(), "1|1");
  EXPECT_EQ(report()["equal"], true);
  expect_all_arrived();
}

// What keeps the index from being made ends the run, and nothing that is loaded is loaded again.
TEST_P(KeysBesideReadBack, AnIndexThatCannotBeMadeEndsTheRunAndTheSameCommandGoesOn) {
  const auto run = half_way();
  changed(
      "CREATE FUNCTION no_room() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'no room "
      "for an index' USING ERRCODE = 'disk_full'; END$$");
  changed(
      "CREATE EVENT TRIGGER no_index ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE "
      "FUNCTION no_room()");
  EXPECT_THAT(run->wait(), ExitsWith(1));
  EXPECT_EQ(keys(), "0|0");
  changed("DROP EVENT TRIGGER no_index");
  const Outcome again = this->run();
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_THAT(again.out, HasSubstr("chunks   0 loaded"));
  EXPECT_EQ(keys(), "1|1");
  expect_all_arrived();
}

TEST_P(KeysBesideReadBack, CtrlCTwiceStopsAKeyThatIsUnderWay) {
  const auto run = half_way();
  auto writer = holding("LOCK TABLE sales IN ROW EXCLUSIVE MODE");
  expect_at_keys(*run);
  run->signal(SIGINT);
  run->wait_until([&] { return run->err().find("Interrupted") != std::string::npos; });
  run->signal(SIGINT);
  EXPECT_THAT(run->wait(), ExitsWith(130));
  EXPECT_EQ(asked("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'decant%' AND "
                  "datname = current_database()"),
            "0");
  writer.reset();
  ASSERT_THAT(this->run(), ExitsWith(0));
  EXPECT_EQ(keys(), "1|1");
  expect_all_arrived();
}

}  // namespace
}  // namespace decant::test
