// LoadPlan: how the rows of one task enter the target's table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/job/entity_plan.h"
#include "common/job/slice.h"

namespace decant {

class SqlSession;

// How a task's rows enter the table (DESIGN 5, Loading).
enum class LoadMethod : std::uint8_t {
  kAppend = 1,        // no batch for the range and nothing in it: plain COPY
  kReplaceByKey = 2,  // keyed, with rows: only differences are applied
  kReplaceRange = 3,  // no key, with rows: delete the chunk's range and COPY
  kUpsert = 4,
  kInsert = 5,  // a key that is there is a reject
};

// The rule of a row that another one with the same key supersedes (latest_by): no reject, accounted
// for apart.
inline constexpr std::string_view k_superseded = "superseded";

struct LoadPlan {
  EntityPlan entity;
  LoadMethod method = LoadMethod::kAppend;
  std::vector<ChunkSpec> chunks;  // the task's; rows are routed to positions in here
  std::string job;                // the keys of its chunks are kept under its name
  std::string ledger_schema;      // undo and key tables live there
  std::string run_id;             // of the pre-images
  std::int64_t task_id = 0;
  // Positions of chunks that may have what they had, of which the target refused rows then.
  // kReplaceRange leaves their rows where they are, if all of them are staged again, and inserts
  // the others.
  std::vector<int> tried_again;
  // kUpsert: positions of chunks that were loaded under another mapping.
  std::vector<int> remapped = {};
  // kReplaceByKey: a row whose key stands in the table outside of the task's chunks is a reject.
  // False: then nothing is loaded, and the outcome says where such keys stand.
  bool rejects_moved_keys = false;
  // kReplaceByKey: a row that goes is deleted though rows of other tables would go with it or
  // change (ON DELETE CASCADE, SET NULL). False: it stays (held_rows.h), since another task of the
  // run may have it, in a chunk that it moved to.
  bool lets_go = false;
  // A row that refers to one that is not there is no reject: the run has rows of an earlier entity
  // that are not written yet (held_rows.h), and loads the chunk again after these.
  bool awaits_parents = false;
  std::string stage_folder;  // DuckDB: where stage files go
  std::string application_name;
  // What the transaction that loads begins with (PostgreSQL); an error ends it. Empty: nothing.
  std::function<Status(SqlSession& transaction)> begins_with;
};

// Where a row stands whose key a task would insert again: a key that has moved, or is there twice.
struct KeyPlace {
  std::int32_t chunk = 0;             // position of the chunk that wants the key in the task
  std::string store;                  // as chunks name it; empty: the table has no store column
  std::optional<std::int64_t> value;  // of the range column; absent: none, or undated

  friend auto operator<=>(const KeyPlace&, const KeyPlace&) = default;
};

struct ChunkCounts {
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
};

}  // namespace decant
