// A session with a source that tasks of all entities of its store share.
#include <thread>

#include "common/connector/snapshot_text.h"
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class SharedSession : public PostgresTest {};

// The session holds the snapshot, and tasks of all entities of its store share it. What a view
// reads is locked only once a read of it is planned.
TEST_F(SharedSession, GoesOnAfterAWaitForALockThatIsGivenUp) {
  exec("CREATE TABLE s (id bigint, day date) PARTITION BY RANGE (day)");
  exec("CREATE TABLE s1 PARTITION OF s FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')");
  exec("INSERT INTO s VALUES (1, '2024-01-05')");
  exec("CREATE VIEW sv AS SELECT id, day FROM s WHERE id IS NOT NULL");
  const auto reader = source();
  const std::string before = value_of(reader->export_snapshot());
  const EntitySpec spec = entity("sv");
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  const auto given_up = [&](const auto& call) {
    auto holder = value_of(open_postgres_target(url(), "holder"));
    EXPECT_TRUE(holder->sql().begin() &&
                holder->sql().execute("LOCK TABLE s1 IN ACCESS EXCLUSIVE MODE"));
    std::thread ender([&] {
      const auto ends = [&] {
        const auto ended = holder->sql().query(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND application_name = 'decant/tests'");
        return !ended || !ended->empty();
      };
      for (int i = 0; i < 3'000 && !ends(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    });
    EXPECT_FALSE(call());
    ender.join();
    holder->sql().rollback();
    EXPECT_TRUE(reader->is_usable());
  };
  given_up([&] { return reader->open(request).has_value(); });
  given_up([&] { return reader->census({}, spec, {}).has_value(); });
  exec("INSERT INTO s VALUES (2, '2024-01-06')");
  EXPECT_EQ(digest(*value_of(reader->open(request))).row_count, 1) << "under the same snapshot";
  const std::string after = value_of(reader->census({}, spec, {})).snapshot;
  EXPECT_EQ(snapshot_content(after), snapshot_content(before));
}

TEST_F(SharedSession, ThatTheServerHasEndedIsNotUsable) {
  const auto reader = source();
  EXPECT_TRUE(reader->is_usable());
  exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
      "'decant/tests'");
  EXPECT_FALSE(reader->export_snapshot());
  EXPECT_FALSE(reader->is_usable());
}

}  // namespace
}  // namespace decant::test
