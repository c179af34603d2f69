#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/ledger/ledger_sql.h"
#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class LedgerSchema : public LedgerTest {};

// The tables as the engine describes them.
std::string described(SqlSession& sql) {
  const auto rows = sql.query(
      "SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' "
      "THEN ' not null' ELSE '' "
      "END || CASE WHEN column_default IS NULL THEN '' ELSE ' default ' || column_default END "
      "FROM information_schema.columns WHERE table_schema = 'decant' ORDER BY table_name, "
      "ordinal_position");
  EXPECT_TRUE(rows.has_value()) << why(rows);
  std::string text;
  if (rows) {
    for (const auto& row : *rows) text += row[0].value_or("NULL") + "\n";
  }
  return text;
}

TEST_P(LedgerSchema, AnAbsentOneIsCreatedOnce) {
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kAbsent);
  ASSERT_OK(ledger_->prepare());
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kCurrent);
  ASSERT_OK(ledger_->prepare());
  EXPECT_EQ(value("SELECT count(*) FROM decant.meta"), "1");
}

// DECANT_UPDATE_GOLDEN=1 writes the files anew.
TEST_P(LedgerSchema, TheTablesAreThoseOfTheGoldenFile) {
  ASSERT_OK(ledger_->prepare());
  const std::string path = std::string(DECANT_SOURCE_DIR) + "/tests/unit/ledger/golden/schema_v4_" +
                           (is_postgres() ? "postgres" : "duckdb") + ".txt";
  const std::string now = described(*coordinator_);
  if (std::getenv("DECANT_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << now;
  std::ifstream file(path);
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(now, golden.str());
}

TEST_P(LedgerSchema, ANewerOneIsRefusedAndLeftAsItIs) {
  ASSERT_OK(ledger_->prepare());
  ASSERT_OK(coordinator_->execute("UPDATE decant.meta SET format_version = 5"));
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kNewer);
  const auto prepared = ledger_->prepare();
  ASSERT_FALSE(prepared.has_value());
  EXPECT_EQ(prepared.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(value("SELECT format_version FROM decant.meta"), "5");
}

TEST_P(LedgerSchema, AnOlderOneIsMigratedWithWhatItHolds) {
  ASSERT_OK(coordinator_->execute("CREATE SCHEMA decant"));
  for (const std::string& sql : ledger_internal::split_script(
           GetParam(), "decant", ledger_internal::statement("schema_v1"))) {
    ASSERT_OK(coordinator_->execute(sql));
  }
  ASSERT_OK(coordinator_->execute("INSERT INTO decant.meta (format_version) VALUES (1)"));
  ASSERT_OK(coordinator_->execute(
      "INSERT INTO decant.migration_batches (run_id, job, table_name, entity, chunk, task_id, "
      "status, replaces, rows_read, rows_rejected, rows_accepted, rows_loaded, rows_inserted, "
      "rows_updated, rows_deleted, accepted_digest, loaded_digest, accepted_sums, loaded_sums, "
      "fingerprint, fence, worker, started_at, committed_at, duration_ms) VALUES ('r1', 'ventas', "
      "'ventas_raw', 'ventas', 'c', 1, 'loaded', FALSE, 3, 0, 3, 3, 3, 0, 0, '', '', '', '', '', "
      "1, 'w', now(), now(), 0)"));
  ASSERT_OK(coordinator_->execute(
      "INSERT INTO decant.rejects VALUES ('r1', 'ventas', 'ventas', '', 1, 'a.csv', 17, 900, "
      "'total', 'type', 'why', 'x')"));
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kOlder);
  ASSERT_OK(ledger_->prepare());
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kCurrent);
  EXPECT_EQ(value("SELECT format_version FROM decant.meta"), "4");
  EXPECT_EQ(value("SELECT snapshot FROM decant.migration_batches"), "");
  EXPECT_EQ(value("SELECT rows_superseded FROM decant.migration_batches"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM decant.rejects WHERE in_batch"), "1");
  EXPECT_EQ(value("SELECT count(*) FROM decant.migration_batches WHERE NOT corrects"), "1");
}

TEST_P(LedgerSchema, AFailedCreationLeavesNothing) {
  ASSERT_OK(coordinator_->execute("CREATE SCHEMA decant"));
  ASSERT_OK(coordinator_->execute("CREATE TABLE decant.rejects (mine INTEGER)"));
  EXPECT_FALSE(ledger_->prepare().has_value());
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kAbsent);
  EXPECT_EQ(value("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'decant'"),
            "1");
}

TEST_P(LedgerSchema, ItsNameMayNeedQuotes) {
  Ledger ledger(*coordinator_, "Mi Esquema");
  ASSERT_OK(ledger.prepare());
  EXPECT_EQ(ledger.presence().value(), LedgerPresence::kCurrent);
  ASSERT_OK(ledger.begin_run(run_of("r1")));
  EXPECT_EQ(ledger.runs("ventas", 5).value().size(), 1U);
  EXPECT_EQ(ledger_->presence().value(), LedgerPresence::kAbsent);
}

TEST_P(LedgerSchema, ARunIsWrittenDownFromBeginningToEnd) {
  ASSERT_OK(ledger_->prepare());
  ASSERT_OK(ledger_->begin_run(run_of("r1")));
  EXPECT_EQ(ledger_->begin_run(run_of("r1")).error().code, ErrorCode::kBusy);
  auto run = run_of("r2");
  ASSERT_OK(ledger_->begin_run(run));
  run.state = "done";
  run.summary = R"({"rows":3})";
  ASSERT_OK(ledger_->end_run(run));
  EXPECT_EQ(ledger_->end_run(run_of("r3")).error().code, ErrorCode::kNotFound);
  const auto runs = ledger_->runs("ventas", 10).value();
  ASSERT_EQ(runs.size(), 2U);
  EXPECT_EQ(runs[0].run.value, "r2");
  EXPECT_EQ(runs[0].state, "done");
  EXPECT_EQ(runs[0].summary, R"({"rows":3})");
  EXPECT_EQ(runs[0].started_at.size(), std::string("2024-08-31T21:05:00.000000Z").size());
  EXPECT_GE(runs[0].ended_at, runs[0].started_at);
  EXPECT_EQ(runs[1].state, "running");
  EXPECT_EQ(runs[1].ended_at, "");
  EXPECT_EQ(ledger_->runs("ventas", 1).value().size(), 1U);
  EXPECT_EQ(ledger_->runs("otro", 10).value().size(), 0U);
}

TEST_P(LedgerSchema, TheStateOfATableIsKept) {
  ASSERT_OK(ledger_->prepare());
  EXPECT_FALSE(ledger_->table(k_table).value().has_value());
  const auto epoch = ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms);
  ASSERT_OK(epoch);
  TableRecord record{k_table, "ventas", "ventas", TableState::kLoading, true, "mapping-1"};
  ASSERT_OK(ledger_->put_table(mandate_of("r1", *epoch), record));
  record.state = TableState::kKeyed;
  ASSERT_OK(ledger_->put_table(mandate_of("r1", *epoch), record));
  const auto found = ledger_->table(k_table).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->state, TableState::kKeyed);
  EXPECT_TRUE(found->made_by_us);
  EXPECT_EQ(found->entity, "ventas");
  EXPECT_EQ(found->fingerprint, "mapping-1");
  EXPECT_EQ(ledger_->tables("ventas").value().size(), 1U);
}

// What DuckDB's log replays, with keys and rows that were updated, is what was committed.
TEST(LedgerInAFile, IsThereAgainWhenTheFileIsOpenedAgain) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("ledger_test_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "ventas.duckdb";
  for (int round = 0; round < 3; ++round) {
    auto engine = open_duckdb(path);
    ASSERT_TRUE(engine);
    const auto session = engine->connect("decant");
    ASSERT_OK(session->execute("SET checkpoint_threshold = '1TB'"));
    ASSERT_OK(session->execute("PRAGMA disable_checkpoint_on_shutdown"));
    Ledger ledger(*session, "decant");
    ASSERT_OK(ledger.prepare());
    const std::string run = "r" + std::to_string(round);
    const auto epoch = ledger.take_leadership({k_table}, run_of(run), 0);
    ASSERT_OK(epoch);
    EXPECT_EQ(epoch->value, round + 1);
    ASSERT_OK(ledger.begin_run(run_of(run)));
    ASSERT_OK(ledger.put_chunks(mandate_of(run, *epoch), "ventas", {chunk_of(1)}));
    ASSERT_OK(ledger.assign(RunId(run), *epoch, {assignment_of(1, 1), assignment_of(2, 1)}));
    auto batch = batch_of(chunk_of(1), 0, 5 + round);
    batch.replaces = true;
    ASSERT_OK(session->begin());
    ASSERT_OK(Ledger::commit_task(*session, "decant", commit_of(run, 1, 1, {batch})));
    ASSERT_OK(session->commit());
    EXPECT_TRUE(ledger.bump_fence(mandate_of(run, *epoch), TaskId(2), Fence(2)).value());
    const auto chunks = ledger.chunks("ventas", "ventas").value();
    ASSERT_EQ(chunks.size(), 1U);
    EXPECT_EQ(chunks[0].batch_count, 1);
    EXPECT_EQ(chunks[0].loaded.digest, totals_of(0, 5 + round).digest);
  }
  std::filesystem::remove_all(folder);
}

// A plan would call everything new that is loaded.
TEST_P(LedgerSchema, OneThatMayNotBeReadIsNoneThatIsAbsent) {
  if (!is_postgres()) GTEST_SKIP() << "DuckDB has no roles";
  ASSERT_OK(ledger_->prepare());
  ASSERT_OK(coordinator_->execute("CREATE ROLE nobody_here"));
  const auto reader = connect();
  ASSERT_OK(reader->execute("SET ROLE nobody_here"));
  const auto presence = Ledger(*reader, "decant").presence();
  ASSERT_FALSE(presence.has_value());
  EXPECT_EQ(presence.error().code, ErrorCode::kPermission) << why(presence);
}

DECANT_ON_BOTH_ENGINES(LedgerSchema);

}  // namespace
}  // namespace decant::test
