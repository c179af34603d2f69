// A leader that lost its tables writes nothing more, whatever it still believes.
#include <chrono>
#include <functional>
#include <future>
#include <thread>

#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

using Write = std::function<Status(Ledger&, const Mandate&)>;

struct NamedWrite {
  const char* name;
  Write write;
};

TableRecord record_of(TableState state) {
  return {k_table, "ventas", "ventas", state, true, "mapping-1"};
}

// Every write of a leader but the takeover itself. Each changes what the fixture has put there.
std::vector<NamedWrite> writes() {
  const ChunkName chunk = chunk_of(1).name();
  return {
      {"put_table",
       [](Ledger& ledger, const Mandate& mandate) {
         return ledger.put_table(mandate, record_of(TableState::kKeyed));
       }},
      {"put_chunks",
       [](Ledger& ledger, const Mandate& mandate) {
         return ledger.put_chunks(mandate, "ventas", {chunk_of(2)});
       }},
      {"set_chunk_error",
       [chunk](Ledger& ledger, const Mandate& mandate) {
         return ledger.set_chunk_error(mandate, "ventas", chunk, "the shop does not answer");
       }},
      {"assign",
       [](Ledger& ledger, const Mandate& mandate) {
         return ledger.assign(mandate.run, mandate.epoch, {assignment_of(3, 9)});
       }},
      {"bump_fence",
       [](Ledger& ledger, const Mandate& mandate) -> Status {
         DECANT_TRY(ledger.bump_fence(mandate, TaskId(2), Fence(9)));
         return {};
       }},
      {"keep_duplicates",
       [](Ledger& ledger, const Mandate& mandate) -> Status {
         DECANT_TRY(ledger.keep_duplicates(mandate, record_of(TableState::kKeying),
                                           "SELECT 'linea=1' AS decant_key, 2 AS decant_rows", 5));
         return {};
       }},
      {"commit_as_leader",
       [](Ledger& ledger, const Mandate& mandate) {
         BatchRecord correction = batch_of(chunk_of(1), 0, 0);
         correction.corrects = true;
         return ledger.commit_as_leader(mandate, commit_of("r1", 0, 0, {correction}));
       }},
      {"split_chunk",
       [](Ledger& ledger, const Mandate& mandate) {
         ChunkSpec first = chunk_of(1);
         first.range.end = 15;
         ChunkSpec second = chunk_of(1);
         second.number = 7;
         second.range.begin = 15;
         TaskCommit batches =
             commit_of("r1", 0, 0, {batch_of(first, 0, 3), batch_of(second, 3, 2)});
         batches.batches[0].replaces = true;
         return ledger.split_chunk(mandate, "ventas", chunk_of(1), {first, second}, batches);
       }},
      {"void_batches",
       [](Ledger& ledger, const Mandate& mandate) {
         return ledger.void_batches(mandate, "ventas", "ventas");
       }},
  };
}

class LedgerMandate : public LedgerTest {
 protected:
  // Run r1 leads: one chunk is loaded by task 1, task 2 is in hand.
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    const auto epoch = ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms);
    ASSERT_OK(epoch);
    first_ = mandate_of("r1", *epoch);
    ASSERT_OK(ledger_->begin_run(run_of("r1")));
    ASSERT_OK(ledger_->put_table(first_, record_of(TableState::kLoading)));
    ASSERT_OK(ledger_->put_chunks(first_, "ventas", {chunk_of(1)}));
    ASSERT_OK(
        ledger_->assign(first_.run, first_.epoch, {assignment_of(1, 1), assignment_of(2, 1)}));
    ASSERT_OK(Ledger::commit_task(*coordinator_, "decant",
                                  commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 5)})));
  }

  // All that the writes touch, as one text.
  std::string content() {
    std::string text;
    for (const char* of : {"tables AS t", "chunks AS t", "tasks AS t", "migration_batches AS t",
                           "duplicates AS t"}) {
      const auto rows = coordinator_->query("SELECT CAST(t AS TEXT) FROM decant." +
                                            std::string(of) + " ORDER BY 1");
      EXPECT_TRUE(rows.has_value()) << why(rows);
      if (!rows) return {};
      for (const SqlRow& row : *rows) text += row[0].value_or("NULL") + "\n";
    }
    return text;
  }

  Mandate first_;
};

TEST_P(LedgerMandate, EveryWriteOfALeaderGoesThrough) {
  for (const NamedWrite& one : writes()) {
    const std::string before = content();
    const Status written = one.write(*ledger_, first_);
    ASSERT_TRUE(written.has_value()) << one.name << ": " << why(written);
    EXPECT_NE(content(), before) << one.name;
  }
}

TEST_P(LedgerMandate, EveryWriteOfADeposedLeaderIsRefused) {
  ASSERT_OK(ledger_->release_leadership(first_.run, first_.epoch));
  ASSERT_OK(ledger_->take_leadership({k_table}, run_of("r2"), k_long_lease_ms));
  const std::string before = content();
  for (const NamedWrite& one : writes()) {
    const Status written = one.write(*ledger_, first_);
    ASSERT_FALSE(written.has_value()) << one.name;
    EXPECT_EQ(written.error().code, ErrorCode::kFenced) << one.name << ": " << why(written);
    EXPECT_EQ(content(), before) << one.name;
  }
}

TEST_P(LedgerMandate, WhatIsDoneInTheLeadIsDoneByNobodyElse) {
  const auto makes = [&](const std::string& table) {
    return ledger_->in_lead(first_, [&]() -> Status {
      DECANT_TRY(coordinator_->execute("CREATE TABLE " + table + " (n INTEGER)"));
      return {};
    });
  };
  ASSERT_OK(makes("mine"));
  ASSERT_OK(coordinator_->query("SELECT * FROM mine"));
  const Status twice = makes("mine");
  ASSERT_FALSE(twice.has_value());
  ASSERT_OK(ledger_->put_table(first_, record_of(TableState::kKeyed)));  // no transaction is open
  ASSERT_OK(ledger_->release_leadership(first_.run, first_.epoch));
  ASSERT_OK(ledger_->take_leadership({k_table}, run_of("r2"), k_long_lease_ms));
  const Status late = makes("late");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kFenced) << why(late);
  EXPECT_FALSE(coordinator_->query("SELECT * FROM late").has_value());
}

// The same run may have taken its tables twice, say after its session was lost.
TEST_P(LedgerMandate, AnEarlierEpochOfTheSameRunIsRefusedToo) {
  ASSERT_OK(ledger_->release_leadership(first_.run, first_.epoch));
  ASSERT_OK(ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms));
  const std::string before = content();
  for (const NamedWrite& one : writes()) {
    EXPECT_EQ(one.write(*ledger_, first_).error().code, ErrorCode::kFenced) << one.name;
    EXPECT_EQ(content(), before) << one.name;
  }
}

TEST_P(LedgerMandate, ATableOfAnotherLeaderIsRefused) {
  ASSERT_OK(ledger_->take_leadership({"otra"}, run_of("r2"), k_long_lease_ms));
  TableRecord record = record_of(TableState::kLoading);
  record.table = "otra";
  EXPECT_EQ(ledger_->put_table(first_, record).error().code, ErrorCode::kFenced);
  EXPECT_FALSE(ledger_->table("otra").value().has_value());
}

// Only PostgreSQL has a second process, and row locks.
class LedgerTakeover : public LedgerMandate {};

// A takeover that is not committed yet: the write waits for it and is then refused.
TEST_P(LedgerTakeover, AWriteThatComesInBetweenWaitsAndIsRefused) {
  const auto other = connect();
  ASSERT_OK(other->begin());
  ASSERT_OK(other->query("SELECT 1 FROM decant.leader FOR UPDATE"));  // as a takeover does
  ASSERT_OK(other->execute("UPDATE decant.leader SET epoch = epoch + 1, run_id = 'r2'"));
  const std::string before = content();
  auto writing = std::async(std::launch::async, [&] {
    const auto session = connect();
    Ledger ledger(*session, "decant");
    return ledger.put_chunks(first_, "ventas", {chunk_of(2)});
  });
  const char* waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
  for (int tries = 0; tries < 500 && value(waiting) == "0"; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(value(waiting), "1");
  ASSERT_OK(other->commit());
  const Status written = writing.get();
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::kFenced) << why(written);
  EXPECT_EQ(content(), before);
}

// The other way round: what a leader has begun to write is written before another leads.
TEST_P(LedgerTakeover, AWriteThatIsUnderWayIsOverBeforeIt) {
  std::future<Result<Epoch>> taking;
  const Status written = ledger_->in_lead(first_, [&]() -> Status {
    taking = std::async(std::launch::async, [&] {
      const auto session = connect();
      Ledger ledger(*session, "decant");
      return ledger.take_leadership({k_table}, run_of("r2", "host:2"), k_long_lease_ms,
                                    [](const std::string&) { return true; });
    });
    const auto watcher = connect();
    for (int tries = 0; tries < 500; ++tries) {
      const auto waiting = watcher->query(
          "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE "
          "'%FOR UPDATE%'");
      if (waiting && waiting->at(0).at(0) != "0") return {};
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return fail(ErrorCode::kInternal, "The takeover did not wait.");
  });
  EXPECT_TRUE(written.has_value()) << why(written);
  const auto taken = taking.get();
  EXPECT_TRUE(taken.has_value());
}

DECANT_ON_BOTH_ENGINES(LedgerMandate);
INSTANTIATE_TEST_SUITE_P(, LedgerTakeover, testing::Values(Dialect::kPostgres), engine_name);

}  // namespace
}  // namespace decant::test
