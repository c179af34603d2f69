// The tables that an entity's live batches are of. A job that names another table for the entity
// has rows in the old one that nothing would follow any more (DESIGN 9.10).
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/target.h"

namespace decant {

// By the names that the target gives them (Target::resolve_name). Requires a ledger in `schema`.
Result<std::vector<std::string>> loaded_tables(Target& target, const std::string& schema,
                                               const std::string& job, const std::string& entity);

}  // namespace decant
