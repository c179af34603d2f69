// Rows that the target would not let go, since rows of other tables referred to them
// (common/connector/held_rows.h): what a run found of them, and which entity is worth another try.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/reconcile/reconcile.h"

namespace decant {

struct RowsHeld {
  std::int64_t gone = 0;            // rows in the table that are gone at the source
  std::int64_t changed_chunks = 0;  // chunks of which rows stay as they were
  bool any() const { return gone + changed_chunks > 0; }
};

// What a chunk that this run loaded holds beyond, or instead of, what its source has.
RowsHeld held_rows_of(const ChunkEvidence& chunk);

// Entities are numbered as they are loaded: later ones may refer to earlier ones. `changes` counts
// the rows that the run has written or deleted so far, in all entities.
class HeldRounds {
 public:
  explicit HeldRounds(std::size_t entities) : entities_(entities) {}

  // An entity was tried; `changes` is from before that.
  void tried(std::size_t entity, bool holds, std::int64_t changes);
  // The last entity that holds rows and was not tried since something changed.
  std::optional<std::size_t> next(std::int64_t changes) const;

 private:
  struct Entity {
    bool holds = false;
    std::int64_t changes = 0;
    int tries = 0;
  };
  std::vector<Entity> entities_;
};

}  // namespace decant
