// The planner with many chunks: a first run of files by shop and month with a chunk for each day,
// and a later one that finds all of them in the ledger. Items are chunks. An entity has at most
// k_max_chunks, so that more are planned as several entities, one after the other as a run does.
#include <benchmark/benchmark.h>

#include <algorithm>

#include "bench/micro/chunk_count.h"
#include "bench/micro/memory_meter.h"
#include "bench/micro/sample_rows.h"
#include "coordinator/plan/planner.h"

namespace decant::bench {
namespace {

constexpr int k_months = 120;
constexpr int k_days = 28;
constexpr std::int64_t k_rows_of_day = 49'999;  // a chunk for each day

// Shops with a file for each of ten years' months; the last shop has fewer.
struct Shops {
  JobSpec job;
  EntityPlan entity;
  std::vector<StoreCensus> censuses;

  explicit Shops(std::int64_t chunks) {
    job.name = "ventas";
    entity.entity = "ventas";
    entity.write.table = "ventas_raw";
    entity.write.key = {"id"};
    entity.range_column = "fecha";
    entity.range_kind = TypeKind::kTimestamp;
    entity.fingerprint = "f1";
    for (std::int64_t file = 0; file * k_days < chunks; ++file) {
      if (file % k_months == 0) add_shop(static_cast<int>(file / k_months));
      add_file(static_cast<int>(file % k_months));
    }
  }
  void add_shop(int number) {
    StoreSpec store;
    store.name = "tienda_" + std::to_string(number);
    job.stores.push_back(store);
    censuses.push_back({store.name, {}});
  }
  void add_file(int month) {
    const std::string& store = job.stores.back().name;
    CensusExtent file;
    file.extent.kind = ExtentKind::kFile;
    file.extent.store = store;
    file.extent.period = format_month(2015 + month / 12, month % 12 + 1);
    file.extent.path = "/srv/ventas/" + store + "_" + file.extent.period + ".csv";
    const std::int64_t first = days_from_civil({2015 + month / 12, month % 12 + 1, 1});
    for (std::int64_t day = first; day < first + k_days; ++day) {
      const ValueRange range{day * k_us_per_day, (day + 1) * k_us_per_day};
      file.cells.push_back({store, file.extent.period, range, k_rows_of_day, false});
    }
    censuses.back().census.extents.push_back(std::move(file));
  }
  PlanInput input() const {
    PlanInput in;
    in.job = &job;
    in.entity = &entity;
    std::vector<std::string> names;
    for (const StoreSpec& store : job.stores) names.push_back(store.name);
    in.selection.stores = std::move(names);
    in.censuses = censuses;
    in.worker_count = 16;
    return in;
  }
};

// The ledger after these chunks were loaded.
std::vector<ChunkRecord> loaded(const EntityWork& work) {
  std::vector<ChunkRecord> records;
  for (const PlannedChunk& chunk : work.chunks) {
    ChunkRecord record;
    record.spec = chunk.spec;
    record.batch_count = 1;
    record.accepted.digest.row_count = chunk.spec.estimated_rows;
    record.loaded = record.accepted;
    record.fingerprint = "f1";
    records.push_back(std::move(record));
  }
  return records;
}

void plan(benchmark::State& state, bool has_ledger) {
  const auto chunks = static_cast<std::int64_t>(state.range(0));
  const auto limit = static_cast<std::int64_t>(k_max_chunks) / k_days * k_days;
  const std::int64_t of_entity = std::min(chunks, limit);
  const Shops shops(of_entity);
  PlanInput input = shops.input();
  if (has_ledger) {
    input.ledger = loaded(must(plan_entity(input)));
    input.table_is_empty = false;
  }
  std::int64_t planned = 0;
  std::int64_t bytes = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    for (std::int64_t entity = 0; entity < std::max<std::int64_t>(1, chunks / limit); ++entity) {
      const std::int64_t before = allocated_bytes();
      const EntityWork work = must(plan_entity(input));
      bytes += allocated_bytes() - before;
      planned += std::ssize(work.chunks);
    }
  }
  if (planned == 0) return state.SkipWithError("no chunk was planned");
  state.SetItemsProcessed(planned);
  state.SetBytesProcessed(bytes);  // of the plans that were made
  state.counters["bytes_per_chunk"] = static_cast<double>(bytes) / static_cast<double>(planned);
}

[[maybe_unused]] const bool k_registered = [] {
  for (const bool has_ledger : {false, true}) {
    benchmark::RegisterBenchmark(has_ledger ? "plan/later_run" : "plan/first_run", plan, has_ledger)
        ->Arg(chunk_count())
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace decant::bench
