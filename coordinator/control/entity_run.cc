#include "coordinator/control/entity_run.h"

#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/connector/key_sql.h"

namespace decant {
namespace {

ChunkEvidence& evidence_of(EntityRun& run, const ChunkSpec& chunk) {
  ChunkEvidence& evidence = run.evidence[chunk.name().value];
  evidence.chunk = chunk;
  return evidence;
}

void expect_tasks(EntityRun& run, const std::vector<Task>& tasks) {
  for (const Task& task : tasks) {
    for (const TaskChunk& chunk : task.chunks) ++evidence_of(run, chunk.spec).tasks_left;
  }
}

}  // namespace

void expect_chunks(EntityRun& run, const std::vector<const Task*>& adopted) {
  // Until a first load has ended, a chunk with batches may hold a part of its rows.
  const bool are_whole = run.table.state != TableState::kLoading;
  for (const PlannedChunk& chunk : run.work.chunks) {
    ChunkEvidence& evidence = evidence_of(run, chunk.spec);
    evidence.in_source = false;
    evidence.was_loaded = chunk.batch_count > 0 && are_whole;
  }
  expect_tasks(run, run.work.tasks);
  for (const Comparison& comparison : run.work.comparisons) expect_tasks(run, {comparison.whole});
  for (const Task* task : adopted) expect_tasks(run, {*task});
}

void expect_instead(EntityRun& run, const Task& comparison, const std::vector<Task>& next) {
  for (const TaskChunk& chunk : comparison.chunks) --evidence_of(run, chunk.spec).tasks_left;
  expect_tasks(run, next);
}

void take_batches(EntityRun& run, const Task& task, const std::vector<BatchReport>& batches) {
  for (const TaskChunk& chunk : task.chunks) --evidence_of(run, chunk.spec).tasks_left;
  std::map<std::string, const PlannedChunk*> planned;
  for (const PlannedChunk& chunk : run.work.chunks) planned[chunk.spec.name().value] = &chunk;
  for (const BatchReport& batch : batches) {
    const ChunkSpec& spec = task.chunks[static_cast<std::size_t>(batch.chunk)].spec;
    ChunkEvidence& evidence = evidence_of(run, spec);
    evidence.in_source = true;
    evidence.rows_read += batch.rows_read;
    evidence.accepted.merge(batch.accepted);
    evidence.skipped = batch.skipped;
    // A chunk that was skipped holds what it was loaded with: rows that the target refused then are
    // not in it now. Rows that our own rules refuse are those that were read now.
    const auto known = planned.find(spec.name().value);
    const bool as_before = batch.skipped && known != planned.end();
    evidence.loaded.merge(as_before ? known->second->loaded : batch.loaded);
    const std::int64_t superseded =
        as_before ? known->second->rows_superseded : batch.rows_superseded;
    const std::int64_t refused_then = as_before ? batch.accepted.digest.row_count - superseded -
                                                      known->second->loaded.digest.row_count
                                                : 0;
    const std::int64_t rejected = batch.rows_rejected + std::max<std::int64_t>(0, refused_then);
    evidence.rows_rejected += rejected;
    evidence.rows_superseded += superseded;
    run.rejects.rows_read += batch.rows_read;
    run.rejects.rows_rejected += rejected;
    run.rows_superseded += superseded;
    run.rows_inserted += batch.counts.inserted;
    run.rows_updated += batch.counts.updated;
    run.rows_deleted += batch.counts.deleted;
  }
}

void take_ledger_batches(EntityRun& run, const Task& task,
                         const std::vector<BatchRecord>& batches) {
  for (const TaskChunk& chunk : task.chunks) --evidence_of(run, chunk.spec).tasks_left;
  for (const BatchRecord& batch : batches) {
    ChunkEvidence& evidence = evidence_of(run, batch.chunk);
    evidence.in_source = true;
    evidence.rows_read += batch.rows_read;
    evidence.rows_rejected += batch.rows_rejected;
    evidence.rows_superseded += batch.rows_superseded;
    evidence.accepted.merge(batch.accepted);
    evidence.loaded.merge(batch.loaded);
    evidence.skipped = batch.skipped;
    run.rejects.rows_read += batch.rows_read;
    run.rejects.rows_rejected += batch.rows_rejected;
    run.rows_superseded += batch.rows_superseded;
    run.rows_inserted += batch.counts.inserted;
    run.rows_updated += batch.counts.updated;
    run.rows_deleted += batch.counts.deleted;
  }
}

void expect_again(EntityRun& run, const Task& task) {
  for (const TaskChunk& chunk : task.chunks) {
    ChunkEvidence& evidence = evidence_of(run, chunk.spec);
    run.rejects.rows_read -= evidence.rows_read;
    run.rejects.rows_rejected -= evidence.rows_rejected;
    run.rows_superseded -= evidence.rows_superseded;
    // Where the task fails the chunk stays as it was.
    const bool was_loaded = evidence.was_loaded || evidence.is_whole();
    evidence = ChunkEvidence{};
    evidence.chunk = chunk.spec;
    evidence.in_source = false;
    evidence.was_loaded = was_loaded;
    evidence.tasks_left = 1;
  }
}

void take_read_back(EntityRun& run, const Task& task, const TaskResult& result) {
  for (const BatchReport& batch : result.batches) {
    ChunkEvidence& evidence =
        evidence_of(run, task.chunks[static_cast<std::size_t>(batch.chunk)].spec);
    evidence.has_target = true;
    evidence.target.merge(batch.accepted);
  }
  for (const StrayRows& stray : result.strays) {
    (!stray.store.empty()   ? run.other_stores[stray.store]
     : keeps_keys(run.plan) ? run.claimed_rows
                            : run.foreign_rows) += stray.rows;
  }
  if (!result.rejects.empty() && run.first_foreign.empty())
    run.first_foreign = result.rejects.front().source;
}

bool is_counted(const std::vector<StoreCensus>& censuses) {
  return std::all_of(censuses.begin(), censuses.end(), [](const StoreCensus& store) {
    const auto& extents = store.census.extents;
    return std::all_of(extents.begin(), extents.end(),
                       [](const CensusExtent& extent) { return extent.exact; });
  });
}

std::vector<Task> census_tasks(const JobSpec& job, const EntitySpec& entity,
                               const Selection& selection, const Schema& table) {
  std::vector<std::string> stores = selection.stores.list();
  if (!job.store_from_column.empty()) stores = {std::string()};
  std::vector<Task> tasks;
  for (const std::string& store : stores) {
    Task task;
    task.kind = TaskKind::kCensus;
    task.store = store;
    task.plan.entity = entity.name;
    task.census.entity = entity.name;
    task.census.store = store;
    task.census.days = selection.days;
    task.census.chunk_rows = job.chunk_rows;
    task.census.table = table;
    tasks.push_back(std::move(task));
  }
  return tasks;
}

std::vector<Task> read_back_tasks(const EntityRun& run, const Selection& selection,
                                  const std::vector<Extent>& extents) {
  std::vector<Task> tasks;
  for (const Extent& extent : extents) {
    // A message has room for a bounded number of chunks; more than that are read back in several
    // passes.
    std::vector<TaskChunk> chunks;
    for (const PlannedChunk& chunk : run.work.chunks) chunks.push_back({chunk.spec, std::nullopt});
    for (std::size_t begin = 0; begin < std::max<std::size_t>(1, chunks.size());
         begin += k_max_task_chunks) {
      Task task;
      task.kind = TaskKind::kReadBack;
      task.plan = run.plan;
      task.extents = {extent};
      const std::size_t end = std::min(chunks.size(), begin + k_max_task_chunks);
      task.chunks.assign(chunks.begin() + static_cast<std::ptrdiff_t>(begin),
                         chunks.begin() + static_cast<std::ptrdiff_t>(end));
      task.census.days = selection.days;
      task.selected_stores = selection.stores;
      tasks.push_back(std::move(task));
    }
  }
  return tasks;
}

Status check_selected_stores(const JobSpec& job, const Selection& selection,
                             const std::vector<EntityRun>& entities,
                             const std::set<std::string>& loaded) {
  if (job.store_from_column.empty()) return {};
  std::set<std::string> seen = loaded;
  for (const StoreSpec& store : job.stores) seen.insert(store.name);
  bool any_by_store = false;
  for (const EntityRun& entity : entities) {
    for (const StoreCensus& census : entity.censuses) {
      any_by_store = any_by_store || census.census.columns.find(job.store_from_column) >= 0;
      for (const CensusExtent& extent : census.census.extents) {
        for (const CensusCell& cell : extent.cells) {
          any_by_store = any_by_store || cell.store != k_all;
          seen.insert(cell.store);
        }
      }
    }
  }
  if (!any_by_store) return {};
  const bool has_days = selection.days.begin || selection.days.end;
  for (const std::string& store : selection.stores) {
    if (seen.count(store) > 0) continue;
    const std::string near = nearest(store, {seen.begin(), seen.end()});
    return fail(ErrorCode::kUsage,
                std::string(has_days ? "No row of these days" : "No row") + " has the store \"" +
                    store + "\" in " + job.store_from_column + ".",
                near.empty() ? "Check --stores." : "Did you mean \"" + near + "\"?");
  }
  return {};
}

std::vector<Task> keyed_read_back_tasks(const EntityRun& run, const Selection& selection) {
  // Large enough to be worth a session, small enough that several workers have something to do.
  constexpr std::int64_t k_rows_of_task = 200'000;
  std::vector<Task> tasks;
  std::int64_t rows = 0;
  for (const PlannedChunk& chunk : run.work.chunks) {
    if (tasks.empty() || rows >= k_rows_of_task ||
        tasks.back().chunks.size() >= k_max_task_chunks) {
      Task task;
      task.kind = TaskKind::kReadBack;
      task.plan = run.plan;
      task.extents.emplace_back();
      task.census.days = selection.days;
      task.selected_stores = selection.stores;
      tasks.push_back(std::move(task));
      rows = 0;
    }
    tasks.back().chunks.push_back({chunk.spec, std::nullopt});
    const auto evidence = run.evidence.find(chunk.spec.name().value);
    if (evidence != run.evidence.end()) rows += evidence->second.loaded.digest.row_count;
  }
  return tasks;
}

EntityPlanView plan_view(const EntityRun& run) {
  EntityPlanView view;
  view.entity = run.spec->name;
  view.table = run.plan.write.table;
  view.table_exists = run.table_exists;
  view.columns = run.plan.columns;
  view.rows_rejected = run.rejects.rows_rejected;
  view.notes = run.notes;
  std::map<std::string, const PlannedChunk*> loaded;
  for (const PlannedChunk& chunk : run.work.chunks) {
    if (chunk.batch_count > 0) loaded[chunk.spec.name().value] = &chunk;
  }
  using What = PlannedAction::What;
  for (const auto& [name, chunk] : run.evidence) {
    PlannedAction action{name, What::kLoad, chunk.accepted.digest.row_count, chunk.rows_rejected};
    if (const auto found = loaded.find(name); found != loaded.end()) {
      const PriorContent& prior = found->second->prior;
      const bool is_as_before =
          prior.accepted == chunk.accepted.digest && prior.fingerprint == run.plan.fingerprint;
      const bool refuses = run.plan.write.mode == WriteMode::kInsert && !is_as_before;
      action.what = chunk.skipped ? What::kSkip : refuses ? What::kRefuse : What::kReplace;
      action.rows_now = found->second->loaded.digest.row_count;
    }
    view.chunks.push_back(std::move(action));
  }
  return view;
}

}  // namespace decant
