// The planner: from what there is (census), what is loaded (ledger) and what is asked for
// (selection) to chunks and tasks. Pure: the same inputs give the same plan.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/job/selection.h"
#include "common/ledger/ledger.h"
#include "common/wire/messages.h"
#include "coordinator/plan/comparison.h"

namespace decant {

struct StoreCensus {
  std::string store;  // empty with from_column
  CensusResult census;
};

struct PlanInput {
  const JobSpec* job = nullptr;
  const EntityPlan* entity = nullptr;
  Selection selection;
  std::vector<StoreCensus> censuses;  // one per store read
  std::vector<ChunkRecord> ledger;    // all chunks of the entity that were ever planned
  bool table_is_empty = true;         // at the start of this run
  // The table was made or found empty by an earlier run of this job, and no key stands on it yet.
  bool table_is_loading = false;
  bool table_has_key = false;  // a unique index or constraint on the entity's key keeps it so
  bool allow_empty = false;    // --allow-empty (decision 13)
  int worker_count = 1;
  // Chunks that are loaded again whatever they have: rows of theirs wait for a key that is free.
  std::set<ChunkName> to_judge;
  // Tasks of an earlier run that workers still hold; those that fit keep their chunks.
  std::vector<const Task*> adopted;
};

// A chunk of the run with what the ledger holds for it.
struct PlannedChunk {
  ChunkSpec spec;
  bool is_new = true;            // its limits are to be recorded
  std::int64_t batch_count = 0;  // live batches before this run
  PriorContent prior;            // meaningful with batch_count > 0
  ChunkTotals loaded;            // what the target holds of it: accepted without what it refused
  std::int64_t rows_rejected = 0;
  std::int64_t rows_superseded = 0;
};

struct EntityWork {
  std::vector<PlannedChunk> chunks;  // in order of name
  std::vector<Task> tasks;           // without id and fence; none for chunks of adopted tasks
  std::vector<Comparison> comparisons;
  // Adopted tasks that do not fit: to be taken back, and then to be planned again without them.
  std::vector<TaskId> misfits;
  std::vector<std::string>
      notes;  // for the person: what was widened, what runs whole, what is missing
};

// kDiffers with --allow-empty as advice: a store gives no rows where the target has some, or a file
// that is named by its month is gone (vanished.h). kUsage: more than k_max_chunks chunks.
inline constexpr std::size_t k_max_chunks = 1'000'000;
inline constexpr std::size_t k_max_task_chunks = 3'000;

Result<EntityWork> plan_entity(const PlanInput& input);

// The zone of a store's months: its own, else the job's.
Result<TimeZone> zone_of(const JobSpec& job, const std::string& store);

}  // namespace decant
