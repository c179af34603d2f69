// RunController, the read-back: what the target holds of each chunk (DESIGN 6).
#include <algorithm>
#include <atomic>

#include "common/base/failpoint.h"
#include "common/connector/key_sql.h"
#include "common/connector/read_back_rows.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// A table whose chunks do not fit one message is read in several passes, and in each the chunks of
// the others look foreign: with P passes, R rows of chunks and F foreign ones, (P - 1) R + P F rows
// were counted.
void correct_passes(EntityRun& entity, std::size_t chunk_count) {
  const auto passes =
      static_cast<std::int64_t>((chunk_count + k_max_task_chunks - 1) / k_max_task_chunks);
  if (passes <= 1) return;
  entity.first_foreign.clear();
  std::int64_t rows = 0;
  for (const auto& [name, chunk] : entity.evidence) rows += chunk.target.digest.row_count;
  entity.foreign_rows = (entity.foreign_rows - (passes - 1) * rows) / passes;
  for (auto& [store, count] : entity.other_stores) count /= passes;
}

// Rows that nobody looks at: not wrong, since the table may be others' too, but to be known of.
std::string note_on_other_stores(const EntityRun& entity) {
  constexpr std::size_t k_shown = 5;
  std::string list;
  std::int64_t rows = 0;
  std::size_t stores = 0;
  for (const auto& [store, count] : entity.other_stores) {
    rows += count;
    if (++stores <= k_shown) list += (list.empty() ? "" : ", ") + store;
  }
  return entity.spec->name + ": " + entity.plan.write.table + " also holds " +
         counted(rows, "row") + " of " + counted(static_cast<std::int64_t>(stores), "store") +
         " that this run does not load (" + list + (stores > k_shown ? ", …" : "") +
         "); they are not compared.";
}

std::int64_t loaded_rows(const EntityRun& entity) {
  std::int64_t rows = 0;
  for (const auto& [name, chunk] : entity.evidence) rows += chunk.loaded.digest.row_count;
  return rows;
}

Status forget_read_back(EntityRun& entity) {
  for (auto& [name, evidence] : entity.evidence) {
    evidence.has_target = false;
    evidence.target = {};
  }
  entity.foreign_rows = entity.claimed_rows = 0;
  entity.first_foreign.clear();
  entity.other_stores.clear();
  return {};
}

// What a read-back by the holder of the target itself found of some chunks.
struct HeldRows {
  std::vector<ChunkTotals> totals;
  std::int64_t foreign_rows = 0;
  std::string first_foreign;
  std::int64_t claimed_rows = 0;
  std::map<std::string, std::int64_t> other_stores;
};

struct HeldRequest {
  EntityPlan plan;
  std::string job, ledger_schema;
  std::vector<ChunkSpec> chunks;
  SelectedRanges selected;
  std::vector<std::string> stores;
  std::vector<std::string> left_out;
};

Result<HeldRows> read_held_rows(Target& target, const HeldRequest& request,
                                const std::atomic<int>& interrupts,
                                std::atomic<std::int64_t>& rows_read) {
  DECANT_TRY_ASSIGN(const auto rows,
                    ReadBackRows::make(request.plan, request.chunks, request.selected,
                                       request.stores, request.left_out));
  pass(Failpoint::kBeforeReadBack);
  const std::string select = rows->select(request.job, request.ledger_schema);
  DECANT_TRY_ASSIGN(const auto source, select.empty()
                                           ? target.read_table(request.plan)
                                           : target.read_query(request.plan, select, true));
  const std::int64_t before = rows_read;
  DECANT_TRY(rows->take_all(*source, [&](std::int64_t so_far) {
    rows_read = before + so_far;
    return interrupts == 0;
  }));
  return HeldRows{rows->totals(), rows->foreign_rows(), rows->first_foreign(), rows->claimed_rows(),
                  rows->other_stores()};
}

}  // namespace

// By the target's holder: the whole table at once, or the claimed rows of a bounded number of
// chunks at a time.
Status RunController::read_held(EntityRun& entity, const SelectedRanges& selected) {
  HeldRequest request{
      entity.plan,          job_.name, job_.ledger_schema, {}, selected, selection_.stores.list(),
      inactive_stores(job_)};
  const auto& chunks = entity.work.chunks;
  const std::size_t at_once = keeps_keys(entity.plan) ? k_max_task_chunks : chunks.size();
  const std::atomic<int>* const interrupts = &parts_.interrupts;
  loop_->begin_phase("read-back " + entity.spec->name, 0, loaded_rows(entity));
  std::atomic<std::int64_t>* const rows_read = &loop_->target_rows();
  std::size_t begin = 0;
  do {
    const std::size_t end = std::min(chunks.size(), begin + at_once);
    request.chunks.clear();
    for (std::size_t i = begin; i < end; ++i) request.chunks.push_back(chunks[i].spec);
    DECANT_TRY_ASSIGN(const HeldRows rows, loop_->on_target<HeldRows>([=](TargetAccess& a) {
      return read_held_rows(a.target, request, *interrupts, *rows_read);
    }));
    for (std::size_t i = begin; i < end; ++i) {
      ChunkEvidence& evidence = entity.evidence[chunks[i].spec.name().value];
      evidence.chunk = chunks[i].spec;
      evidence.target.merge(rows.totals[i - begin]);
    }
    entity.foreign_rows += rows.foreign_rows;
    if (entity.first_foreign.empty()) entity.first_foreign = rows.first_foreign;
    entity.claimed_rows += rows.claimed_rows;
    entity.other_stores = rows.other_stores;
    begin = end;
  } while (begin < chunks.size());
  return {};
}

// Modes upsert and insert leave rows in the table that are not ours.
Status RunController::count_target_only(EntityRun& entity, const SelectedRanges& selected) {
  const EntityPlan& plan = entity.plan;
  const std::vector<std::string>& stores = selection_.stores.list();
  DECANT_TRY_ASSIGN(const auto rows, loop_->on_target<std::vector<SqlRow>>([=](TargetAccess& a) {
    SqlSession& session = a.target.sql();
    return session.query(count_rows(session.dialect(), plan, selected, stores));
  }));
  const std::int64_t all = std::stoll(rows.at(0).at(0).value_or("0"));
  if (all <= entity.claimed_rows) return {};
  // What others claim, another entity of this table or another job, has a source.
  const std::string schema = job_.ledger_schema;
  DECANT_TRY_ASSIGN(const auto unclaimed,
                    loop_->on_target<std::vector<SqlRow>>([=](TargetAccess& a) {
                      SqlSession& session = a.target.sql();
                      return session.query(
                          count_unclaimed_rows(session.dialect(), plan, schema, selected, stores));
                    }));
  entity.target_only_rows = std::stoll(unclaimed.at(0).at(0).value_or("0"));
  return {};
}

// Rows of stores that the run does not load. Those of a store that this job loaded once and lists
// no more, a renamed one, are a difference; the others are not ours to judge.
Status RunController::judge_other_stores(EntityRun& entity) {
  if (keeps_keys(entity.plan)) return note_left_stores(entity);
  if (entity.other_stores.empty()) return {};
  DECANT_TRY_ASSIGN(const auto chunks, recorded_chunks(entity.spec->name));
  std::map<std::string, std::int64_t> left_behind;
  for (const ChunkRecord& chunk : chunks) {
    const std::string& store = chunk.spec.slice.store;
    const auto other = entity.other_stores.find(store);
    if (other == entity.other_stores.end() || chunk.loaded.digest.row_count == 0) continue;
    if (job_.find_store(store) == nullptr) left_behind.insert(*other);
  }
  for (const auto& [store, rows] : left_behind) {
    entity.other_stores.erase(store);
    report_.reconciliation.differences.push_back(
        {DifferenceKind::kForeignRows,
         {entity.spec->name, store, {}},
         {},
         entity.spec->name + ": " + entity.plan.write.table + " holds " + counted(rows, "row") +
             " of " + store +
             ", which this job loaded and lists no more. Put the store back into "
             "the job, or take its rows out of the table."});
  }
  if (!entity.other_stores.empty()) entity.notes.push_back(note_on_other_stores(entity));
  return {};
}

Status RunController::read_back_entity(EntityRun& entity) {
  DECANT_TRY_ASSIGN(const SelectedRanges selected,
                    SelectedRanges::make(job_, selection_.days, entity.plan.range_kind));
  const EntityPlan plan = entity.plan;
  DECANT_TRY_ASSIGN(const auto extents,
                    loop_->on_target<std::vector<Extent>>(
                        [plan](TargetAccess& a) { return a.target.read_back_extents(plan, 8); }));
  if (extents.empty()) {
    DECANT_TRY(read_held(entity, selected));
  } else {
    const auto done = [&](const Task& task, const TaskResult& result) {
      take_read_back(entity, task, result);
    };
    std::vector<Task> tasks = keeps_keys(plan) ? keyed_read_back_tasks(entity, selection_)
                                               : read_back_tasks(entity, selection_, extents);
    loop_->expect_rows(loaded_rows(entity));
    DECANT_TRY_ASSIGN(const PhaseOutcome outcome,
                      loop_->run("read-back " + entity.spec->name, std::move(tasks), done, {}));
    note_failures(outcome);
    // Of half a table nothing can be said: what was not read would count as missing.
    if (!outcome.failed.empty() || outcome.interrupted) return forget_read_back(entity);
    correct_passes(entity, entity.work.chunks.size());
  }
  if (keeps_keys(plan)) DECANT_TRY(count_target_only(entity, selected));
  // A chunk without a row in the table was read back too, and found empty.
  for (auto& [name, evidence] : entity.evidence) evidence.has_target = true;
  return {};
}

Status RunController::read_back() {
  if (options_.verify == VerifyLevel::kLedger) return {};
  for (EntityRun& entity : entities_) {
    // Reading changes nothing, so what an interrupt breaks off is no error.
    const Status status = read_back_entity(entity);
    if (is_interrupted()) break;
    DECANT_TRY(status);
    if (options_.stores.empty()) DECANT_TRY(judge_other_stores(entity));
  }
  return {};
}

}  // namespace decant
