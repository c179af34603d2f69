// How the texts of a column are read: one answer for the census, which names stores and days, and
// for the copy.
#pragma once

#include <string>

#include "common/job/entity_plan.h"
#include "common/job/job_spec.h"
#include "common/value/convert.h"

namespace decant {

// What the job says of a column, without its types, which hang on the source and the table.
ColumnPlan declared_column(const ColumnSpec& spec);

// `time_zone` is that of local times. A constant is the job's own text, and the entity's files have
// no say in it.
ConvertOptions convert_options(const EntitySpec& entity, const ColumnPlan& column,
                               const std::string& time_zone);

// A column of one row, which is `text` as a value of a constant's type; its bytes are in `arena`.
// kUsage where it is none.
Result<Column> constant_column(const EntitySpec& entity, const ColumnPlan& column,
                               const std::string& text, const std::string& time_zone, Arena& arena);

}  // namespace decant
