// Names of files that two stores of a job would claim.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/files/layout.h"

namespace decant {

// kUsage for a file of `store` that by its name is another store's as well, active or not, in the
// same source: with {store}*.csv a file of the store t_10 is also one of t_1. `base` is where the
// entity's paths start.
Status check_names_apart(const std::vector<FoundFile>& files, const JobSpec& job,
                         const EntitySpec& entity, const StoreSpec& store, const std::string& base);

}  // namespace decant
