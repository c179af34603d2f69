// Any number of rejects: spooled, carried in a file, written with a batch, kept of a refused task.
#include <filesystem>
#include <fstream>

#include "tests/support/temp_folder.h"
#include "tests/unit/ledger/ledger_fixture.h"

namespace decant::test {
namespace {

Reject reject_at(std::uint64_t line) {
  Reject reject;
  reject.place.line = line;
  reject.place.byte_offset = line * 40;
  reject.source = "agosto.csv";
  reject.column = "total";
  reject.rule = "type";
  reject.reason = "total: \"x\" is not a decimal number.";
  reject.original = "tab\there, line\nbreak, back\\slash, ñ " + std::to_string(line);
  return reject;
}

EachReject rejects_up_to(std::uint64_t count) {
  return [count](const TakeReject& take) -> Status {
    for (std::uint64_t line = 1; line <= count; ++line)
      DECANT_TRY(take(reject_at(line), static_cast<int>(line % 3) - 1));
    return {};
  };
}

void expect_all(const EachReject& each, std::uint64_t count) {
  std::uint64_t line = 0;
  ASSERT_OK(each([&](const Reject& reject, int chunk) -> Status {
    const Reject expected = reject_at(++line);
    EXPECT_EQ(reject.place.line, expected.place.line);
    EXPECT_EQ(reject.place.byte_offset, expected.place.byte_offset);
    EXPECT_EQ(reject.original, expected.original);
    EXPECT_EQ(reject.reason, expected.reason);
    EXPECT_EQ(chunk, static_cast<int>(line % 3) - 1);
    return {};
  }));
  EXPECT_EQ(line, count);
}

// The parameter bounds the memory: 100 bytes sends every row to the file, the last one none.
class RejectSpools : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    ASSERT_OK(rejects_up_to(5'000)(
        [&](const Reject& reject, int chunk) { return spool_.add(reject, chunk); }));
  }
  TempFolder folder_;
  RejectSpool spool_{folder_ / "spool", GetParam()};
};

INSTANTIATE_TEST_SUITE_P(, RejectSpools, testing::Values(100, 100'000, 100'000'000));

TEST_P(RejectSpools, GiveBackWhatWentInAsOftenAsAsked) {
  const auto each = [&](const TakeReject& take) { return spool_.each(take); };
  expect_all(each, 5'000);
  expect_all(each, 5'000);
  ASSERT_OK(spool_.add(reject_at(5'001), 5'001 % 3 - 1));
  expect_all(each, 5'001);
}

TEST_P(RejectSpools, AreReadFromTheFileTheyWereSavedIn) {
  const std::string path = folder_ / "stage/r1-1-7.rejects";
  ASSERT_OK(spool_.save(path, INT64_MAX));
  expect_all([&](const TakeReject& take) { return read_reject_file(path, take); }, 5'000);
  ASSERT_OK(spool_.save(path, 10));
  expect_all([&](const TakeReject& take) { return read_reject_file(path, take); }, 10);
}

TEST(RejectFile, ThatIsNotWholeIsToldFromOneThatIs) {
  const TempFolder folder;
  const std::string path = folder / "r1-1-7.rejects";
  RejectSpool spool(folder.path());
  ASSERT_OK(rejects_up_to(20)([&](const Reject& r, int chunk) { return spool.add(r, chunk); }));
  ASSERT_OK(spool.save(path, INT64_MAX));
  std::ifstream in(path, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const auto read = [&](const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    return read_reject_file(path, [](const Reject&, int) { return Status(); });
  };
  ASSERT_OK(read(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_FALSE(read(whole.substr(0, size)).has_value()) << size;
  EXPECT_FALSE(read(whole + "x").has_value());
  // A byte that changes changes a text, a place or the verdict, and nothing else.
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    (void)read(changed);
  }
  std::filesystem::remove(path);
  const Status gone = read_reject_file(path, [](const Reject&, int) { return Status(); });
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().code, ErrorCode::kUnreachable);
}

class LedgerRejects : public LedgerTest {
 protected:
  void SetUp() override {
    LedgerTest::SetUp();
    if (!ledger_) return;
    ASSERT_OK(ledger_->prepare());
    const Epoch epoch = ledger_->take_leadership({k_table}, run_of("r1"), k_long_lease_ms).value();
    ASSERT_OK(ledger_->begin_run(run_of("r1")));
    ASSERT_OK(ledger_->put_chunks(mandate_of("r1", epoch), "ventas", {chunk_of(1), chunk_of(2)}));
    ASSERT_OK(ledger_->assign(RunId("r1"), epoch, {assignment_of(1, 5)}));
  }
  static RefusedTask refused_task(std::int64_t fence, std::uint64_t rejects) {
    RefusedTask task;
    task.run = RunId("r1");
    task.job = "ventas";
    task.table = k_table;
    task.entity = "ventas";
    task.task = TaskId(1);
    task.fence = Fence(fence);
    task.worker = "w1";
    task.chunks = {chunk_of(1), chunk_of(2)};
    task.rows_read = 60'000;
    task.rows_rejected = static_cast<std::int64_t>(rejects);
    task.error = "Too many.";
    task.rejects = rejects_up_to(rejects);
    return task;
  }
  Status keep(const RefusedTask& task) {
    return Ledger::keep_refused(*coordinator_, "decant", task);
  }
};

TEST_P(LedgerRejects, FiftyThousandGoInWithTheirBatch) {
  TaskCommit commit =
      commit_of("r1", 1, 5, {batch_of(chunk_of(1), 0, 3), batch_of(chunk_of(2), 3, 3)});
  commit.rejects = rejects_up_to(50'000);
  ASSERT_OK(coordinator_->begin());
  ASSERT_OK(Ledger::commit_task(*coordinator_, "decant", commit));
  ASSERT_OK(coordinator_->commit());
  EXPECT_EQ(value("SELECT count(*) FROM decant.rejects WHERE in_batch AND run_id = 'r1'"), "50000");
  EXPECT_EQ(value("SELECT sum(line) FROM decant.rejects"), "1250025000");
  EXPECT_EQ(value("SELECT original FROM decant.rejects WHERE line = 777"), reject_at(777).original);
  EXPECT_EQ(value("SELECT chunk FROM decant.rejects WHERE line = 1"), chunk_of(1).name().value);
  EXPECT_EQ(value("SELECT chunk FROM decant.rejects WHERE line = 2"), chunk_of(2).name().value);
  EXPECT_EQ(value("SELECT chunk FROM decant.rejects WHERE line = 3"), "");
}

TEST_P(LedgerRejects, OfATransactionThatRollsBackNoneStays) {
  TaskCommit commit = commit_of("r1", 1, 5, {batch_of(chunk_of(1), 0, 3)});
  commit.rejects = [](const TakeReject& take) -> Status {
    DECANT_TRY(rejects_up_to(20'000)(take));
    return fail(ErrorCode::kUnreachable, "The reject file is gone.");
  };
  ASSERT_OK(coordinator_->begin());
  const Status failed = Ledger::commit_task(*coordinator_, "decant", commit);
  coordinator_->rollback();
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code, ErrorCode::kUnreachable) << why(failed);
  EXPECT_EQ(value("SELECT count(*) FROM decant.rejects"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM decant.migration_batches"), "0");
}

TEST_P(LedgerRejects, OfARefusedTaskTheFirstAreKeptAsThoseOfNoBatch) {
  ASSERT_OK(keep(refused_task(5, 50'000)));
  EXPECT_EQ(value("SELECT count(*) FROM decant.rejects WHERE NOT in_batch"), "10000");
  EXPECT_EQ(value("SELECT max(line) FROM decant.rejects"), "10000");
  EXPECT_EQ(value("SELECT rows_rejected FROM decant.refused_tasks"), "50000");
  EXPECT_EQ(value("SELECT rows_kept FROM decant.refused_tasks"), "10000");
  EXPECT_EQ(value("SELECT rows_read FROM decant.refused_tasks"), "60000");
  EXPECT_EQ(value("SELECT count(*) FROM decant.migration_batches"), "0");
  EXPECT_EQ(ledger_->rejects("ventas", 10).value().size(), 0U) << "they count for no chunk";
  // Its answer was lost, and it is done again.
  ASSERT_OK(keep(refused_task(5, 7)));
  EXPECT_EQ(value("SELECT count(*) FROM decant.rejects"), "7");
  EXPECT_EQ(value("SELECT rows_kept FROM decant.refused_tasks"), "7");
}

TEST_P(LedgerRejects, AZombieKeepsNone) {
  const Status kept = keep(refused_task(4, 10));
  ASSERT_FALSE(kept.has_value());
  EXPECT_EQ(kept.error().code, ErrorCode::kFenced);
  EXPECT_EQ(value("SELECT count(*) FROM decant.rejects"), "0");
  EXPECT_EQ(value("SELECT count(*) FROM decant.refused_tasks"), "0");
}

TEST_P(LedgerRejects, OfATaskThatCommittedCanBeAskedForAgain) {
  TaskCommit commit =
      commit_of("r1", 1, 5, {batch_of(chunk_of(1), 0, 3), batch_of(chunk_of(2), 3, 3)});
  commit.rejects = rejects_up_to(100);
  ASSERT_OK(coordinator_->begin());
  ASSERT_OK(Ledger::commit_task(*coordinator_, "decant", commit));
  ASSERT_OK(coordinator_->commit());
  int found = 0;
  ASSERT_OK(ledger_->rejects_of_task(RunId("r1"), TaskId(1), {chunk_of(1), chunk_of(2)}, 60,
                                     [&](const Reject& reject, int chunk) -> Status {
                                       ++found;
                                       EXPECT_EQ(chunk,
                                                 static_cast<int>(reject.place.line % 3) - 1);
                                       return {};
                                     }));
  EXPECT_EQ(found, 60);
}

DECANT_ON_BOTH_ENGINES(LedgerRejects);

}  // namespace
}  // namespace decant::test
