#include "coordinator/plan/comparison.h"

#include <gmock/gmock.h>

#include <map>
#include <random>

namespace decant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t k_never = -1;

Extent part_of_file(std::int64_t begin, std::int64_t end) {
  Extent extent;
  extent.kind = ExtentKind::kFilePart;
  extent.path = "/ventas.csv";
  extent.begin.byte = begin;
  extent.end_byte = end;
  return extent;
}

// A row: which chunk it belongs to, in which part of the file it stands, what it says.
struct Row {
  int chunk;
  int part;
  std::uint64_t content;
};

RowDigest digest_of(std::uint64_t content) { return RowDigest{content, content * 31, 7, 1}; }

// A file of some parts whose rows belong to some chunks, and what the ledger has of them.
class Shop {
 public:
  Shop(int chunks, int parts) : parts_(parts) {
    comparison_.whole.store = "t1";
    comparison_.whole.plan.fingerprint = "f1";
    comparison_.whole.method = LoadMethod::kReplaceByKey;
    for (int i = 0; i < chunks; ++i)
      comparison_.whole.chunks.push_back({{{"ventas", "t1", "2024-08"}, i + 1, {}, 10}, {}});
    for (int i = 0; i < parts; ++i)
      comparison_.parts.push_back({part_of_file(i * 100, (i + 1) * 100)});
  }

  void has(const Row& row) { source_.push_back(row); }
  void was_loaded(int chunk, std::uint64_t content) {
    auto& prior = comparison_.whole.chunks[static_cast<std::size_t>(chunk)].prior;
    if (!prior) prior = PriorContent{{}, "f1"};
    prior->accepted.add(digest_of(content));
  }
  Comparison& comparison() { return comparison_; }

  // What a worker tells of the part that a task reads.
  TaskResult read(const Task& task) const {
    TaskResult result;
    std::map<int, BatchReport> reports;
    for (const Row& row : source_) {
      if (comparison_.parts[static_cast<std::size_t>(row.part)] != task.extents) continue;
      BatchReport& report = reports[row.chunk];
      report.chunk = row.chunk;
      ++report.rows_read;
      report.accepted.digest.add(digest_of(row.content));
    }
    for (const auto& [chunk, report] : reports) result.batches.push_back(report);
    return result;
  }

  ComparisonOutcome compare() const {
    SumComparison comparison(comparison_);
    const std::vector<Task> tasks = comparison.tasks();
    EXPECT_THAT(tasks, SizeIs(parts_));
    for (const Task& task : tasks) {
      EXPECT_FALSE(comparison.is_complete());
      EXPECT_TRUE(comparison.has(task));
      EXPECT_EQ(task.kind, TaskKind::kCompare);
      comparison.add(task, read(task));
    }
    EXPECT_TRUE(comparison.is_complete());
    return comparison.outcome();
  }

 private:
  int parts_;
  Comparison comparison_;
  std::vector<Row> source_;
};

std::vector<int> numbers(const std::vector<TaskChunk>& chunks) {
  std::vector<int> out;
  for (const TaskChunk& chunk : chunks) out.push_back(chunk.spec.number);
  return out;
}
std::vector<int> numbers(const std::vector<ChunkSpec>& chunks) {
  std::vector<int> out;
  for (const ChunkSpec& chunk : chunks) out.push_back(chunk.number);
  return out;
}

TEST(SumComparison, ChunksWhoseSumsAreThoseOfTheLedgerAreSkipped) {
  Shop shop(2, 2);
  for (const Row& row : {Row{0, 0, 1}, Row{0, 1, 2}, Row{1, 1, 3}}) {
    shop.has(row);
    shop.was_loaded(row.chunk, row.content);
  }
  const ComparisonOutcome outcome = shop.compare();
  EXPECT_THAT(outcome.loads, IsEmpty());
  EXPECT_FALSE(outcome.clear);
  ASSERT_THAT(outcome.all.result.batches, SizeIs(2));
  EXPECT_TRUE(outcome.all.result.batches[0].skipped);
  EXPECT_EQ(outcome.all.result.batches[0].rows_read, 2);
  EXPECT_EQ(outcome.all.result.batches[0].loaded.digest,
            outcome.all.result.batches[0].accepted.digest);
  EXPECT_THAT(outcome.unchanged.result.batches, SizeIs(2));
}

// A table that was compared by its blocks: chunks 1 and 2 are one range, 3 another one.
void give_ranges(Comparison& comparison) {
  for (const std::vector<std::size_t>& range : {std::vector<std::size_t>{0, 1}, {2}}) {
    Task load;
    load.store = "t1";
    Extent extent;
    extent.kind = ExtentKind::kRange;
    extent.range.begin = static_cast<std::int64_t>(range.front());
    load.extents = {extent};
    for (const std::size_t chunk : range) load.chunks.push_back(comparison.whole.chunks[chunk]);
    comparison.range_loads.push_back(std::move(load));
  }
}

TEST(SumComparison, OfATableWhatDiffersIsLoadedByRange) {
  Shop shop(3, 2);
  for (const Row& row : {Row{0, 0, 1}, Row{1, 1, 2}, Row{2, 0, 3}}) {
    shop.has(row);
    shop.was_loaded(row.chunk, row.chunk == 1 ? 99 : row.content);
  }
  give_ranges(shop.comparison());
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_THAT(outcome.loads, SizeIs(1));
  EXPECT_EQ(outcome.loads[0].extents[0].range.begin, 0);
  EXPECT_THAT(numbers(outcome.loads[0].chunks), ElementsAre(2));
  EXPECT_TRUE(outcome.loads[0].chunks[0].prior);
  EXPECT_THAT(numbers(outcome.loads[0].passed_over), ElementsAre(1));
  EXPECT_THAT(numbers(outcome.unchanged.task.chunks), ElementsAre(1, 3));
}

// The rows of chunk 2 were met in the blocks of parts 1, 2 and 4.
TEST(SumComparison, OfATableOnlyTheBlocksAreReadThatHoldWhatDiffers) {
  Shop shop(3, 5);
  for (const Row& row : {Row{0, 0, 1}, Row{1, 1, 2}, Row{1, 2, 3}, Row{1, 4, 4}, Row{2, 3, 5}}) {
    shop.has(row);
    shop.was_loaded(row.chunk, row.chunk == 1 ? 99 : row.content);
  }
  give_ranges(shop.comparison());
  std::int64_t block = 0;
  for (std::vector<Extent>& part : shop.comparison().parts) {
    part.front().kind = ExtentKind::kBlocks;
    part.front().begin_block = block;
    part.front().end_block = block += 10;
    part.front().snapshot = "10:12:";
  }
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_THAT(outcome.loads, SizeIs(1));
  ASSERT_THAT(outcome.loads[0].extents, SizeIs(2));
  for (const Extent& extent : outcome.loads[0].extents) {
    EXPECT_EQ(extent.kind, ExtentKind::kRange);
    EXPECT_EQ(extent.range.begin, 0);
    EXPECT_EQ(extent.snapshot, "10:12:");
  }
  EXPECT_EQ(outcome.loads[0].extents[0].begin_block, 10);
  EXPECT_EQ(outcome.loads[0].extents[0].end_block, 30);
  EXPECT_EQ(outcome.loads[0].extents[1].begin_block, 40);
  EXPECT_EQ(outcome.loads[0].extents[1].end_block, 50);
}

// Without ranges: the whole table would be read once for each of them.
TEST(SumComparison, OfATableWithoutRangesTheBlocksAreReadAsBlocks) {
  Shop shop(3, 5);
  for (const Row& row : {Row{0, 0, 1}, Row{0, 2, 2}, Row{2, 1, 3}}) {
    shop.has(row);
    shop.was_loaded(row.chunk, row.chunk == 0 ? 99 : row.content);
  }
  give_ranges(shop.comparison());
  for (Task& load : shop.comparison().range_loads) load.extents.front().kind = ExtentKind::kAll;
  std::int64_t block = 0;
  for (std::vector<Extent>& part : shop.comparison().parts) {
    part.front().kind = ExtentKind::kBlocks;
    part.front().begin_block = block;
    part.front().end_block = block += 10;
  }
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_THAT(outcome.loads, SizeIs(1));
  ASSERT_THAT(outcome.loads[0].extents, SizeIs(2));
  for (const Extent& extent : outcome.loads[0].extents) EXPECT_EQ(extent.kind, ExtentKind::kBlocks);
}

// Nobody knows which range has it.
TEST(SumComparison, OfATableWithARejectAllRangesAreLoaded) {
  Shop shop(3, 2);
  for (const Row& row : {Row{0, 0, 1}, Row{1, 1, 2}, Row{2, 0, 3}}) {
    shop.has(row);
    shop.was_loaded(row.chunk, row.content);
  }
  give_ranges(shop.comparison());
  SumComparison comparison(shop.comparison());
  for (const Task& task : comparison.tasks()) {
    TaskResult result = shop.read(task);
    result.batches[0].rows_rejected = result.rows_rejected = 1;
    comparison.add(task, result);
  }
  const ComparisonOutcome outcome = comparison.outcome();
  ASSERT_THAT(outcome.loads, SizeIs(2));
  EXPECT_THAT(numbers(outcome.loads[0].chunks), ElementsAre(1, 2));
  EXPECT_THAT(outcome.unchanged.task.chunks, IsEmpty());
  EXPECT_THAT(outcome.unchanged.result.batches, IsEmpty());
}

TEST(SumComparison, WhatDiffersIsLoadedFromThePartsThatHoldIt) {
  Shop shop(3, 4);
  for (const Row& row : {Row{0, 0, 1}, Row{1, 1, 2}, Row{1, 3, 3}, Row{2, 2, 4}}) {
    shop.has(row);
    shop.was_loaded(row.chunk, row.chunk == 1 ? row.content + 100 : row.content);
  }
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_THAT(outcome.loads, SizeIs(1));
  const Task& load = outcome.loads[0];
  EXPECT_EQ(load.kind, TaskKind::kCopy);
  EXPECT_EQ(load.method, LoadMethod::kReplaceByKey);
  EXPECT_THAT(numbers(load.chunks), ElementsAre(2));
  EXPECT_TRUE(load.chunks[0].prior);
  EXPECT_THAT(numbers(load.passed_over), ElementsAre(1, 3));
  EXPECT_THAT(load.extents, ElementsAre(part_of_file(100, 200), part_of_file(300, 400)));
  EXPECT_TRUE(load.chunks_are_complete);
  EXPECT_FALSE(load.counts_unplaced) << "they were counted to the first chunk, which is skipped";
  EXPECT_THAT(numbers(outcome.unchanged.task.chunks), ElementsAre(1, 3));
  ASSERT_THAT(outcome.unchanged.result.batches, SizeIs(2));
  EXPECT_EQ(outcome.unchanged.result.batches[1].chunk, 1);
  EXPECT_EQ(outcome.unchanged.result.rows_read, 2);
}

TEST(SumComparison, AChunkWithoutRowsAnyMoreIsReplacedByNothing) {
  Shop shop(2, 2);
  shop.has({0, 0, 1});
  shop.was_loaded(0, 1);
  shop.was_loaded(1, 2);
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_THAT(outcome.loads, SizeIs(1));
  EXPECT_THAT(numbers(outcome.loads[0].chunks), ElementsAre(2));
  EXPECT_THAT(outcome.loads[0].extents, IsEmpty());
}

TEST(SumComparison, AnotherMappingMakesEveryChunkDiffer) {
  Shop shop(2, 2);
  for (const int chunk : {0, 1}) {
    shop.has({chunk, chunk, 5});
    shop.was_loaded(chunk, 5);
  }
  shop.comparison().whole.plan.fingerprint = "f2";
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_THAT(outcome.loads, SizeIs(1));
  EXPECT_THAT(outcome.loads[0].chunks, SizeIs(2));
  EXPECT_TRUE(outcome.loads[0].counts_unplaced);
}

// Only the first rejects travel in a result, and the ledger keeps all: whoever loads tells of them.
TEST(SumComparison, AChunkAsItWasIsReadAgainForItsRejects) {
  Shop shop(2, 2);
  for (const int chunk : {0, 1}) shop.was_loaded(chunk, 5);
  shop.has({1, 1, 5});
  SumComparison comparison(shop.comparison());
  for (const Task& task : comparison.tasks()) {
    TaskResult result = shop.read(task);
    if (task.extents == comparison.tasks()[0].extents) {
      BatchReport& report = result.batches.emplace_back();
      report.chunk = 0;
      report.rows_read = 2;
      report.rows_rejected = 1;
      report.accepted.digest.add(digest_of(5));
    }
    comparison.add(task, result);
  }
  const ComparisonOutcome outcome = comparison.outcome();
  EXPECT_TRUE(outcome.all.result.batches[0].skipped);
  ASSERT_THAT(outcome.unchanged.result.batches, SizeIs(1));
  EXPECT_EQ(outcome.unchanged.task.chunks[0].spec.number, 2);
  ASSERT_THAT(outcome.loads, SizeIs(1));
  ASSERT_THAT(outcome.loads[0].chunks, SizeIs(1));
  EXPECT_TRUE(outcome.loads[0].chunks[0].prior) << "so that it is found as it was";
  EXPECT_EQ(outcome.loads[0].extents, shop.comparison().parts[0]);
}

// A first load that was interrupted: nobody relies on the table yet, so that many may load it
// again.
TEST(SumComparison, InAFirstLoadMuchThatDiffersIsClearedAndLoadedByMany) {
  Shop shop(3, 3);
  for (const int part : {0, 1, 2}) {
    shop.has({0, part, 1});
    shop.has({1, part, 2});
  }
  shop.has({2, 1, 3});
  shop.was_loaded(0, 1);
  shop.was_loaded(2, 3);
  shop.comparison().whole.method = LoadMethod::kReplaceRange;
  shop.comparison().most_rows_at_once = 5;
  const ComparisonOutcome outcome = shop.compare();
  ASSERT_TRUE(outcome.clear);
  EXPECT_THAT(numbers(outcome.clear->chunks), ElementsAre(1, 2));
  EXPECT_TRUE(outcome.clear->chunks[0].prior) << "its batches are voided";
  EXPECT_EQ(outcome.clear->method, LoadMethod::kReplaceRange);
  EXPECT_THAT(outcome.clear->extents, IsEmpty());
  ASSERT_THAT(outcome.loads, SizeIs(3));
  for (const Task& load : outcome.loads) {
    EXPECT_EQ(load.method, LoadMethod::kAppend);
    EXPECT_THAT(numbers(load.chunks), ElementsAre(1, 2));
    EXPECT_FALSE(load.chunks[0].prior);
    EXPECT_THAT(numbers(load.passed_over), ElementsAre(3));
    EXPECT_FALSE(load.chunks_are_complete);
    EXPECT_EQ(load.records_empty_chunks, &load == &outcome.loads.front());
  }
  shop.comparison().most_rows_at_once = 6;
  EXPECT_FALSE(shop.compare().clear);
  shop.comparison().most_rows_at_once = k_never;
  EXPECT_THAT(shop.compare().loads, SizeIs(1));
}

// Whatever the rows: what is skipped is equal, each row of what differs is read by exactly the
// loads of its chunk, and what is skipped and what is loaded are all chunks.
TEST(SumComparison, RandomFilesAreSkippedOrLoadedAndNothingIsLost) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const int chunks = 1 + static_cast<int>(random() % 6);
    const int parts = 1 + static_cast<int>(random() % 5);
    Shop shop(chunks, parts);
    std::vector<Row> rows;
    std::vector<bool> differs(static_cast<std::size_t>(chunks), false);
    for (int chunk = 0; chunk < chunks; ++chunk) {
      const bool changed = random() % 3 == 0;
      differs[static_cast<std::size_t>(chunk)] = changed;
      const unsigned count = random() % 4;
      for (unsigned i = 0; i < count; ++i) {
        rows.push_back({chunk,
                        static_cast<int>(random()) & 1
                            ? 0
                            : static_cast<int>(random() % static_cast<unsigned>(parts)),
                        random() % 3});
        shop.was_loaded(chunk, rows.back().content);
      }
      if (changed || count == 0) shop.was_loaded(chunk, 77);
      if (count == 0) differs[static_cast<std::size_t>(chunk)] = true;
    }
    for (const Row& row : rows) shop.has(row);
    if (random() % 2 == 0) shop.comparison().most_rows_at_once = random() % 6;
    const ComparisonOutcome outcome = shop.compare();
    for (int chunk = 0; chunk < chunks; ++chunk) {
      EXPECT_EQ(outcome.all.result.batches[static_cast<std::size_t>(chunk)].skipped,
                !differs[static_cast<std::size_t>(chunk)]);
    }
    for (const Row& row : rows) {
      int readers = 0;
      for (const Task& load : outcome.loads) {
        const auto loaded = numbers(load.chunks);
        const auto passed_over = numbers(load.passed_over);
        EXPECT_EQ(loaded.size() + passed_over.size(), static_cast<std::size_t>(chunks));
        const bool takes = std::find(loaded.begin(), loaded.end(), row.chunk + 1) != loaded.end();
        const bool reads =
            std::find(load.extents.begin(), load.extents.end(),
                      part_of_file(row.part * 100, (row.part + 1) * 100)) != load.extents.end();
        readers += takes && reads ? 1 : 0;
      }
      EXPECT_EQ(readers, differs[static_cast<std::size_t>(row.chunk)] ? 1 : 0);
    }
  }
}

}  // namespace
}  // namespace decant
