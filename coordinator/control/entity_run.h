// EntityRun: all that a run knows of one entity, from the census to the evidence.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/connector/target.h"
#include "coordinator/control/reject_summary.h"
#include "coordinator/plan/planner.h"
#include "coordinator/reconcile/reconcile.h"
#include "coordinator/report/plan_view.h"

namespace decant {

struct EntityRun {
  const EntitySpec* spec = nullptr;
  std::vector<StoreCensus> censuses;
  EntityPlan plan;
  TableRecord table;
  bool table_exists = false;
  std::optional<Schema> table_columns;  // as the table was found
  const Schema* columns_of_table() const { return table_columns ? &*table_columns : nullptr; }
  bool table_is_empty = true;
  bool has_unique_key = false;           // the table has, in any order, on the entity's key
  bool awaited_parents = false;          // rows that lacked theirs were no rejects (LoadPlan)
  std::optional<bool> refers_to_itself;  // its table, by a foreign key; once somebody looked
  bool lets_go = false;                  // all tasks have settled: rows that others follow go
  // Which makes the table that this one writes too, and was not there before: an earlier entity of
  // the run.
  const EntityRun* maker = nullptr;
  EntityWork work;
  std::map<std::string, ChunkEvidence> evidence;  // by chunk name
  std::int64_t foreign_rows = 0;
  std::string first_foreign;                         // of these, for people
  std::map<std::string, std::int64_t> other_stores;  // read back: rows of stores not selected
  // Modes upsert and insert: rows in the run's range that chunks claim, and those that none does.
  std::int64_t claimed_rows = 0, target_only_rows = 0;
  std::int64_t rows_inserted = 0, rows_updated = 0, rows_deleted = 0;
  std::int64_t rows_superseded = 0;
  RejectCount rejects;
  std::set<std::string> unsteady;  // what makes its query answer otherwise each time (CensusResult)
  std::vector<std::string> notes;
};

// Evidence of every planned chunk before its tasks begin, and of those in the hands of adopted
// ones: what no task finishes is not loaded.
void expect_chunks(EntityRun& run, const std::vector<const Task*>& adopted);
// A comparison is over, and the tasks that come after it are what its chunks wait for.
void expect_instead(EntityRun& run, const Task& comparison, const std::vector<Task>& next);
// What a copy or compare task found, taken over into the evidence. `loaded` says whether it changed
// the target.
void take_batches(EntityRun& run, const Task& task, const std::vector<BatchReport>& batches);
// The same from the ledger, for a task that had committed though its result never arrived.
void take_ledger_batches(EntityRun& run, const Task& task, const std::vector<BatchRecord>& batches);
// Chunks of a task that comes after all tasks that fed them: what those found counts no more.
void expect_again(EntityRun& run, const Task& task);
// What a read-back found.
void take_read_back(EntityRun& run, const Task& task, const TaskResult& result);

// Whether every extent was counted, and not estimated.
bool is_counted(const std::vector<StoreCensus>& censuses);

// Census tasks: one per store, or one where a column says the store. `table` is as the
// plan will find it, as far as that is known (CensusRequest).
std::vector<Task> census_tasks(const JobSpec& job, const EntitySpec& entity,
                               const Selection& selection, const Schema& table);

// Read-back tasks over the extents that the target gave; none for a target that its holder reads
// itself.
std::vector<Task> read_back_tasks(const EntityRun& run, const Selection& selection,
                                  const std::vector<Extent>& extents);

// Where a column says the store, a store that was asked for must be listed in the job, be seen by a
// census or have been loaded (`loaded`). Entities that belong to no store are loaded whole,
// whatever was asked for. kUsage, with the nearest name.
Status check_selected_stores(const JobSpec& job, const Selection& selection,
                             const std::vector<EntityRun>& entities,
                             const std::set<std::string>& loaded);

// Modes upsert and insert: read-back tasks over the keys of groups of chunks.
std::vector<Task> keyed_read_back_tasks(const EntityRun& run, const Selection& selection);

// What a run would do, for people.
EntityPlanView plan_view(const EntityRun& run);

}  // namespace decant
