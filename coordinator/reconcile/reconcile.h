// The reconciler: source against target, chunk by chunk, added up to slices, entities and the run
// (promise 5). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/connector/chunk_totals.h"
#include "common/job/slice.h"

namespace decant {

// The level at which a run compared; the report says it.
enum class VerifyLevel { kLedger, kCounts, kDigests };
std::string_view to_string(VerifyLevel level);
Result<VerifyLevel> parse_verify_level(std::string_view text);

// What is known of one chunk when a run ends.
struct ChunkEvidence {
  ChunkSpec chunk;
  bool in_source = true;        // false: recorded earlier, not read by this run
  bool was_loaded = false;      // by an earlier run, as a whole
  std::int64_t tasks_left = 0;  // of those that feed it, not finished: it is loaded in part at most
  std::int64_t rows_read = 0;   // at the source
  std::int64_t rows_rejected = 0;
  std::int64_t rows_superseded = 0;
  ChunkTotals accepted;     // of what was read, as the target shall hold it
  ChunkTotals loaded;       // the ledger: accepted without what the target refused
  bool has_target = false;  // read back (kCounts: only the row count of `target` is set)
  ChunkTotals target;
  bool skipped = false;
  bool is_whole() const { return in_source && tasks_left <= 0; }
};

enum class DifferenceKind {
  kRowsUnaccounted,
  kLedgerDiffers,
  kCountDiffers,
  kSumDiffers,
  kDigestDiffers,
  kForeignRows,
  kKeyRefused,  // rows share a key, or lack one: the table has no key
  kCheckFailed
};

struct Difference {
  DifferenceKind kind;
  SliceId slice;
  ChunkName chunk;   // empty: the slice as a whole, or rows of no chunk
  std::string text;  // a sentence with both numbers
};

struct SliceResult {
  SliceId slice;
  std::int64_t chunks = 0, skipped_chunks = 0;
  // Of the chunks, those that this run did not get to: never loaded as a whole, or loaded before
  // and not compared. Nothing is known to differ in them.
  std::int64_t not_loaded_chunks = 0, not_compared_chunks = 0;
  std::int64_t read_back_chunks = 0;
  std::int64_t rows_read = 0, rows_rejected = 0, rows_superseded = 0, rows_loaded = 0;
  std::int64_t rows_target = 0;
  ChunkTotals source;
  ChunkTotals target;
  bool equal = true;
};

struct EntityResult {
  std::string entity;
  std::vector<std::string> sum_names;
  std::vector<SliceResult> slices;  // by name
  SliceResult total;
  std::int64_t foreign_rows = 0;  // in the target's table, in the range, of no chunk
  // Modes upsert and insert: rows of the table in the range that no chunk claims.
  std::int64_t target_only_rows = 0;
};

struct Reconciliation {
  VerifyLevel level = VerifyLevel::kDigests;
  std::vector<EntityResult> entities;
  std::vector<Difference> differences;
  bool equal() const { return differences.empty(); }
};

// Whether a chunk that was read back is not what was loaded, as far as the level can tell.
bool target_differs(const ChunkEvidence& chunk, VerifyLevel level);

// Rows of one store that a census counted, and did not estimate, of those that the run covers.
struct CountedRows {
  std::string store;
  std::int64_t rows = 0;
  // What was counted is what was read: one snapshot, or files that are as they were.
  bool is_fixed = false;
  // The store's chunks hold none but these rows: the run is not over certain days, of which it
  // takes chunks whole.
  bool is_all = false;
};

struct ReconcileInput {
  std::string entity;
  std::vector<std::string> sum_names;
  std::vector<ChunkEvidence> evidence;
  VerifyLevel level = VerifyLevel::kDigests;
  // Rows that the read-back met in the run's range and that no chunk holds: a difference.
  std::int64_t foreign_rows = 0;
  // Modes upsert and insert: rows in the run's range whose keys no chunk claims: no difference.
  std::int64_t target_only_rows = 0;
  // Digests of what was loaded leave columns out (keep_on_update), those of what was read do not.
  bool loaded_is_partial = false;
  std::vector<CountedRows> counted;
  std::string first_foreign;  // one of foreign_rows, for people; may be empty
};

// Checks rows read = loaded + rejected + superseded for each chunk, source against ledger, and
// ledger against read-back at the level; and, where all chunks were read, that each store gave the
// rows that were counted: chunks cannot tell of rows that lie in none of them.
EntityResult reconcile_entity(const ReconcileInput& input, std::vector<Difference>& differences);

}  // namespace decant
