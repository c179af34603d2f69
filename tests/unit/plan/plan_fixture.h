// What the tests of the planner share: a job of shops with files by month, and their censuses.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "coordinator/plan/planner.h"

namespace decant {

// A job with shops whose files are named by shop and month, and its resolved entity.
struct Shop {
  JobSpec job;
  EntityPlan entity;

  explicit Shop(int stores = 2) {
    job.name = "ventas";
    job.chunk_rows = 1000;
    for (int i = 1; i <= stores; ++i) {
      StoreSpec store;
      store.name = "tienda_" + std::to_string(i);
      job.stores.push_back(store);
    }
    entity.entity = "ventas";
    entity.write.table = "ventas_raw";
    entity.write.key = {"id"};
    entity.range_column = "fecha";
    entity.range_kind = TypeKind::kTimestamp;
    entity.fingerprint = "f1";
  }

  PlanInput input(std::vector<StoreCensus> censuses) const {
    PlanInput in;
    in.job = &job;
    in.entity = &entity;
    std::vector<std::string> names;
    for (const StoreSpec& store : job.stores) names.push_back(store.name);
    in.selection.stores = std::move(names);
    in.censuses = std::move(censuses);
    in.worker_count = 2;
    return in;
  }
};

inline CensusExtent file(const std::string& store, const std::string& period, std::int64_t rows) {
  CensusExtent extent;
  extent.extent.kind = ExtentKind::kFile;
  extent.extent.store = store;
  extent.extent.path = "/" + store + "_" + period + ".csv";
  extent.extent.period = period;
  extent.cells.push_back({store, period, {}, rows});
  return extent;
}

// Rows of one day of 2024-08, counted.
inline CensusCell day_cell(const std::string& store, int day, std::int64_t rows) {
  const std::int64_t begin = (days_from_civil({2024, 8, day})) * k_us_per_day;
  return {store, "2024-08", {begin, begin + k_us_per_day}, rows};
}

inline ChunkRecord recorded(const ChunkSpec& spec, std::int64_t rows) {
  ChunkRecord record;
  record.spec = spec;
  record.batch_count = 1;
  record.accepted.digest.row_count = rows;
  record.loaded = record.accepted;
  record.fingerprint = "f1";
  return record;
}

}  // namespace decant
