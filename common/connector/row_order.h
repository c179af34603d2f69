// The order of rows by what they hold, for both dialects: by their columns in the plan's order,
// numbers by value, text by its bytes, NULL last. Pure: text in, text out.
#pragma once

#include <string>
#include <string_view>

#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"

namespace decant {

// As it stands behind ORDER BY; the rows are those of the alias (with its dot).
std::string order_by_columns(Dialect dialect, const EntityPlan& plan, std::string_view alias);

// Whether row `a` comes before row `b` in that order (aliases with their dots).
std::string comes_before(Dialect dialect, const EntityPlan& plan, std::string_view a,
                         std::string_view b);

}  // namespace decant
