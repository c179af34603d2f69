#include "coordinator/plan/kept.h"

#include <algorithm>

namespace decant {
namespace {

// Of a chunk whose rows change at every load, by a trigger, each try would ask for another.
constexpr int k_most_tries = 16;

}  // namespace

RowsKept kept_rows_of(const ChunkEvidence& chunk) {
  RowsKept kept;
  if (!chunk.is_whole() || chunk.skipped) return kept;
  const std::int64_t of_source = chunk.rows_read - chunk.rows_rejected - chunk.rows_superseded;
  kept.beyond = std::max<std::int64_t>(0, chunk.loaded.digest.row_count - of_source);
  kept.changed = chunk.rows_superseded;
  return kept;
}

std::int64_t rows_refused_by_target(const ChunkEvidence& chunk) {
  if (!chunk.is_whole() || chunk.skipped) return 0;
  const std::int64_t refused_before = chunk.rows_read - chunk.accepted.digest.row_count;
  return std::max<std::int64_t>(0, chunk.rows_rejected - refused_before);
}

void KeptRounds::tried(std::size_t entity, bool keeps, bool refuses, std::int64_t changes) {
  Entity& known = entities_.at(entity);
  known.waits = keeps || (refuses && (known.has_kept || retries_refused_));
  known.has_kept = known.has_kept || keeps;
  known.changes = changes;
  ++known.tries;
}

std::optional<std::size_t> KeptRounds::next(std::int64_t changes) const {
  for (std::size_t i = entities_.size(); i-- > 0;) {
    const Entity& entity = entities_[i];
    if (entity.waits && entity.changes < changes && entity.tries < k_most_tries) return i;
  }
  return std::nullopt;
}

}  // namespace decant
