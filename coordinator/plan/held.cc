#include "coordinator/plan/held.h"

namespace decant {
namespace {

// Of a chunk whose rows change at every load, by a trigger, each try would ask for another.
constexpr int k_most_tries = 16;

}  // namespace

RowsHeld held_rows_of(const ChunkEvidence& chunk) {
  RowsHeld held;
  if (!chunk.is_whole() || chunk.skipped) return held;
  const std::int64_t loaded = chunk.loaded.digest.row_count;
  held.gone = loaded - (chunk.rows_read - chunk.rows_rejected - chunk.rows_superseded);
  if (held.gone < 0) held.gone = 0;
  // Rows that are not changed are held only where the target refused no others.
  const bool is_other = held.gone == 0 && loaded == chunk.accepted.digest.row_count &&
                        !(chunk.loaded.digest == chunk.accepted.digest);
  if (is_other) held.changed_chunks = 1;
  return held;
}

void HeldRounds::tried(std::size_t entity, bool holds, std::int64_t changes) {
  Entity& known = entities_.at(entity);
  known.holds = holds;
  known.changes = changes;
  ++known.tries;
}

std::optional<std::size_t> HeldRounds::next(std::int64_t changes) const {
  for (std::size_t i = entities_.size(); i-- > 0;) {
    const Entity& entity = entities_[i];
    if (entity.holds && entity.changes < changes && entity.tries < k_most_tries) return i;
  }
  return std::nullopt;
}

}  // namespace decant
