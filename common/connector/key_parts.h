// Looking for keys that rows of a table share, part by part: DuckDB groups in memory, with some of
// it on disk, and all keys of a large table may not fit. PostgreSQL takes them at once.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/base/result.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"

namespace decant {

// Those keys whose hash leaves `number` when it is divided by `of`.
struct KeyPart {
  std::int64_t number = 0;
  std::int64_t of = 1;
};

// SELECT of the key's columns and decant_rows, for keys of the part that several rows hold.
std::string select_doubled_keys(const EntityPlan& plan, const KeyPart& part);

// Calls `look` for parts that together are all keys of a table of so many rows, and again for the
// halves of one that does not fit (kNoSpace). The first other error ends it. Into how many parts
// the smallest of them cut the keys.
Result<std::int64_t> for_each_key_part(Dialect dialect, std::int64_t rows,
                                       const std::function<Status(const KeyPart&)>& look);

}  // namespace decant
