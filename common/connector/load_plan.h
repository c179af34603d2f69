// LoadPlan: how the rows of one task enter the target's table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/job/entity_plan.h"
#include "common/job/slice.h"

namespace decant {

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
  std::string stage_folder;  // DuckDB: where stage files go
  std::string application_name;
};

struct ChunkCounts {
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t deleted = 0;
};

}  // namespace decant
