#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {

void LedgerTest::SetUp() {
  std::string reason;
  engine_ = make_engine(GetParam(), reason);
  if (!engine_) GTEST_SKIP() << reason;
  coordinator_ = connect();
  ledger_ = std::make_unique<Ledger>(*coordinator_, "decant");
}

std::string LedgerTest::value(const std::string& sql) {
  const auto rows = coordinator_->query(sql);
  EXPECT_TRUE(rows.has_value()) << why(rows);
  if (!rows || rows->empty() || rows->front().empty()) return "nothing";
  return rows->front().front().value_or("NULL");
}

RunRecord run_of(const std::string& id, const std::string& coordinator) {
  RunRecord run;
  run.run = RunId(id);
  run.job = "ventas";
  run.command = "decant run ventas.yaml";
  run.range = "2024-08 .. 2024-08";
  run.state = "running";
  run.coordinator = coordinator;
  return run;
}

ChunkSpec chunk_of(int number, const std::string& period) {
  ChunkSpec chunk;
  chunk.slice = {"ventas", "tienda_01", period};
  chunk.number = number;
  chunk.range = {number * 10, number * 10 + 10};
  chunk.estimated_rows = 50'000;
  return chunk;
}

ChunkTotals totals_of(int first, int count) {
  ChunkTotals totals;
  totals.sums.resize(1);
  for (int row = first; row < first + count; ++row) {
    totals.digest.add(RowDigest{static_cast<std::uint64_t>(row), 0, 0, ~0ULL});
    totals.sums[0].add(1, 1);
  }
  return totals;
}

BatchRecord batch_of(const ChunkSpec& chunk, int first_row, int row_count) {
  BatchRecord batch;
  batch.chunk = chunk;
  batch.rows_read = row_count;
  batch.accepted = totals_of(first_row, row_count);
  batch.loaded = batch.accepted;
  batch.counts.inserted = row_count;
  return batch;
}

TaskCommit commit_of(const std::string& run, std::uint64_t task, std::int64_t fence,
                     std::vector<BatchRecord> batches) {
  TaskCommit commit;
  commit.run = RunId(run);
  commit.job = "ventas";
  commit.table = k_table;
  commit.entity = "ventas";
  commit.task = TaskId(task);
  commit.fence = Fence(fence);
  commit.worker = "w1";
  commit.fingerprint = "mapping-1";
  commit.sum_names = {"cantidad * precio_unitario"};
  commit.batches = std::move(batches);
  commit.duration_ms = 1'250;
  return commit;
}

Ledger::Assignment assignment_of(std::uint64_t task, std::int64_t fence) {
  return {TaskId(task), Fence(fence), k_table, "w1"};
}

Mandate mandate_of(const std::string& run, Epoch epoch) { return {RunId(run), epoch, k_table}; }

}  // namespace decant::test
