// RunController, what precedes the copy: census, mappings and tables, plan.
#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/connector/key_equality.h"
#include "common/connector/key_sql.h"
#include "common/connector/references.h"
#include "common/job/rule_values.h"
#include "common/ledger/loaded_tables.h"
#include "coordinator/control/counted_columns.h"
#include "coordinator/control/entity_notes.h"
#include "coordinator/control/failures.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/shared_places.h"
#include "coordinator/control/table_checks.h"
#include "coordinator/plan/tasks.h"
#include "coordinator/report/error_lines.h"

namespace decant {
namespace {

// What the ledger has of a table, under its resolved name or, from an earlier version, as the job
// spells it. A plan may come before there is a ledger.
Result<std::optional<TableRecord>> known_table(TargetAccess& access, const std::string& name,
                                               const std::string& spelt) {
  DECANT_TRY_ASSIGN(const auto presence, access.ledger.presence());
  if (presence == LedgerPresence::kAbsent) return std::optional<TableRecord>();
  DECANT_TRY_ASSIGN(auto known, access.ledger.table(name));
  if (known) return known;
  return access.ledger.table(spelt);
}

// Rows of other tables that go with one of this are no part of any diff.
std::optional<std::string> note_on_cascades(const EntityPlan& plan,
                                            const std::vector<Reference>& references) {
  const std::vector<std::string> tables = tables_that_follow(references);
  if (tables.empty() || plan.write.mode != WriteMode::kReplace || !plan.has_key())
    return std::nullopt;
  return plan.entity + ": a row that is deleted takes along or changes those of " +
         join(tables, ", ") +
         " that refer to it (ON DELETE). No pre-image of them is kept, and it is seen only where "
         "their chunks are read back.";
}

// Where it was, also where the worker had nothing to say any more.
Error placed(const FailedTask& failed) {
  return Error(failed.error).at({{}, failed.task.plan.entity, failed.task.store, {}});
}

}  // namespace

void RunController::note_errors(const std::vector<Error>& errors, const std::string& word) {
  report_.errors.insert(report_.errors.end(), errors.begin(), errors.end());
  for (const std::string& line : error_lines(errors)) parts_.say(word + parts_.mask.mask(line));
}

void RunController::note_failures(const PhaseOutcome& outcome) {
  interrupted_ = interrupted_ || outcome.interrupted;
  std::vector<Error> errors;
  for (const FailedTask& failed : outcome.failed) {
    errors.push_back(placed(failed));
    for (const TaskChunk& chunk : failed.task.chunks) failed_chunks_.insert(chunk.spec.name());
  }
  report_.chunks_failed = static_cast<std::int64_t>(failed_chunks_.size());
  note_errors(errors, "failed   ");
  if (outcome.stopped) note_errors({*outcome.stopped}, "stopped  ");
}

// A store that cannot be read does not stop the others: it is left out of this run, all its
// entities with it, and said. A mistake in the job ends the run, and so does a source without which
// nothing is left to do.
Status RunController::leave_out(const std::vector<Error>& errors) {
  if (errors.empty()) return {};
  for (const Error& error : errors) {
    // Where a column says the store, there is one source, and it is every store's.
    const bool is_all = error.place.store.empty() && !job_.store_from_column.empty();
    if (!is_of_a_store(error)) return fail(is_all ? as_mistake_in_job(error) : error);
  }
  std::vector<std::string> left = selection_.stores.list();
  for (const Error& error : errors)
    left.erase(std::remove(left.begin(), left.end(), error.place.store), left.end());
  if (left.empty()) {
    std::vector<Error> others = errors;
    const std::string first = errors.front().to_string();
    std::erase_if(others, [&](const Error& error) { return error.to_string() == first; });
    note_errors(others, "failed   ");
    const bool all_lack = std::all_of(errors.begin(), errors.end(), [](const Error& error) {
      return error.code == ErrorCode::kMismatch;
    });
    return fail(all_lack ? as_mistake_in_job(errors.front()) : errors.front());
  }
  selection_.stores = left;
  for (const Error& error : errors) report_.left_out.insert(error.place.store);
  for (EntityRun& entity : entities_) {
    std::erase_if(entity.censuses, [&](const StoreCensus& census) {
      return std::find(left.begin(), left.end(), census.store) == left.end();
    });
  }
  note_errors(errors, "left out ");
  return {};
}

Result<std::optional<TableRecord>> RunController::recorded_table(const std::string& table) {
  return loop_->on_target<std::optional<TableRecord>>(
      [=, name = table_names_.at(table)](TargetAccess& a) { return known_table(a, name, table); });
}

// Before anything is read: what the ledger says of the table decides with the table itself.
Status RunController::check_key(const EntitySpec& entity, const TableShape& shape) {
  DECANT_TRY_ASSIGN(const auto known, recorded_table(entity.write.table));
  Status fits = check_unique_key(entity.write, shape, known);
  if (fits) fits = check_latest_by(entity.write, shape);
  if (!fits) return fail(std::move(fits).error().at({job_.name, entity.name, {}, {}}));
  const bool is_ours = known || !shape.has_rows || has_unique_key(entity.write, shape);
  if ((is_ours && target_is_file_) || !has_columns(shape, entity.write.key)) return {};
  const WriteSpec write = entity.write;
  const auto apart =
      loop_->on_target<bool>([write, is_file = target_is_file_](TargetAccess& a) -> Result<bool> {
        DECANT_TRY(is_file ? check_standing_keys(a.target.sql(), write)
                           : check_key_equality(a.target.sql(), write));
        return true;
      });
  if (!apart) return fail(Error(apart.error()).at({job_.name, entity.name, {}, {}}));
  return {};
}

// The entity's rows are in the table that the job names, or nowhere: what its live batches are of
// is not to be taken for dropped because the job looks elsewhere.
Status RunController::check_table(const EntitySpec& entity) {
  using Names = std::vector<std::string>;
  const std::string job = job_.name;
  const std::string schema = job_.ledger_schema;
  const std::string name = entity.name;
  DECANT_TRY_ASSIGN(const Names loaded,
                    loop_->on_target<Names>([=](TargetAccess& a) -> Result<Names> {
                      DECANT_TRY_ASSIGN(const auto presence, a.ledger.presence());
                      if (presence == LedgerPresence::kAbsent) return Names{};
                      return loaded_tables(a.target, schema, job, name);
                    }));
  Status same = check_same_table(entity, table_names_.at(entity.write.table), loaded);
  if (!same) return fail(std::move(same).error().at({job_.name, name, {}, {}}));
  return {};
}

// No value: there is no such table.
Result<std::optional<TableShape>> RunController::look_at_table(EntityRun& entity) {
  const std::string table = entity.spec->write.table;
  DECANT_TRY_ASSIGN(auto shape, loop_->on_target<std::optional<TableShape>>(
                                    [table](TargetAccess& a) { return a.target.describe(table); }));
  entity.table_exists = shape.has_value();
  entity.table_is_empty = !shape || !shape->has_rows;
  entity.has_unique_key = shape && has_unique_key(entity.spec->write, *shape);
  return shape;
}

Status RunController::census() {
  std::vector<Task> tasks;
  for (const std::string& name : selection_.entities) {
    EntityRun entity;
    entity.spec = job_.find_entity(name);
    if (!options_.source_only) {
      DECANT_TRY(check_table(*entity.spec));
      DECANT_TRY_ASSIGN(const auto shape, look_at_table(entity));
      if (shape) entity.table_columns = shape->schema;
      if (shape && !options_.read_source_only) DECANT_TRY(check_key(*entity.spec, *shape));
    }
    const auto of_entity = census_tasks(job_, *entity.spec, selection_, table_to_come(entity));
    tasks.insert(tasks.end(), of_entity.begin(), of_entity.end());
    entities_.push_back(std::move(entity));
  }
  const auto done = [&](const Task& task, const TaskResult& result) {
    for (EntityRun& entity : entities_) {
      if (entity.spec->name != task.census.entity || !result.census) continue;
      entity.censuses.push_back({task.census.store, *result.census});
      snapshots_.learn_not_held(task.census.entity, result.census->not_held);
      if (!result.census->unsteady.empty()) entity.unsteady.insert(result.census->unsteady);
    }
  };
  // The first look at a database takes the snapshot that all others import.
  std::vector<Task> first, others;
  std::set<std::string> seen;
  for (Task& task : tasks) {
    const std::string source = snapshots_.source_of(task.census.entity, task.census.store);
    const bool is_first = source.empty() || seen.insert(source).second;
    (is_first ? first : others).push_back(std::move(task));
  }
  DECANT_TRY_ASSIGN(PhaseOutcome outcome, loop_->run("census", std::move(first), done, {}));
  if (!others.empty() && !outcome.interrupted) {
    DECANT_TRY_ASSIGN(const PhaseOutcome more, loop_->run("census", std::move(others), done, {}));
    outcome.failed.insert(outcome.failed.end(), more.failed.begin(), more.failed.end());
    outcome.interrupted = more.interrupted;
  }
  interrupted_ = interrupted_ || outcome.interrupted;
  if (interrupted_) return {};
  std::vector<Error> unread;
  for (const FailedTask& failed : outcome.failed) unread.push_back(placed(failed));
  DECANT_TRY(leave_out(unread));
  for (EntityRun& entity : entities_) {
    std::sort(entity.censuses.begin(), entity.censuses.end(),
              [](const StoreCensus& a, const StoreCensus& b) { return a.store < b.store; });
  }
  for (const EntityRun& entity : entities_) {
    const Misfits misfits =
        stores_that_do_not_fit(job_, *entity.spec, entity.censuses, entity.columns_of_table());
    if (misfits.all) return fail(as_mistake_in_job(misfits.errors.front()));
    if (Status apart = check_places_apart(*entity.spec, entity.censuses); !apart)
      return fail(std::move(apart).error().at({job_.name, entity.spec->name, {}, {}}));
    DECANT_TRY(leave_out(misfits.errors));
  }
  return check_stores();
}

Status RunController::resolve(EntityRun& entity) {
  DECANT_TRY_ASSIGN(const StoreCensus* census,
                    common_columns(job_, *entity.spec, entity.censuses, entity.columns_of_table()));
  if (census == nullptr) return fail(nothing_to_read(*entity.spec, entity.censuses));
  Schema source = census->census.columns;
  const std::string table = entity.spec->write.table;
  std::optional<TableShape> shape;
  if (entity.table_exists) {
    DECANT_TRY_ASSIGN(shape, loop_->on_target<std::optional<TableShape>>(
                                 [table](TargetAccess& a) { return a.target.describe(table); }));
  }
  std::vector<std::string> left_out;
  if (shape) {
    DECANT_TRY_ASSIGN(left_out, leave_out_generated(*entity.spec, *shape, source));
  }
  DECANT_TRY(find_maker(entity, source));
  std::optional<Schema> into;
  if (shape) into = shape->schema;
  if (entity.maker != nullptr) into = entity.maker->plan.target_schema();
  DECANT_TRY_ASSIGN(entity.plan,
                    resolve_entity(job_, *entity.spec, source, into ? &*into : nullptr));
  Status sound = check_rule_values(entity.spec->rules, entity.plan.target_schema(), job_.time_zone);
  if (sound) sound = check_counted_columns(entity.plan, entity.censuses);
  if (!sound) return fail(std::move(sound).error().at({job_.name, entity.spec->name, {}, {}}));
  const auto unfilled =
      entity.maker == nullptr ? std::nullopt : note_on_unfilled(entity.plan, *into);
  for (const auto& note :
       {note_on_generated(entity.plan, left_out), note_on_lossy(entity.plan),
        note_on_hidden(*entity.spec, entity.plan, source), note_on_delimiter(*entity.spec, source),
        note_on_header(*entity.spec, job_.directory, entity.censuses), unfilled}) {
    if (!note) continue;
    entity.notes.push_back(*note);
    parts_.say("note     " + *note);
  }
  if (shape && shape->has_rows) {
    DECANT_TRY_ASSIGN(const auto known, recorded_table(table));
    DECANT_TRY_ASSIGN(const auto references,
                      loop_->on_target<std::vector<Reference>>([table](TargetAccess& a) {
                        return references_to(a.target.sql(), table);
                      }));
    for (const auto& note : {note_on_unfilled(entity.plan, shape->schema, known, job_.name),
                             note_on_existing(entity.plan, known, job_.name),
                             note_on_cascades(entity.plan, references)}) {
      if (!note || options_.read_source_only) continue;
      entity.notes.push_back(*note);
      parts_.say("note     " + *note);
    }
  }
  if (!shape) return check_new_table(entity);
  Status fits = check_deletable(entity.plan, *shape);
  if (fits && !options_.read_source_only) fits = check_store_type(entity.plan, *shape);
  if (fits && !options_.read_source_only) fits = check_required_columns(entity.plan, *shape);
  if (!fits) return fail(std::move(fits).error().at({job_.name, entity.spec->name, {}, {}}));
  return {};
}

// What the table would be made of, before anything is read or written.
Status RunController::check_new_table(const EntityRun& entity) {
  if (options_.source_only || options_.read_source_only || entity.maker != nullptr) return {};
  const EntityPlan plan = entity.plan;
  const auto checked = loop_->on_target<bool>([plan](TargetAccess& a) -> Result<bool> {
    DECANT_TRY(a.target.check_types(plan));
    return true;
  });
  if (!checked) return fail(Error(checked.error()).at({job_.name, entity.spec->name, {}, {}}));
  return {};
}

Status RunController::prepare_table(EntityRun& entity) {
  if (options_.read_source_only) {
    if (entity.table_exists) {
      DECANT_TRY_ASSIGN(const auto known, recorded_table(entity.spec->write.table));
      // Whether chunks are whole; nothing is loaded by what else is known of it.
      if (known) entity.table.state = known->state;
      return prepare_keys(entity);
    }
    return fail(ErrorCode::kNotFound,
                "There is no table " + entity.spec->write.table + " to compare with.",
                "Start a run: decant run.");
  }
  const EntityPlan plan = entity.plan;
  const bool exists = entity.table_exists;
  const bool is_made = entity.maker != nullptr;  // by now, with its key
  const bool is_empty = entity.table_is_empty;
  const std::string job = job_.name;
  const Mandate mandate = this->mandate(plan.write.table);
  const std::string name = table_names_.at(plan.write.table);
  DECANT_TRY_ASSIGN(
      entity.table, loop_->on_target<TableRecord>([=](TargetAccess& a) -> Result<TableRecord> {
        DECANT_TRY_ASSIGN(const auto known, known_table(a, name, plan.write.table));
        TableRecord record = known.value_or(TableRecord{});
        if (known && exists && known->job == job && known->entity == plan.entity &&
            known->fingerprint == plan.fingerprint) {
          return record;
        }
        // A leader that slept must not come between the next one's look and its own.
        if (!exists && !is_made) {
          DECANT_TRY(a.ledger.in_lead(mandate, [&] { return a.target.create_table(plan); }));
        }
        // A table that was dropped behind our back, or found empty, is loaded as new.
        if (!known || (!exists && !is_made)) {
          record.made_by_us = is_empty;
          record.state = is_empty ? TableState::kLoading : TableState::kKeyed;
        }
        if (!known) record.table = name;
        record.job = job;
        record.entity = plan.entity;
        record.fingerprint = plan.fingerprint;
        DECANT_TRY(a.ledger.put_table(mandate, record));
        return record;
      }));
  return prepare_keys(entity);
}

namespace {

// To reconcile alters nothing.
Status check_kept(KeptKeys kept, const EntityPlan& plan) {
  const std::string& table = plan.write.table;
  if (kept == KeptKeys::kNone) {
    return fail(ErrorCode::kNotFound, "Nothing was loaded by key into " + table + " yet.",
                "Start a run: decant run.");
  }
  if (kept == KeptKeys::kAltered) {
    return fail(ErrorCode::kMismatch,
                "What is kept of the keys of " + table +
                    " is of other types or collations than its columns are now, or of an earlier "
                    "version of Decant.",
                "`decant run` mends that; then reconcile again.");
  }
  return {};
}

}  // namespace

// Rows that are loaded by key need it from the start: to be found by, and so that no two tasks add
// the same one. What chunks claim is kept beside the ledger, and read back even where nothing
// loads.
Status RunController::prepare_keys(EntityRun& entity) {
  if (!keeps_keys(entity.plan)) return {};
  const EntityPlan plan = entity.plan;
  const std::string schema = job_.ledger_schema;
  const TableState state = entity.table.state;
  const bool builds = !options_.read_source_only && entity.table.made_by_us &&
                      (state == TableState::kLoading || state == TableState::kKeying);
  if (builds) entity.table.state = TableState::kKeyed;
  const TableRecord record = entity.table;
  const Mandate mandate = this->mandate(plan.write.table);
  const bool only_looks = options_.read_source_only;
  DECANT_TRY(loop_->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
    if (only_looks) {
      DECANT_TRY_ASSIGN(const KeptKeys kept, a.target.kept_keys(schema, plan));
      DECANT_TRY(check_kept(kept, plan));
      return true;
    }
    DECANT_TRY(a.target.ensure_key_table(schema, plan));
    if (!builds) return true;
    DECANT_TRY(a.target.build_key(plan));
    DECANT_TRY(a.ledger.put_table(mandate, record));
    return true;
  }));
  if (only_looks) return {};
  DECANT_TRY(check_claims(entity));
  return release_left_keys(entity);
}

}  // namespace decant
