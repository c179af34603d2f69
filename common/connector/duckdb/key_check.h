// Whether the key of a table tells its rows apart, by query: DuckDB enforces no key that is built
// after the load (`enforce` apart).
#pragma once

#include "common/base/result.h"
#include "common/connector/duckdb/database.h"
#include "common/job/entity_plan.h"

namespace decant::duck {

// kDataRefused where a row has no value in the key, or two rows share one.
Status check_key(Connection& connection, const EntityPlan& plan);

}  // namespace decant::duck
