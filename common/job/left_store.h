// Stores that a job listed once and lists no more.
#pragma once

#include <string_view>

#include "common/job/job_spec.h"

namespace decant {

// Whether `store`, which the ledger knows, is one of them: nothing of it is planned, and nobody
// knows its zone. Where a column says the store, and where a job has none, nobody lists them.
bool is_left(const JobSpec& job, std::string_view store);

}  // namespace decant
