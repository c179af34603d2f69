// Stores that a job listed once and lists no more.
#pragma once

#include <string_view>

#include "common/job/job_spec.h"

namespace decant {

// Whether `store`, which the ledger knows, is one of them: nothing of it is planned, and nobody
// knows its zone. Where a column says the store nobody lists them. A job that has stores by now has
// left the one that stood for none.
bool is_left(const JobSpec& job, std::string_view store);
// Whether what `store` holds of an entity is to be let go of: the job has no such entity, or has
// left the store. What was loaded without stores is not: the plan refuses a job that has them now.
bool is_left(const JobSpec& job, std::string_view entity, std::string_view store);

}  // namespace decant
