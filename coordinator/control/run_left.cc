// RunController, rows that left what the run reads: a date corrected to before --from, or a store
// to one outside of --stores, looks like a deletion to a run that does not read where the row went;
// and stores that the job lists no more.
#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/connector/key_sql.h"
#include "common/connector/load_sql.h"
#include "common/job/store_name.h"
#include "common/ledger/loaded_stores.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// Keys whose rows a run deleted and that the table has nowhere.
std::string count_deleted_keys(const EntityPlan& plan, const std::string& undo_table,
                               const std::string& run) {
  std::string keys;
  for (const std::string& name : plan.write.key)
    keys += (keys.empty() ? "decant_u." : ", decant_u.") + quote_identifier(name);
  return "SELECT count(*) FROM (SELECT DISTINCT " + keys + " FROM " + quote_table(undo_table) +
         " AS decant_u WHERE decant_u." + std::string(k_undo_run) + " = " + quote_literal(run) +
         " AND decant_u." + std::string(k_undo_operation) + " = " + quote_literal(k_deleted) +
         " AND NOT EXISTS (SELECT 1 FROM " + quote_table(plan.write.table) + " AS decant_t WHERE " +
         same_key(plan, "decant_t.", "decant_u.") + ")) AS decant_d";
}

Result<std::int64_t> deleted_keys(TargetAccess& access, const EntityPlan& plan,
                                  const std::string& ledger_schema, const std::string& run) {
  DECANT_TRY_ASSIGN(const auto shape, access.target.describe(plan.write.table));
  if (!shape) return 0;
  std::vector<std::string> columns;
  for (const Field& field : shape->schema.fields) columns.push_back(field.name);
  DECANT_TRY_ASSIGN(const std::string undo,
                    access.target.ensure_undo_table(ledger_schema, plan.write.table, columns));
  DECANT_TRY_ASSIGN(const auto rows,
                    access.target.sql().query(count_deleted_keys(plan, undo, run)));
  return std::stoll(rows.at(0).at(0).value_or("0"));
}

std::string value_text(TypeKind kind, std::int64_t value) {
  switch (kind) {
    case TypeKind::kDate:
      return format_date(value);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return format_timestamp(value);
    default:
      return std::to_string(value);
  }
}

std::string place_text(const EntityPlan& plan, const KeyPlace& place) {
  if (!plan.has_ranges()) return place.store;
  const std::string value = place.value ? value_text(plan.range_kind, *place.value) : "none";
  return plan.range_column + " " + value +
         (plan.store_column.empty() ? "" : ", store " + place.store);
}

// Stores that have chunks and that the job lists no more, as the table's column may name them.
std::vector<std::string> left_stores(const JobSpec& job, const EntityPlan& plan,
                                     const std::vector<ChunkRecord>& chunks) {
  const auto column =
      std::find_if(plan.columns.begin(), plan.columns.end(),
                   [&](const ColumnPlan& each) { return each.name == plan.store_column; });
  std::set<std::string> stores;
  for (const ChunkRecord& chunk : chunks) {
    const std::string& store = chunk.spec.slice.store;
    if (job.find_store(store) == nullptr && column != plan.columns.end() &&
        store_name_of(column->type, store))
      stores.insert(store);
  }
  return {stores.begin(), stores.end()};
}

}  // namespace

bool RunController::reads_a_part() const {
  return !options_.from.empty() || !options_.to.empty() || !options_.stores.empty();
}

bool RunController::leaves_stores() const {
  return std::any_of(job_.stores.begin(), job_.stores.end(),
                     [](const StoreSpec& store) { return !store.active; });
}

// Somebody moved them there, or the run does not read where the source has them now. Nothing of
// theirs is touched: the source's own rows are refused meanwhile.
void RunController::note_keys_in_the_way(EntityRun& entity, const JoinedChunks& joined) const {
  const auto& places = joined.places_of_nobody();
  if (places.empty()) return;
  const std::string note =
      entity.spec->name + ": " + entity.plan.write.table +
      " holds keys of rows that this run loads where it loads nothing (" +
      place_text(entity.plan, *places.begin()) + (places.size() > 1 ? ", and more" : "") +
      "), so that the source's rows are refused. " +
      (reads_a_part() ? "Run without --from, --to and --stores; else take" : "Take") +
      " those rows out of the table where nobody needs them there.";
  if (std::find(entity.notes.begin(), entity.notes.end(), note) == entity.notes.end())
    entity.notes.push_back(note);
}

// Their batches are void by now, since their keys were let go of.
Status RunController::keep_once_loaded(const EntityRun& entity, std::vector<std::string>& stores) {
  using Names = std::vector<std::string>;
  const std::string name = entity.spec->name;
  const JobSpec* const job = &job_;
  DECANT_TRY_ASSIGN(const Names loaded, loop_->on_target<Names>([=](TargetAccess& a) {
    return stores_once_loaded(a.target.sql(), job->ledger_schema, job->name, name);
  }));
  std::erase_if(stores, [&](const std::string& store) {
    return std::find(loaded.begin(), loaded.end(), store) == loaded.end();
  });
  return {};
}

// Modes upsert and insert: they stay, as other rows that only the target has do. Where a column
// says the store, the run covers all stores, also those that the job does not list.
Status RunController::note_left_stores(EntityRun& entity) {
  constexpr std::size_t k_shown = 5;
  if (selection_.stores.empty() || entity.plan.store_column.empty()) return {};
  DECANT_TRY_ASSIGN(const auto chunks, recorded_chunks(entity.spec->name));
  std::vector<std::string> stores = left_stores(job_, entity.plan, chunks);
  if (stores.empty()) return {};
  DECANT_TRY(keep_once_loaded(entity, stores));
  if (stores.empty()) return {};
  DECANT_TRY_ASSIGN(const SelectedRanges selected,
                    SelectedRanges::make(job_, selection_.days, entity.plan.range_kind));
  const EntityPlan& plan = entity.plan;
  DECANT_TRY_ASSIGN(
      const auto found,
      loop_->on_target<std::vector<SqlRow>>([plan, selected, stores](TargetAccess& a) {
        SqlSession& sql = a.target.sql();
        return sql.query(count_rows(sql.dialect(), plan, selected, stores));
      }));
  const std::int64_t rows = std::stoll(found.at(0).at(0).value_or("0"));
  if (rows == 0) return {};
  const bool shows_all = stores.size() <= k_shown;
  if (!shows_all) stores.resize(k_shown);
  entity.notes.push_back(entity.spec->name + ": " + entity.plan.write.table + " also holds " +
                         counted(rows, "row") + " of " + join(stores, ", ") +
                         (shows_all ? "" : ", …") +
                         ", which this job loaded and lists no more; mode " +
                         (entity.plan.write.mode == WriteMode::kUpsert ? "upsert" : "insert") +
                         " leaves such rows alone. Take them out of the table, or put the " +
                         (stores.size() == 1 ? "store" : "stores") + " back into the job.");
  return {};
}

// An entity without a time runs whole, whatever the days, and one that belongs to no store whatever
// the stores.
bool RunController::reads_a_part_of(const EntityRun& entity) const {
  const bool has_days = !options_.from.empty() || !options_.to.empty();
  const bool has_time = entity.plan.has_ranges() && entity.plan.range_kind != TypeKind::kInt64;
  const bool has_store = job_.store_from_column.empty() || !entity.plan.store_column.empty();
  return (has_days && has_time) || (!options_.stores.empty() && has_store);
}

// Rows that this run does not find may be where it does not look.
bool RunController::may_lose_rows_of(const EntityRun& entity) const {
  const bool has_store = job_.store_from_column.empty() || !entity.plan.store_column.empty();
  return reads_a_part_of(entity) || (leaves_stores() && has_store);
}

// Deletions are followed, that is what mode replace is for; that some of them may be moves is said.
Status RunController::note_rows_that_left() {
  for (EntityRun& entity : entities_) {
    if (!may_lose_rows_of(entity)) continue;
    const std::string where =
        reads_a_part_of(entity)
            ? ", to a date or store that this run does not read, a run without --from, --to and "
              "--stores puts it back."
            : " to a store that is not active, it is nowhere in the table now.";
    const EntityPlan plan = entity.plan;
    if (entity.rows_deleted == 0 || plan.write.mode != WriteMode::kReplace || !plan.has_key())
      continue;
    const std::string schema = job_.ledger_schema;
    const std::string run = run_.value;
    DECANT_TRY_ASSIGN(const std::int64_t rows, loop_->on_target<std::int64_t>([=](TargetAccess& a) {
      return deleted_keys(a, plan, schema, run);
    }));
    if (rows == 0) continue;
    entity.notes.push_back(
        entity.spec->name + ": " + group_digits(rows) + (rows == 1 ? " row is" : " rows are") +
        " no longer in what this run reads, and " + (rows == 1 ? "was" : "were") +
        " deleted from " + plan.write.table + ". Where the source only moved such a row" + where);
  }
  return {};
}

}  // namespace decant
