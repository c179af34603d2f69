#include "coordinator/plan/chunking.h"

#include <algorithm>

#include "common/connector/unreadable_rows.h"
#include "common/job/left_store.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

std::int64_t begin_of(const ValueRange& range) { return range.begin.value_or(INT64_MIN); }
std::int64_t end_of(const ValueRange& range) { return range.end.value_or(INT64_MAX); }

// Where a gap may be cut: limits inside it with the rows that lie before each, in order.
struct CutPoint {
  std::int64_t limit;
  std::int64_t rows_before;
};

// The rows of a cell that are taken to lie in a gap which it overlaps: its share, as if they were
// spread evenly, and at least one. Where exactly they lie nobody has counted, so that no gap may
// pass for empty which one of them could lie in.
std::int64_t rows_within(const CensusCell& cell, const ValueRange& gap) {
  const ValueRange shared = intersect(cell.range, gap);
  if (cell.rows <= 0 || is_empty(shared)) return 0;
  if (!cell.range.begin || !cell.range.end || shared == cell.range) return cell.rows;
  const double part = static_cast<double>(*shared.end) - static_cast<double>(*shared.begin);
  const double whole =
      static_cast<double>(*cell.range.end) - static_cast<double>(*cell.range.begin);
  return std::clamp<std::int64_t>(
      static_cast<std::int64_t>(static_cast<double>(cell.rows) * (part / whole)), 1, cell.rows);
}

// Cells are what was counted together: a month as long as it is small, a day, a stretch of keys.
// Their limits need not be those of the gap, which begins and ends where recorded chunks do and
// where the days of a run do.
std::vector<CutPoint> cut_points_from_cells(const std::vector<CensusCell>& cells,
                                            const ValueRange& gap) {
  std::vector<CutPoint> points;
  std::int64_t rows = 0;
  for (const CensusCell& cell : cells) {
    const std::int64_t more = rows_within(cell, gap);
    if (more == 0) continue;
    const std::int64_t limit = begin_of(cell.range);
    const std::int64_t before = points.empty() ? begin_of(gap) : points.back().limit;
    if (rows > 0 && limit > before) points.push_back({limit, rows});
    rows += more;
  }
  points.push_back({end_of(gap), rows});
  return points;
}

bool has_limits(const ValueRange& range) { return range.begin || range.end; }

// Without counts: every day of the gap is taken to hold the same share. A day is a fixed number of
// units, so a month with a daylight-saving change gets one limit that is an hour off midnight,
// which is as good a limit as any.
std::vector<CutPoint> cut_points_by_day(std::int64_t rows, TypeKind kind, const ValueRange& gap) {
  std::vector<CutPoint> points;
  const bool dated =
      kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
  // The last month of all has no days that anybody could count.
  if (dated && gap.begin && gap.end && *gap.end != k_infinity) {
    const std::int64_t day = kind == TypeKind::kDate ? 1 : k_us_per_day;
    const std::int64_t days = std::max<std::int64_t>(1, (*gap.end - *gap.begin + day - 1) / day);
    for (std::int64_t i = 1; i < days; ++i)
      points.push_back({*gap.begin + i * day, rows * i / days});
  }
  points.push_back({end_of(gap), rows});
  return points;
}

}  // namespace

ValueRange intersect(const ValueRange& a, const ValueRange& b) {
  ValueRange out;
  if (a.begin || b.begin) out.begin = std::max(begin_of(a), begin_of(b));
  if (a.end || b.end) out.end = std::min(end_of(a), end_of(b));
  return out;
}

bool is_empty(const ValueRange& range) {
  return range.begin && range.end && *range.begin >= *range.end;
}

bool reaches_beyond(const ChunkSpec& chunk, const SelectedRanges& selected) {
  const ValueRange& days = selected.of(chunk.slice.store);
  return (days.begin && (!chunk.range.begin || *chunk.range.begin < *days.begin)) ||
         (days.end && (!chunk.range.end || *chunk.range.end > *days.end));
}

bool is_selected(const JobSpec& job, const Selection& selection, const std::string& store) {
  // Where a column says the store, rows of inactive ones come along and are left out.
  const StoreSpec* spec = job.find_store(store);
  if (spec != nullptr && !spec->active) return false;
  if (store == k_all) return !is_left(job, store);
  return selection.stores.empty() || store == k_unknown_store ||
         std::find(selection.stores.begin(), selection.stores.end(), store) !=
             selection.stores.end();
}

std::map<SliceId, SliceCensus> merge_census(const std::string& entity,
                                            const std::vector<StoreCensus>& censuses) {
  std::map<SliceId, SliceCensus> slices;
  for (const StoreCensus& store : censuses) {
    for (const CensusExtent& extent : store.census.extents) {
      for (const CensusCell& cell : extent.cells) {
        if (cell.is_beyond || cell.period == k_unreadable) continue;
        SliceId id{entity, cell.store, cell.period};
        SliceCensus& slice = slices[id];
        slice.slice = id;
        slice.rows += cell.rows;
        slice.by_range = (slice.by_range || slice.cells.empty()) && has_limits(cell.range);
        slice.cells.push_back(cell);
      }
    }
  }
  for (auto& [id, slice] : slices) {
    std::stable_sort(slice.cells.begin(), slice.cells.end(),
                     [](const CensusCell& a, const CensusCell& b) {
                       return begin_of(a.range) < begin_of(b.range);
                     });
    std::vector<CensusCell> merged;
    for (CensusCell& cell : slice.cells) {
      if (!merged.empty() && merged.back().range == cell.range) {
        merged.back().rows += cell.rows;
      } else {
        merged.push_back(std::move(cell));
      }
    }
    slice.cells = std::move(merged);
  }
  return slices;
}

Result<TimeZone> zone_of(const JobSpec& job, const std::string& store) {
  const StoreSpec* spec = job.find_store(store);
  return TimeZone::find(spec != nullptr && !spec->time_zone.empty() ? spec->time_zone
                                                                    : job.time_zone);
}

Result<ValueRange> period_range(const JobSpec& job, const EntityPlan& entity,
                                const SliceId& slice) {
  std::int64_t year = 0;
  int month = 0;
  if (!parse_month(slice.period, year, month)) return ValueRange{};
  DECANT_TRY_ASSIGN(const TimeZone zone, zone_of(job, slice.store));
  DECANT_TRY_ASSIGN(ValueRange range, month_range(year, month, entity.range_kind, zone));
  // Rows of infinity are undated.
  if (!range.end) range.end = k_infinity;
  return range;
}

std::vector<ValueRange> uncovered(const ValueRange& range, std::vector<ValueRange> taken) {
  std::sort(taken.begin(), taken.end(),
            [](const ValueRange& a, const ValueRange& b) { return begin_of(a) < begin_of(b); });
  std::vector<ValueRange> gaps;
  ValueRange rest = range;
  for (const ValueRange& t : taken) {
    ValueRange before = rest;
    if (t.begin) {
      before.end = std::min(end_of(rest), *t.begin);
      if (!is_empty(before) && (!before.begin || *before.begin < *before.end))
        gaps.push_back(before);
    }
    if (!t.end) return gaps;
    if (!rest.begin || *t.end > *rest.begin) rest.begin = *t.end;
    if (is_empty(rest)) return gaps;
  }
  if (!is_empty(rest)) gaps.push_back(rest);
  return gaps;
}

std::vector<ChunkSpec> cut_slice(const JobSpec& job, const EntityPlan& entity,
                                 const SliceCensus& census, const ValueRange& within,
                                 const std::vector<ChunkSpec>& recorded) {
  std::vector<ChunkSpec> chunks;
  std::int32_t number = 0;
  std::vector<ValueRange> taken;
  for (const ChunkSpec& chunk : recorded) {
    number = std::max(number, chunk.number);
    taken.push_back(chunk.range);
  }
  if (census.slice.period == k_undated) {
    if (recorded.empty()) chunks.push_back({census.slice, 1, {}, census.rows});
    return chunks;
  }
  for (const ValueRange& gap : uncovered(within, taken)) {
    // A gap between recorded chunks that no cell with rows overlaps needs no chunk of its own: a
    // later run that finds rows there makes one.
    std::vector<CutPoint> points = census.by_range
                                       ? cut_points_from_cells(census.cells, intersect(gap, within))
                                       : cut_points_by_day(census.rows, entity.range_kind, gap);
    const std::int64_t rows = points.back().rows_before;
    if (rows == 0 && !recorded.empty() && census.by_range) continue;
    // Pieces of equal size rather than full ones and a crumb at the end.
    const std::int64_t pieces =
        std::max<std::int64_t>(1, (rows + job.chunk_rows / 2) / job.chunk_rows);
    ValueRange piece = gap;
    std::int64_t rows_done = 0;
    std::int64_t made = 0;
    for (std::size_t i = 0; i + 1 < points.size(); ++i) {
      const std::int64_t goal = rows * (made + 1) / pieces;
      if (made + 1 >= pieces || points[i].rows_before < goal) continue;
      piece.end = points[i].limit;
      chunks.push_back({census.slice, ++number, piece, points[i].rows_before - rows_done});
      rows_done = points[i].rows_before;
      piece = gap;
      piece.begin = points[i].limit;
      ++made;
    }
    chunks.push_back({census.slice, ++number, piece, rows - rows_done});
  }
  return chunks;
}

}  // namespace decant
