// A recorded chunk that is divided: limits and batches, in one transaction.
#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

class LedgerSplit : public LedgerTest {
 protected:
  // Chunk 1, from 10 to 20, holds 30 rows of two batches.
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    const auto epoch = ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms);
    ASSERT_OK(epoch);
    lead_ = mandate_of("r1", *epoch);
    ASSERT_OK(ledger_->begin_run(run_of("r1")));
    ASSERT_OK(ledger_->put_chunks(lead_, "ventas", {chunk_of(1), chunk_of(2)}));
    ASSERT_OK(ledger_->assign(lead_.run, lead_.epoch, {assignment_of(1, 1), assignment_of(2, 1)}));
    for (const std::uint64_t task : {1, 2}) {
      const int first = task == 1 ? 0 : 18;
      ASSERT_OK(Ledger::commit_task(
          *coordinator_, "decant",
          commit_of("r1", task, 1, {batch_of(chunk_of(1), first, task == 1 ? 18 : 12)})));
    }
  }
  static ChunkSpec part(int number, std::int64_t begin, std::int64_t end) {
    ChunkSpec spec = chunk_of(1);
    spec.number = number;
    spec.range = {begin, end};
    return spec;
  }
  // In three parts with 7, 13 and 10 rows.
  Status split(const ChunkSpec& chunk) {
    TaskCommit batches =
        commit_of("r1", 0, 0,
                  {batch_of(part(1, 10, 12), 0, 7), batch_of(part(3, 12, 17), 7, 13),
                   batch_of(part(4, 17, 20), 20, 10)});
    batches.batches[0].replaces = true;
    DECANT_TRY(coordinator_->begin());
    const Status status = ledger_->split_chunk(
        lead_, "ventas", chunk, {part(1, 10, 12), part(3, 12, 17), part(4, 17, 20)}, batches);
    if (!status) {
      coordinator_->rollback();
      return status;
    }
    return coordinator_->commit();
  }
  std::vector<ChunkRecord> chunks() { return ledger_->chunks("ventas", "ventas").value(); }

  Mandate lead_;
};

TEST_P(LedgerSplit, TheFirstPartKeepsTheNameAndTheContentIsDivided) {
  ASSERT_OK(split(chunk_of(1)));
  const auto found = chunks();
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].spec.name(), chunk_of(1).name());
  EXPECT_EQ(found[0].spec.range, (ValueRange{10, 12}));
  EXPECT_EQ(found[0].loaded.digest, totals_of(0, 7).digest);
  EXPECT_EQ(found[0].batch_count, 1);
  EXPECT_EQ(found[1].spec.range, chunk_of(2).range);
  EXPECT_EQ(found[2].spec.range, (ValueRange{12, 17}));
  EXPECT_EQ(found[2].accepted.digest, totals_of(7, 13).digest);
  EXPECT_EQ(found[2].loaded.sums[0].to_string(), "1.3");
  EXPECT_EQ(found[3].spec.range, (ValueRange{17, 20}));
  EXPECT_EQ(found[3].loaded.digest.row_count, 10);
  EXPECT_EQ(value("SELECT count(*) FROM decant.migration_batches WHERE status = 'voided' AND "
                  "voided_by = 'r1'"),
            "2");
}

TEST_P(LedgerSplit, APartIsDividedAgain) {
  ASSERT_OK(split(chunk_of(1)));
  TaskCommit none = commit_of("r1", 0, 0, {});
  ASSERT_OK(coordinator_->begin());
  ASSERT_OK(ledger_->split_chunk(lead_, "ventas", part(3, 12, 17),
                                 {part(3, 12, 13), part(5, 13, 17)}, none));
  ASSERT_OK(coordinator_->commit());
  EXPECT_EQ(chunks().size(), 5U);
  EXPECT_EQ(chunks()[2].spec.range, (ValueRange{12, 13}));
}

TEST_P(LedgerSplit, AChunkWhoseLimitsWereMovedMeanwhileIsLeftAsItIs) {
  ASSERT_OK(split(chunk_of(1)));
  const Status again = split(chunk_of(1));
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(chunks().size(), 4U);
}

TEST_P(LedgerSplit, APartIsNeverTakenForAnotherChunkOfItsNumber) {
  TaskCommit none = commit_of("r1", 0, 0, {});
  ASSERT_OK(coordinator_->begin());
  const Status split =
      ledger_->split_chunk(lead_, "ventas", chunk_of(1), {part(1, 10, 12), part(2, 12, 20)}, none);
  coordinator_->rollback();
  ASSERT_FALSE(split.has_value());
  EXPECT_EQ(split.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(chunks()[0].spec.range, chunk_of(1).range);
}

DECANT_ON_BOTH_ENGINES(LedgerSplit);

}  // namespace
}  // namespace decant::test
