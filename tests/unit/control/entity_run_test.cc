#include "coordinator/control/entity_run.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

const ChunkSpec k_chunk = {{"ventas", "t1", "2024-08"}, 1, {}, 10};

// A chunk that was loaded with `loaded` rows of `accepted`, and `rejected` rejects.
EntityRun loaded_before(std::int64_t accepted, std::int64_t loaded, std::int64_t rejected) {
  EntityRun run;
  PlannedChunk chunk;
  chunk.spec = k_chunk;
  chunk.batch_count = 1;
  chunk.prior.accepted.row_count = accepted;
  chunk.loaded.digest.row_count = loaded;
  chunk.rows_rejected = rejected;
  run.work.chunks = {chunk};
  return run;
}

void skip(EntityRun& run, std::int64_t read, std::int64_t accepted) {
  Task task;
  task.chunks.push_back({k_chunk, {}});
  BatchReport batch;
  batch.skipped = true;
  batch.rows_read = read;
  batch.rows_rejected = read - accepted;
  batch.accepted.digest.row_count = accepted;
  batch.loaded = batch.accepted;
  take_batches(run, task, {batch});
}

TEST(EntityRun, ASkippedChunkHasTheRejectsThatWereReadNow) {
  for (const std::int64_t bad : {0, 1, 3}) {  // one when it was loaded
    EntityRun run = loaded_before(2, 2, 1);
    skip(run, 2 + bad, 2);
    const ChunkEvidence& evidence = run.evidence.begin()->second;
    EXPECT_EQ(evidence.rows_rejected, bad);
    EXPECT_EQ(evidence.rows_read, evidence.loaded.digest.row_count + evidence.rows_rejected);
    EXPECT_EQ(run.rejects.rows_rejected, bad);
  }
}

TEST(EntityRun, WhatTheTargetRefusedOfASkippedChunkIsARejectStill) {
  EntityRun run = loaded_before(5, 3, 2);
  skip(run, 6, 5);
  const ChunkEvidence& evidence = run.evidence.begin()->second;
  EXPECT_EQ(evidence.rows_rejected, 3);
  EXPECT_EQ(evidence.rows_read, evidence.loaded.digest.row_count + evidence.rows_rejected);
}

// An entity whose rows say the store "b" in a column, or have no such column.
EntityRun counted(bool has_column) {
  EntityRun run;
  CensusResult census;
  if (has_column) census.columns.fields.push_back({"shop", {}});
  CensusExtent& extent = census.extents.emplace_back();
  extent.cells.push_back({has_column ? "b" : std::string(k_all), "2024-08", {}, 1});
  run.censuses.push_back({"", std::move(census)});
  return run;
}

TEST(EntityRun, AStoreThatWasAskedForIsListedSeenOrLoaded) {
  JobSpec job;
  job.store_from_column = "shop";
  Selection selection;
  selection.stores = std::vector<std::string>{"a"};
  std::vector<EntityRun> entities;
  entities.push_back(counted(true));
  const Status unknown = check_selected_stores(job, selection, entities, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "No row has the store \"a\" in shop.");
  EXPECT_EQ(unknown.error().advice, "Did you mean \"b\"?");
  EXPECT_TRUE(check_selected_stores(job, selection, entities, {"a"}));
  job.stores.emplace_back().name = "a";
  EXPECT_TRUE(check_selected_stores(job, selection, entities, {}));
}

TEST(EntityRun, AStoreIsNotMissedInAnEntityThatBelongsToNone) {
  JobSpec job;
  job.store_from_column = "shop";
  Selection selection;
  selection.stores = std::vector<std::string>{"a"};
  std::vector<EntityRun> entities;
  entities.push_back(counted(false));
  EXPECT_TRUE(check_selected_stores(job, selection, entities, {}));
}

}  // namespace
}  // namespace decant
