#include "coordinator/plan/halves.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace decant {
namespace {

using Chunks = std::vector<TaskChunk>;

constexpr std::size_t k_most_places = 64;  // that are looked at

// They write in one transaction for a reason (joined.h).
bool belongs_together(const Task& task) {
  return task.lets_go || task.rejects_moved_keys ||
         std::any_of(task.chunks.begin(), task.chunks.end(), [](const TaskChunk& chunk) {
           return chunk.prior && chunk.prior->fingerprint.empty();
         });
}

bool is_before(const TaskChunk& a, const TaskChunk& b) {
  const auto key = [](const TaskChunk& chunk) {
    const ChunkSpec& spec = chunk.spec;
    return std::tuple(spec.is_undated(), spec.range.begin.value_or(INT64_MIN), spec.slice.period,
                      spec.slice.store, spec.number);
  };
  return key(a) < key(b);
}

// From the first beginning to the last end of the chunks that have a range.
std::optional<ValueRange> hull_of(const Chunks& chunks) {
  std::optional<ValueRange> hull;
  for (const TaskChunk& chunk : chunks) {
    const ValueRange& range = chunk.spec.range;
    if (chunk.spec.is_undated()) continue;
    if (!hull) {
      hull = range;
      continue;
    }
    hull->begin = hull->begin && range.begin ? std::min(hull->begin, range.begin) : std::nullopt;
    hull->end = hull->end && range.end ? std::max(hull->end, range.end) : std::nullopt;
  }
  return hull;
}

bool has_undated(const Chunks& chunks) {
  return std::any_of(chunks.begin(), chunks.end(),
                     [](const TaskChunk& chunk) { return chunk.spec.is_undated(); });
}

// No row is in a range of both.
bool are_apart(const Chunks& first, const Chunks& second) {
  if (has_undated(first) && has_undated(second)) return false;
  const auto a = hull_of(first);
  const auto b = hull_of(second);
  return !a || !b || (a->end && b->begin && *a->end <= *b->begin);
}

ValueRange shared(const ValueRange& a, const ValueRange& b) {
  ValueRange range = a;
  if (b.begin && (!range.begin || *range.begin < *b.begin)) range.begin = b.begin;
  if (b.end && (!range.end || *b.end < *range.end)) range.end = b.end;
  return range;
}

// What a database is asked for to get the rows of these chunks. A table that was to be read whole,
// block by block, is read by ranges.
std::vector<Extent> extents_for(const Task& task, const Chunks& chunks) {
  std::vector<Extent> extents;
  const auto hull = hull_of(chunks);
  bool takes_undated = false;
  for (const Extent& whole : task.extents) {
    Extent extent = whole;
    if (whole.kind == ExtentKind::kBlocks) extent.begin_block = extent.end_block = 0;
    extent.kind = ExtentKind::kRange;
    const bool may_hold_dated = !whole.undated;
    const bool may_hold_undated = whole.undated || whole.kind != ExtentKind::kRange;
    if (may_hold_dated && hull) {
      extent.undated = false;
      extent.range = shared(whole.range, *hull);
      const bool is_empty =
          extent.range.begin && extent.range.end && *extent.range.end <= *extent.range.begin;
      if (!is_empty) extents.push_back(extent);
    }
    if (may_hold_undated && has_undated(chunks) && !takes_undated) {
      extent.undated = takes_undated = true;
      extent.range = {};
      extents.push_back(extent);
    }
  }
  return extents;
}

// Whether a file that names its store or its month has rows of none of the chunks.
bool is_of_others(const Task& task, const Extent& file, const Chunks& chunks) {
  const std::string& store = file.store.empty() ? task.store : file.store;
  return std::none_of(chunks.begin(), chunks.end(), [&](const TaskChunk& chunk) {
    const SliceId& slice = chunk.spec.slice;
    return (store.empty() || slice.store == store) &&
           (file.period.empty() || slice.period == file.period);
  });
}

std::vector<Extent> files_for(const Task& task, const Chunks& chunks) {
  std::vector<Extent> files;
  std::copy_if(task.extents.begin(), task.extents.end(), std::back_inserter(files),
               [&](const Extent& file) { return !is_of_others(task, file, chunks); });
  return files;
}

Task part_of(const Task& whole, Chunks chunks, const Chunks& others, bool reads_files) {
  Task part = whole;
  part.id = {};
  part.fence = {};
  part.extents = reads_files ? files_for(whole, chunks) : extents_for(whole, chunks);
  for (const TaskChunk& other : others) {
    const bool may_be_met =
        reads_files && std::any_of(part.extents.begin(), part.extents.end(), [&](const Extent& e) {
          return !is_of_others(whole, e, {other});
        });
    if (may_be_met) part.passed_over.push_back(other.spec);
  }
  part.chunks = std::move(chunks);
  return part;
}

// How many files of the second are read by the first, too.
std::size_t files_shared(const Task& first, const Task& second) {
  const auto shared =
      std::count_if(second.extents.begin(), second.extents.end(), [&](const Extent& file) {
        return std::find(first.extents.begin(), first.extents.end(), file) != first.extents.end();
      });
  return static_cast<std::size_t>(shared);
}

// The width of what can be cut: blocks with a known end, a range with limits of every day.
std::optional<std::pair<std::int64_t, std::int64_t>> limits_of(const Extent& extent) {
  constexpr std::int64_t k_far = INT64_MAX / 4;
  std::pair<std::int64_t, std::int64_t> limits;
  if (extent.kind == ExtentKind::kBlocks) {
    limits = {extent.begin_block, extent.end_block};
  } else if (extent.kind == ExtentKind::kRange && !extent.undated && extent.range.begin &&
             extent.range.end) {
    limits = {*extent.range.begin, *extent.range.end};
  } else {
    return std::nullopt;
  }
  if (limits.first < -k_far || limits.second > k_far) return std::nullopt;
  if (limits.second - limits.first < (1 << k_most_halvings)) return std::nullopt;
  return limits;
}

// Where the sorted chunks may be cut, from the middle outwards.
std::vector<std::size_t> places_of(const Chunks& chunks, bool between_periods) {
  const std::size_t size = chunks.size();
  std::vector<std::size_t> places;
  for (std::size_t place = 1; place < size; ++place) {
    if (!between_periods || chunks[place].spec.slice.period != chunks[place - 1].spec.slice.period)
      places.push_back(place);
  }
  const auto from_middle = [size](std::size_t place) {
    return std::max(2 * place, size) - std::min(2 * place, size);
  };
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return from_middle(a) < from_middle(b); });
  places.resize(std::min(places.size(), k_most_places));
  return places;
}

std::optional<std::pair<Task, Task>> cut_at(const Task& task, const Chunks& chunks,
                                            std::size_t place, bool reads_files) {
  const auto cut = chunks.begin() + static_cast<std::ptrdiff_t>(place);
  const Chunks first(chunks.begin(), cut);
  const Chunks second(cut, chunks.end());
  if (!reads_files && !are_apart(first, second)) return std::nullopt;
  Task a = part_of(task, first, second, reads_files);
  Task b = part_of(task, second, first, reads_files);
  const bool is_less = !reads_files || (a.extents.size() < task.extents.size() &&
                                        b.extents.size() < task.extents.size());
  if (!is_less || a.extents.empty() || b.extents.empty()) return std::nullopt;
  // Of a file that both read, the first one counts what has no place; then all of the second must
  // be such.
  const std::size_t in_both = reads_files ? files_shared(a, b) : 0;
  if (in_both > 0 && in_both < b.extents.size()) return std::nullopt;
  if (in_both > 0) b.counts_unplaced = false;
  return std::pair(std::move(a), std::move(b));
}

}  // namespace

std::optional<std::pair<Task, Task>> halves_of(const Task& task) {
  if (task.kind != TaskKind::kCopy || !task.chunks_are_complete || task.chunks.size() < 2 ||
      task.extents.empty() || belongs_together(task))
    return std::nullopt;
  const bool reads_files = task.extents.front().is_file();
  if (!reads_files && !task.plan.has_ranges()) return std::nullopt;
  Chunks chunks = task.chunks;
  std::sort(chunks.begin(), chunks.end(), is_before);
  // Between files first: what has no place in a file that both halves read is counted by one.
  for (const bool between_periods : {true, false}) {
    if (between_periods && !reads_files) continue;
    for (const std::size_t place : places_of(chunks, between_periods)) {
      if (auto halves = cut_at(task, chunks, place, reads_files)) return halves;
    }
  }
  return std::nullopt;
}

int most_halvings(const Task& task) {
  const bool has_any =
      std::any_of(task.extents.begin(), task.extents.end(),
                  [](const Extent& extent) { return limits_of(extent).has_value(); });
  const std::size_t most_extents = task.extents.size() << k_most_halvings;
  return has_any && most_extents <= k_most_extents_of_task ? k_most_halvings : 0;
}

std::vector<Extent> cut_extents(const std::vector<Extent>& extents, int halvings) {
  std::vector<Extent> out;
  for (const Extent& whole : extents) {
    const auto limits = halvings > 0 ? limits_of(whole) : std::nullopt;
    if (!limits) {
      out.push_back(whole);
      continue;
    }
    const bool by_blocks = whole.kind == ExtentKind::kBlocks;
    const std::int64_t parts = std::int64_t{1} << halvings;
    const std::int64_t width = (limits->second - limits->first) / parts;
    const auto limit = [&](std::int64_t part) {
      return part == parts ? limits->second : limits->first + width * part;
    };
    for (std::int64_t part = 0; part < parts; ++part) {
      Extent piece = whole;
      if (by_blocks) {
        piece.begin_block = limit(part);
        piece.end_block = limit(part + 1);
      } else {
        piece.range = {limit(part), limit(part + 1)};
      }
      out.push_back(std::move(piece));
    }
  }
  return out;
}

}  // namespace decant
