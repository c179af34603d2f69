// Names of files that two stores of a job would claim.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/files/layout.h"

namespace decant {

// Whose files were found, and where the entity's paths start for that store and for others.
struct StoreFolder {
  const StoreSpec& store;
  const std::string& base;
  // Fails where nobody knows here.
  std::function<Result<std::string>(const StoreSpec&)> base_of;
};

// kUsage for a file of a store that by its name is another store's as well, active or not, in the
// same source: with {store}*.csv a file of the store t_10 is also one of t_1.
Status check_names_apart(const std::vector<FoundFile>& files, const JobSpec& job,
                         const EntitySpec& entity, const StoreFolder& found);

}  // namespace decant
