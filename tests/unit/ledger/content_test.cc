#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class LedgerContent : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    epoch_ = ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms).value();
    ASSERT_OK(ledger_->begin_run(run_of("r1")));
  }
  // Plans the chunks, hands out the task and commits it.
  void load(const TaskCommit& commit) {
    std::vector<ChunkSpec> specs;
    for (const auto& batch : commit.batches) specs.push_back(batch.chunk);
    ASSERT_OK(ledger_->put_chunks(mandate(), "ventas", specs));
    ASSERT_OK(ledger_->assign(RunId("r1"), epoch_,
                              {assignment_of(commit.task.value, commit.fence.value)}));
    ASSERT_OK(coordinator_->begin());
    ASSERT_OK(Ledger::commit_task(*coordinator_, "decant", commit));
    ASSERT_OK(coordinator_->commit());
  }
  Mandate mandate() const { return mandate_of("r1", epoch_); }
  std::vector<ChunkRecord> chunks() { return ledger_->chunks("ventas", "ventas").value(); }

  Epoch epoch_;
};

TEST_P(LedgerContent, AChunkKeepsTheLimitsItWasFirstGiven) {
  auto undated = chunk_of(1, std::string(k_undated));
  undated.range = {};
  ASSERT_OK(ledger_->put_chunks(mandate(), "ventas", {chunk_of(2), undated}));
  auto moved = chunk_of(2);
  moved.range = {0, 1};
  ASSERT_OK(ledger_->put_chunks(mandate(), "ventas", {moved, chunk_of(1)}));
  const auto found = chunks();
  ASSERT_EQ(found.size(), 3U);  // in the order of their names
  EXPECT_EQ(found[0].spec.number, 1);
  EXPECT_EQ(found[1].spec.range, chunk_of(2).range);
  EXPECT_EQ(found[1].spec.slice, chunk_of(2).slice);
  EXPECT_EQ(found[1].spec.estimated_rows, 50'000);
  EXPECT_EQ(found[1].table, k_table);
  EXPECT_TRUE(found[2].spec.is_undated());
  EXPECT_EQ(found[2].spec.range, ValueRange());
}

TEST_P(LedgerContent, ABatchSaysUnderWhichSnapshotItWasRead) {
  TaskCommit first = commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3)});
  first.batches[0].snapshot = "712:715:713";
  load(first);
  load(commit_of("r1", 2, 1, {batch_of(chunk_of(2), 0, 3)}));
  EXPECT_EQ(ledger_->batches_of_task(RunId("r1"), TaskId(1)).value().at(0).snapshot, "712:715:713");
  EXPECT_EQ(ledger_->batches_of_task(RunId("r1"), TaskId(2)).value().at(0).snapshot, "");
}

TEST_P(LedgerContent, AThousandBatchesAndMoreAreCommittedAndAddUp) {
  constexpr int tasks = 12;
  constexpr int batches = 1'000;
  std::vector<ChunkSpec> specs;
  for (int i = 1; i <= batches; ++i) specs.push_back(chunk_of(i));
  for (int task = 0; task < tasks; ++task) {
    std::vector<BatchRecord> records;
    for (int i = 0; i < batches; ++i)
      records.push_back(batch_of(specs[static_cast<std::size_t>(i)], i * 20 + task, 1));
    load(commit_of("r1", static_cast<std::uint64_t>(task) + 1, 1, std::move(records)));
  }
  // More than one page of batches, and one page ends inside a chunk.
  const auto found = chunks();
  ASSERT_EQ(found.size(), static_cast<std::size_t>(batches));
  for (const auto& chunk : found) {
    ASSERT_EQ(chunk.batch_count, tasks);
    ASSERT_EQ(chunk.loaded.digest, totals_of((chunk.spec.number - 1) * 20, tasks).digest);
    ASSERT_EQ(chunk.loaded.sums[0].to_string(), "1.2");
  }
}

TEST_P(LedgerContent, AnErrorOfAChunkIsForgottenWhenALaterBatchGoesWell) {
  ASSERT_OK(ledger_->put_chunks(mandate(), "ventas", {chunk_of(1)}));
  ASSERT_OK(ledger_->set_chunk_error(mandate(), "ventas", chunk_of(1).name(),
                                     "the shop does not answer"));
  EXPECT_EQ(chunks()[0].state, "failed");
  EXPECT_EQ(chunks()[0].last_error, "the shop does not answer");
  load(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3)}));
  EXPECT_EQ(chunks()[0].state, "loaded");
  EXPECT_EQ(chunks()[0].last_error, "");
  EXPECT_EQ(ledger_->set_chunk_error(mandate(), "ventas", ChunkName("none"), "x").error().code,
            ErrorCode::kNotFound);
}

TEST_P(LedgerContent, BatchesOfDifferentMappingsHaveNoCommonFingerprint) {
  load(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3)}));
  auto other = commit_of("r1", 2, 1, {batch_of(chunk_of(1), 3, 3)});
  other.fingerprint = "mapping-2";
  other.sum_names = {"total"};
  load(other);
  EXPECT_EQ(chunks()[0].fingerprint, "");
  EXPECT_EQ(chunks()[0].sum_names, std::vector<std::string>{});  // neither sum is of all rows
  EXPECT_EQ(chunks()[0].loaded.digest, totals_of(0, 6).digest);
}

TEST_P(LedgerContent, BatchesOfATaskComeBackAsTheyWere) {
  auto batch = batch_of(chunk_of(1), 0, 3);
  batch.rows_read = 4;
  batch.rows_rejected = 1;
  batch.rows_superseded = 1;
  batch.replaces = true;
  batch.loaded = totals_of(0, 2);
  batch.counts = {1, 2, 3};
  load(commit_of("r1", 1, 1, {batch}));
  const auto found = ledger_->batches_of_task(RunId("r1"), TaskId(1)).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].chunk.name(), chunk_of(1).name());
  EXPECT_EQ(found[0].chunk.range, chunk_of(1).range);
  EXPECT_EQ(found[0].rows_read, 4);
  EXPECT_EQ(found[0].rows_rejected, 1);
  EXPECT_EQ(found[0].rows_superseded, 1);
  EXPECT_FALSE(found[0].corrects);
  EXPECT_TRUE(found[0].replaces);
  EXPECT_FALSE(found[0].skipped);
  EXPECT_EQ(found[0].accepted.digest, totals_of(0, 3).digest);
  EXPECT_EQ(found[0].loaded.digest, totals_of(0, 2).digest);
  EXPECT_EQ(found[0].loaded.sums[0].to_string(), "0.2");
  EXPECT_EQ(found[0].counts.updated, 2);
  EXPECT_EQ(found[0].counts.deleted, 3);
}

// Rows that leave a chunk without its being read again: their digests and sums count against it.
TEST_P(LedgerContent, ABatchThatCorrectsTakesRowsOutOfWhatWasLoaded) {
  load(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 5)}));
  BatchRecord correction;
  correction.chunk = chunk_of(1);
  correction.corrects = true;
  correction.rows_superseded = 2;
  correction.loaded.digest.subtract(totals_of(3, 2).digest);
  correction.loaded.sums.resize(1);
  correction.loaded.sums[0].subtract(totals_of(3, 2).sums[0]);
  correction.accepted.sums.resize(1);
  TaskCommit other = commit_of("r1", 2, 1, {correction});
  other.fingerprint = "mapping-of-another";
  load(other);
  const ChunkRecord found = chunks()[0];
  EXPECT_EQ(found.rows_read, 5);
  EXPECT_EQ(found.rows_superseded, 2);
  EXPECT_EQ(found.accepted.digest, totals_of(0, 5).digest);
  EXPECT_EQ(found.loaded.digest, totals_of(0, 3).digest);
  EXPECT_EQ(found.loaded.sums[0].to_string(), "0.3");
  EXPECT_EQ(found.fingerprint, "mapping-1");
  const auto batches = ledger_->batches_of_task(RunId("r1"), TaskId(2)).value();
  ASSERT_EQ(batches.size(), 1U);
  EXPECT_TRUE(batches[0].corrects);
  EXPECT_EQ(batches[0].loaded.digest.row_count, -2);

  // The chunk is loaded anew: nothing of it counts any more.
  BatchRecord again = batch_of(chunk_of(1), 0, 4);
  again.replaces = true;
  load(commit_of("r1", 3, 1, {again}));
  EXPECT_EQ(chunks()[0].loaded.digest, totals_of(0, 4).digest);
  EXPECT_EQ(chunks()[0].rows_superseded, 0);
}

TaskCommit with_reject(TaskCommit commit, std::string original) {
  Reject reject;
  reject.place.line = 17;
  reject.source = "agosto.csv";
  reject.column = "total";
  reject.rule = "type";
  reject.reason = "`total` is not a decimal number.";
  reject.original = std::move(original);
  commit.rejects = [reject](const TakeReject& take) { return take(reject, 0); };
  return commit;
}

TEST_P(LedgerContent, RejectsAreKeptWithTheirPlaceAndAnyBytes) {
  load(with_reject(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3)}),
                   std::string("12,3\0\xff ñ", 9)));
  const auto found = ledger_->rejects("ventas", 10).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].chunk, chunk_of(1).name().value);
  EXPECT_EQ(found[0].run, "r1");
  EXPECT_EQ(found[0].source, "agosto.csv");
  EXPECT_EQ(found[0].column, "total");
  EXPECT_EQ(found[0].line, 17);
  EXPECT_EQ(found[0].original, "12,3\\x00\\xff ñ");
  EXPECT_TRUE(ledger_->rejects("otro", 10).value().empty());
}

TEST_P(LedgerContent, RejectsCountOnceThoughTheirChunkWasReadAgain) {
  load(with_reject(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3)}), "first"));
  auto skipped = batch_of(chunk_of(1), 0, 3);
  skipped.skipped = true;
  load(with_reject(commit_of("r1", 2, 1, {skipped}), "second"));
  auto found = ledger_->rejects("ventas", 10).value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].original, "second");
  auto clean = batch_of(chunk_of(1), 0, 4);
  clean.replaces = true;
  load(commit_of("r1", 3, 1, {clean}));
  EXPECT_TRUE(ledger_->rejects("ventas", 10).value().empty());
}

TEST_P(LedgerContent, ResetVoidsWhatIsLiveAndErasesNothing) {
  load(with_reject(
      commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3), batch_of(chunk_of(2), 0, 3)}), "x"));
  ASSERT_OK(coordinator_->begin());
  ASSERT_OK(ledger_->void_batches(mandate(), "ventas", "ventas"));
  ASSERT_OK(coordinator_->commit());
  for (const auto& chunk : chunks()) {
    EXPECT_EQ(chunk.batch_count, 0);
    EXPECT_EQ(chunk.state, "planned");
  }
  EXPECT_TRUE(ledger_->rejects("ventas", 10).value().empty());
  EXPECT_EQ(value("SELECT count(*) FROM decant.migration_batches"), "2");
}

TEST_P(LedgerContent, WhoHasRowsInATableIsKnownByJobAndEntity) {
  load(commit_of("r1", 1, 1, {batch_of(chunk_of(1), 0, 3), batch_of(chunk_of(2), 0, 4)}));
  const std::string table = mandate().table;
  const auto content = ledger_->content_of({"elsewhere", table}).value();
  ASSERT_EQ(content.size(), 1U);
  EXPECT_EQ(content[0].job, "ventas");
  EXPECT_EQ(content[0].entity, "ventas");
  EXPECT_EQ(content[0].rows, 7);
  ASSERT_OK(coordinator_->begin());
  ASSERT_OK(ledger_->void_batches(mandate(), "ventas", "ventas"));
  ASSERT_OK(coordinator_->commit());
  EXPECT_TRUE(ledger_->content_of({table}).value().empty());
}

DECANT_ON_BOTH_ENGINES(LedgerContent);

}  // namespace
}  // namespace decant::test
