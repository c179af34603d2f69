#include "worker/pipeline/row_places.h"

#include <algorithm>

#include "common/connector/chunk_digester.h"
#include "common/job/store_name.h"
#include "common/value/canonical.h"
#include "worker/pipeline/misplaced_rows.h"

namespace decant {
namespace {

constexpr int k_unplaced = ChunkRouter::k_no_chunk;

bool has_days(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

}  // namespace

Result<RowPlaces> RowPlaces::make(const Task& task, const JobSpec& job, const Schema& schema) {
  RowPlaces places(task, job);
  DECANT_TRY_ASSIGN(places.selected_,
                    SelectedRanges::make(job, task.census.days, task.plan.range_kind));
  places.range_column_ = schema.find(task.plan.range_column);
  places.store_column_ = schema.find(task.plan.store_column);
  places.has_own_sources_ =
      places.store_column_ >= 0 && task.plan.source_store.empty() &&
      !task.plan.columns[static_cast<std::size_t>(places.store_column_)].from.empty();
  places.strict_ = job.strict_stores && !job.store_from_column.empty() && places.store_column_ >= 0;
  return places;
}

Status RowPlaces::begin(const Extent& extent, const std::string& store) {
  store_ = store;
  named_.reset();
  named_days_ = extent.days;
  must_be_dated_ = false;
  const bool is_named = extent.days.begin || extent.days.end;
  if (!is_named || range_column_ < 0 || !has_days(task_->plan.range_kind)) return {};
  // A year is too coarse to say which rows without a date are missing from it.
  must_be_dated_ = !extent.period.empty();
  DECANT_TRY_ASSIGN(named_, SelectedRanges::make(*job_, extent.days, task_->plan.range_kind));
  return {};
}

const Column* RowPlaces::column(const RowBatch& batch, int position) const {
  return position < 0 ? nullptr : &batch.columns[static_cast<std::size_t>(position)];
}

// A name that no store can have, and with `stores: {from_column: c, strict: true}` a store that the
// job does not list, are mistakes in the row.
void RowPlaces::refuse_store(const RowBatch& batch, std::size_t row, RowFaults& faults) const {
  const Column& column = batch.columns[static_cast<std::size_t>(store_column_)];
  std::optional<std::string> name;
  if (column.valid[row] != 0) name = display_text(column, row);
  const bool is_reserved = name && is_reserved_store(*name);
  if (!is_reserved && (!strict_ || (name && job_->find_store(*name) != nullptr))) return;
  faults.add(row, reject_store(task_->plan.store_column, name, is_reserved));
}

// Nobody else reads it, and nobody would miss it.
bool RowPlaces::is_of_other_store(const RowBatch& batch, std::size_t row, std::string& scratch,
                                  RowFaults& faults) const {
  if (!has_own_sources_ || store_.empty()) return false;
  const Column& column = batch.columns[static_cast<std::size_t>(store_column_)];
  if (column.valid[row] != 0 && store_name(column, row, scratch) == store_) return false;
  std::optional<std::string> name;
  if (column.valid[row] != 0) name = display_text(column, row);
  faults.add(row, reject_other_store(task_->plan.store_column, name, store_));
  return true;
}

// A row of no chunk is no part of the run, or nobody has counted it.
void RowPlaces::judge_unplaced(const RowBatch& batch, std::size_t row, bool is_dated,
                               std::string_view store, Strays& strays) const {
  const Column* range = column(batch, range_column_);
  if (is_dated && !selected_.of(store).contains(range->words[row])) return;
  // A run over some days leaves rows without a date to a run over all.
  if (range != nullptr && !is_dated && !selected_.is_open()) return;
  const StoreSpec* spec = job_->find_store(store);
  if (spec != nullptr && !spec->active) return;
  const auto& stores = task_->selected_stores;
  if (store_column_ < 0 || stores.empty() ||
      std::find(stores.begin(), stores.end(), store) != stores.end())
    ++strays[std::string(store)];
}

void RowPlaces::judge(const RowBatch& batch, std::vector<int>& chunk_of_row, RowFaults& faults,
                      Strays& strays) const {
  const Column* range = column(batch, range_column_);
  const Column* stores = column(batch, store_column_);
  // Where all stores have the same days, no row has to say its store.
  const ValueRange* of_all = named_ && named_->are_alike() ? &named_->of(store_) : nullptr;
  std::string scratch;
  for (std::size_t row = 0; row < batch.rows; ++row) {
    int& chunk = chunk_of_row[row];
    if (store_column_ >= 0 && (strict_ || chunk < 0) && !faults.has(row))
      refuse_store(batch, row, faults);
    if (faults.has(row) || is_of_other_store(batch, row, scratch, faults)) continue;
    if (chunk >= 0 && !named_) continue;
    const bool is_dated = range != nullptr && has_range_value(*range, row);
    const auto store = [&]() -> std::string_view {
      return stores != nullptr && stores->valid[row] != 0 ? store_name(*stores, row, scratch)
                                                          : std::string_view(store_);
    };
    if (named_) {
      const bool is_misplaced =
          is_dated ? !(of_all ? *of_all : named_->of(store())).contains(range->words[row])
                   : must_be_dated_;
      if (is_misplaced) {
        faults.add(row, reject_period(task_->plan.range_column, named_days_, is_dated));
        continue;
      }
    }
    if (chunk < 0) judge_unplaced(batch, row, is_dated, store(), strays);
  }
}

}  // namespace decant
