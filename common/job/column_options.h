// How the texts of a column are read: one answer for the census, which names stores and days, and
// for the copy.
#pragma once

#include <functional>
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

// Of the listed columns that take a source column, the one by which a plan finds rows: the first
// that fits, rather one of the key; where none fits the first; null where none takes it.
const ColumnSpec* landing_column(const EntitySpec& entity, const std::string& source_column,
                                 const std::function<bool(const ColumnSpec&)>& fits);
// That in which the store comes, where a column says it.
const ColumnSpec* landing_of_store(const JobSpec& job, const EntitySpec& entity);

}  // namespace decant
