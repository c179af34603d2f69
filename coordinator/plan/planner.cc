#include "coordinator/plan/planner.h"

#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/connector/unreadable_rows.h"
#include "common/job/left_store.h"
#include "coordinator/plan/adopted.h"
#include "coordinator/plan/chunking.h"
#include "coordinator/plan/tasks.h"
#include "coordinator/plan/vanished.h"

namespace decant {
namespace {

// All chunks of a slice that this run works on: the recorded ones that it touches, whole, and new
// ones for the rest.
Result<std::vector<PlannedChunk>> chunks_of_slice(const PlanInput& input, const SliceCensus& census,
                                                  const ValueRange& selected,
                                                  const std::vector<const ChunkRecord*>& recorded) {
  std::vector<PlannedChunk> out;
  DECANT_TRY_ASSIGN(const ValueRange period, period_range(*input.job, *input.entity, census.slice));
  const bool dated = census.slice.period != k_undated && census.slice.period != k_all;
  const ValueRange within = dated ? intersect(period, selected) : period;
  if (dated && is_empty(within)) return out;
  std::vector<ChunkSpec> specs;
  for (const ChunkRecord* record : recorded) {
    specs.push_back(record->spec);
    if (dated && is_empty(intersect(record->spec.range, within))) continue;
    PlannedChunk chunk{record->spec,           false,
                       record->batch_count,    {record->accepted.digest, record->fingerprint},
                       record->loaded,         record->rows_rejected,
                       record->rows_superseded};
    chunk.spec.estimated_rows =
        std::max(chunk.spec.estimated_rows, record->accepted.digest.row_count);
    out.push_back(std::move(chunk));
  }
  if (census.rows > 0 || census.may_be_in_target) {
    for (ChunkSpec& spec : cut_slice(*input.job, *input.entity, census, within, specs)) {
      out.push_back({std::move(spec), true, 0, {}, {}, 0, 0});
    }
  }
  return out;
}

// By store.
std::map<std::string, std::int64_t> unreadable_rows(const std::vector<StoreCensus>& censuses) {
  std::map<std::string, std::int64_t> rows;
  for (const StoreCensus& store : censuses) {
    for (const CensusExtent& extent : store.census.extents) {
      for (const CensusCell& cell : extent.cells) {
        if (cell.period == k_unreadable) rows[cell.store] += cell.rows;
      }
    }
  }
  return rows;
}

// A row that nobody can date is refused by a task, and a task has chunks: a store that has none in
// these days gets one of their first month, else of their last.
Status add_homes_of_unreadable(const PlanInput& input, const SelectedRanges& selected,
                               const std::map<SliceId, std::vector<const ChunkRecord*>>& recorded,
                               std::vector<PlannedChunk>& chunks) {
  const DayRange& days = input.selection.days;
  if (selected.is_open() || (!days.begin && !days.end)) return {};
  for (const auto& [store, rows] : unreadable_rows(input.censuses)) {
    const bool has_home =
        std::any_of(chunks.begin(), chunks.end(), [&, name = store](const PlannedChunk& chunk) {
          return name == k_unknown_store || chunk.spec.slice.store == name;
        });
    if (has_home || !is_selected(*input.job, input.selection, store)) continue;
    const std::int64_t day = days.begin ? *days.begin : *days.end - 1;
    SliceCensus census;
    census.slice = {input.entity->entity, store, month_of(day, TypeKind::kDate, {})};
    census.may_be_in_target = true;
    const auto known = recorded.find(census.slice);
    DECANT_TRY_ASSIGN(std::vector<PlannedChunk> homes,
                      chunks_of_slice(input, census, selected.of(store),
                                      known == recorded.end() ? std::vector<const ChunkRecord*>{}
                                                              : known->second));
    std::move(homes.begin(), homes.end(), std::back_inserter(chunks));
  }
  return {};
}

std::string rows_in_words(std::int64_t rows) {
  return group_digits(rows) + (rows == 1 ? " row" : " rows");
}

// Decision 13: an empty source must not empty the target without a word from a person.
Status refuse_empty_stores(const PlanInput& input, const std::map<SliceId, SliceCensus>& census,
                           const SelectedRanges& selected,
                           const std::vector<PlannedChunk>& chunks) {
  if (input.allow_empty || input.entity->write.mode != WriteMode::kReplace) return {};
  std::map<std::string, std::int64_t> source_rows;
  // Rows without a date are no part of a run over some days.
  for (const auto& [id, slice] : census) {
    if (id.period != k_undated || selected.is_open()) source_rows[id.store] += slice.rows;
  }
  std::map<std::string, std::int64_t> target_rows;
  std::set<SliceId> whole;
  for (const PlannedChunk& chunk : chunks) {
    target_rows[chunk.spec.slice.store] += chunk.prior.accepted.row_count;
    if (reaches_beyond(chunk.spec, selected)) whole.insert(chunk.spec.slice);
  }
  for (const StoreCensus& store : input.censuses) {
    for (const CensusExtent& extent : store.census.extents) {
      for (const CensusCell& cell : extent.cells) {
        if (cell.is_beyond && whole.contains({input.entity->entity, cell.store, cell.period}))
          source_rows[cell.store] += cell.rows;
      }
    }
  }
  const auto unreadable = unreadable_rows(input.censuses);
  for (const auto& [store, rows] : target_rows) {
    if (rows == 0 || source_rows[store] > 0) continue;
    const auto lost = unreadable.find(store);
    const bool has_dates = lost == unreadable.end();
    Error error{
        ErrorCode::kDiffers,
        "The source of " + input.entity->entity + " gives no rows for " + store +
            (has_dates ? "" : " but " + group_digits(lost->second) + " whose date cannot be read") +
            ", where the target has " + group_digits(rows) + ".",
        has_dates ? "Look at the source; if it is right, run again with --allow-empty and they are "
                    "taken out."
                  : "Look at the source and at the column's `date_format`; with --allow-empty they "
                    "are rejects.",
        {},
        {input.job->name, input.entity->entity, store, {}}};
    return fail(std::move(error));
  }
  return {};
}

// An entity is loaded by stores or as a whole, as its source has the store's column or not. One
// that changes over would have each take the other's rows for its own.
Status refuse_other_division(const PlanInput& input, const std::map<SliceId, SliceCensus>& census) {
  if (input.job->store_from_column.empty()) return {};
  const bool by_store = !input.entity->store_column.empty();
  for (const auto& [slice, found] : census) {
    if (by_store || slice.store == k_all) continue;
    return fail(Error{ErrorCode::kMismatch,
                      "The files of " + input.entity->entity + " are of stores, such as " +
                          slice.store + ", and no column of " + input.entity->write.table +
                          " says which.",
                      "Take {store} out of `files:`, or add the column.",
                      {},
                      {input.job->name, input.entity->entity, {}, {}}});
  }
  for (const ChunkRecord& record : input.ledger) {
    if (record.batch_count == 0 || (record.spec.slice.store != k_all) == by_store) continue;
    const std::string& column = input.job->store_from_column;
    return fail(Error{
        ErrorCode::kMismatch,
        input.entity->entity + " was loaded " +
            (by_store
                 ? "as a whole, since its source had no column " + column + ", and now it has one."
                 : "by stores, and its source has no column " + column + " any more."),
        "Look at the source; if it is right, reset the job or give the entity "
        "another table and the job another name.",
        {},
        {input.job->name, input.entity->entity, {}, {}}});
  }
  return {};
}

// Each store would take the rows of the others, and those that were loaded without one, for its
// own.
Status refuse_first_stores(const PlanInput& input) {
  if (!is_left(*input.job, k_all)) return {};
  for (const ChunkRecord& record : input.ledger) {
    if (record.batch_count == 0 || record.spec.slice.store != k_all) continue;
    return fail(Error{ErrorCode::kUsage,
                      input.entity->entity +
                          " was loaded without stores, and now the job has some: the chunk " +
                          record.spec.name().value + " holds rows of all of them.",
                      "Take `stores:` out again; or reset the job, which loads all of it again.",
                      {},
                      {input.job->name, input.entity->entity, {}, {}}});
  }
  return {};
}

bool has_time(const EntityPlan& entity) {
  return entity.has_ranges() && entity.range_kind != TypeKind::kInt64;
}

// By months, by a key, or not at all: what is recorded in one way would stand beside chunks of
// another that hold the same rows, and take them out. So would what is planned and not loaded yet.
Status refuse_other_limits(const PlanInput& input) {
  const bool has_ranges = input.entity->has_ranges();
  const bool by_month = has_time(*input.entity);
  for (const ChunkRecord& record : input.ledger) {
    const SliceId& slice = record.spec.slice;
    if (is_left(*input.job, slice.store)) continue;
    const bool has_limits = record.spec.range.begin || record.spec.range.end;
    const bool is_undated = record.spec.is_undated();
    const bool is_month = slice.period != k_all && !is_undated;
    const bool is_everything = slice.period == k_all && !has_limits;
    if (has_ranges ? is_undated || is_month == by_month : is_everything) continue;
    const std::string change = by_month     ? "without `time`, and now it has one"
                               : is_month   ? "by the months of its `time`, and now it has none"
                               : is_undated ? "by a `time` or `key`, and now it has none"
                                            : "by its `key`, and now it has none";
    return fail(Error{ErrorCode::kUsage,
                      input.entity->entity +
                          (record.batch_count > 0 ? " was loaded " : " was planned ") + change +
                          ": the chunk " + record.spec.name().value +
                          " holds rows of those that would be planned.",
                      "Put `read:` back as it was; or reset the job, which loads all of it again.",
                      {},
                      {input.job->name, input.entity->entity, slice.store, {}}});
  }
  return {};
}

// Months begin elsewhere in another zone: new chunks would lie over the recorded ones of the
// neighbouring month.
Status refuse_other_zone(const PlanInput& input) {
  for (const ChunkRecord& record : input.ledger) {
    const SliceId& slice = record.spec.slice;
    std::int64_t year = 0;
    int month = 0;
    if (!input.entity->has_ranges() || !parse_month(slice.period, year, month)) continue;
    if (is_left(*input.job, slice.store)) continue;
    DECANT_TRY_ASSIGN(const ValueRange whole, period_range(*input.job, *input.entity, slice));
    const ValueRange& range = record.spec.range;
    const bool begins_in = !range.begin || !whole.begin || *range.begin >= *whole.begin;
    const bool ends_in = !range.end || !whole.end || *range.end <= *whole.end;
    if (begins_in && ends_in) continue;
    return fail(Error{ErrorCode::kUsage,
                      "The chunk " + record.spec.name().value +
                          " was recorded under another time zone, or another `time`: it reaches "
                          "out of its month as the job has it now.",
                      "Put back the zone and the `time` that the first run had; or reset the job, "
                      "which loads all "
                      "of it again.",
                      {},
                      {input.job->name, input.entity->entity, slice.store, {}}});
  }
  return {};
}

// A chunk of everything, loaded before the entity had its `key`, may have rows without one in the
// table. They are the undated chunk's from now on, also where the source has none any more.
void add_rows_without_a_key(const PlanInput& input, std::map<SliceId, SliceCensus>& census) {
  if (!input.entity->has_ranges()) return;
  for (const ChunkRecord& record : input.ledger) {
    const ChunkSpec& chunk = record.spec;
    const bool is_everything =
        chunk.slice.period == k_all && !chunk.range.begin && !chunk.range.end;
    if (!is_everything || record.batch_count == 0 ||
        record.fingerprint == input.entity->fingerprint)
      continue;
    SliceId id = chunk.slice;
    id.period = k_undated;
    SliceCensus& undated = census[id];
    undated.slice = id;
    undated.may_be_in_target = true;
  }
}

}  // namespace

Result<SelectedRanges> selected_ranges(const PlanInput& input) {
  return SelectedRanges::make(*input.job, input.selection.days, input.entity->range_kind);
}

Result<EntityWork> plan_entity(const PlanInput& input) {
  EntityWork work;
  std::map<SliceId, SliceCensus> census = merge_census(input.entity->entity, input.censuses);
  DECANT_TRY(refuse_other_division(input, census));
  DECANT_TRY(refuse_first_stores(input));
  DECANT_TRY(refuse_other_limits(input));
  DECANT_TRY(refuse_other_zone(input));
  std::map<SliceId, std::vector<const ChunkRecord*>> recorded;
  for (const ChunkRecord& record : input.ledger) recorded[record.spec.slice].push_back(&record);
  // A slice that only the ledger knows is planned too: its rows may be gone at the source.
  for (const auto& [id, records] : recorded) {
    if (auto& slice = census[id]; slice.slice.entity.empty()) slice.slice = id;
  }
  add_rows_without_a_key(input, census);
  const bool days_limited = input.selection.days.begin || input.selection.days.end;
  DECANT_TRY_ASSIGN(const SelectedRanges selected, selected_ranges(input));
  std::int64_t undated_rows = 0;
  for (const auto& [id, slice] : census) {
    if (!is_selected(*input.job, input.selection, id.store)) continue;
    if (id.period == k_undated && !selected.is_open()) {
      undated_rows += slice.rows;
      continue;
    }
    DECANT_TRY_ASSIGN(std::vector<PlannedChunk> chunks,
                      chunks_of_slice(input, slice, selected.of(id.store), recorded[id]));
    std::move(chunks.begin(), chunks.end(), std::back_inserter(work.chunks));
  }
  DECANT_TRY(add_homes_of_unreadable(input, selected, recorded, work.chunks));
  if (work.chunks.size() > k_max_chunks) {
    return fail(ErrorCode::kUsage,
                input.entity->entity + " would be cut into " +
                    group_digits(static_cast<std::int64_t>(work.chunks.size())) + " chunks.",
                "Raise chunk_rows, or run fewer months at a time.");
  }
  DECANT_TRY(refuse_empty_stores(input, census, selected, work.chunks));
  DECANT_TRY(refuse_vanished_files(input, work.chunks));
  std::sort(
      work.chunks.begin(), work.chunks.end(),
      [](const PlannedChunk& a, const PlannedChunk& b) { return a.spec.name() < b.spec.name(); });
  if (undated_rows > 0) {
    const bool is_one = undated_rows == 1;
    work.notes.push_back(input.entity->entity + ": " + rows_in_words(undated_rows) +
                         " without a date " + (is_one ? "belongs" : "belong") +
                         " to no month; a run without --from and --to takes " +
                         (is_one ? "it." : "them."));
  }
  if (!input.job->store_from_column.empty() && input.entity->store_column.empty()) {
    work.notes.push_back(input.entity->entity + " has no column " + input.job->store_from_column +
                         " and is loaded as a whole, for all stores.");
  }
  if (days_limited && !has_time(*input.entity)) {
    work.notes.push_back(input.entity->entity + " has no time and runs whole.");
  }
  AdoptedFit fit = fit_adopted(input, selected, work.chunks);
  work.misfits = std::move(fit.misfits);
  DECANT_TRY_ASSIGN(CopyWork copy, make_copy_work(input, work.chunks, std::move(fit.taken)));
  work.tasks = std::move(copy.tasks);
  work.comparisons = std::move(copy.comparisons);
  return work;
}

}  // namespace decant
