// Rows that the target did not let go, since rows of other tables referred to them
// (common/connector/held_rows.h): what a run found of them, and which entity is worth another try.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/reconcile/reconcile.h"

namespace decant {

// Of a row that changed and stays as it was, the batch has the former values as loaded and counts
// the new ones as superseded: both beyond what was read and one that is not there. Where the row
// would have moved, the first is in the chunk that it stays in and the second in the one it is for.
struct RowsKept {
  std::int64_t beyond = 0;   // rows in the table that are not the source's
  std::int64_t changed = 0;  // of them in place of one that is

  std::int64_t gone() const { return beyond > changed ? beyond - changed : 0; }
  bool any() const { return beyond + changed > 0; }
  RowsKept& operator+=(const RowsKept& other) {
    beyond += other.beyond;
    changed += other.changed;
    return *this;
  }
};

// Of a chunk that this run loaded, in mode replace with a key.
RowsKept kept_rows_of(const ChunkEvidence& chunk);

// Rows of a chunk that the target itself refused: one that is kept may stand in their way.
std::int64_t rows_refused_by_target(const ChunkEvidence& chunk);

// Entities are numbered as they are loaded: later ones may refer to earlier ones. `changes` counts
// the rows that the run has written or deleted so far, in all entities.
class KeptRounds {
 public:
  // `retries_refused`: refused rows are worth another try by themselves, since what is written
  // takes out rows that others put there (--repair).
  explicit KeptRounds(std::size_t entities, bool retries_refused = false)
      : entities_(entities), retries_refused_(retries_refused) {}

  // An entity was tried; `changes` is from before that. `refuses`: the target refused rows of it,
  // which are worth another try once a row that it kept has gone.
  void tried(std::size_t entity, bool keeps, bool refuses, std::int64_t changes);
  // The last entity that is worth another try since something changed.
  std::optional<std::size_t> next(std::int64_t changes) const;

 private:
  struct Entity {
    bool has_kept = false;  // at some time in this run
    bool waits = false;
    std::int64_t changes = 0;
    int tries = 0;
  };
  std::vector<Entity> entities_;
  bool retries_refused_ = false;
};

}  // namespace decant
