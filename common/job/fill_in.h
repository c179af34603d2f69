// What a worker fills into a job that came to it: the variables of its own machine, in the values
// of stores, in connections and in the paths of files.
//
// Each text is looked through once. What a variable or a store gives stands as it is, whatever it
// looks like: no `$$`, `{month}` or `*` in it has a meaning.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/secrets.h"
#include "common/job/job_spec.h"

namespace decant {

// The active stores of which a value could not be filled in, which keeps its text, each with what
// is wrong: kUsage for a variable that is not set. Of a store that is not active, which no one
// opens, nothing has to be there; what is tells its files from those of others.
using StoresNotFilledIn = std::map<std::string, Error, std::less<>>;
StoresNotFilledIn fill_in_stores(JobSpec& job, const Environment& environment);

// A `source`; `store` may be null.
Result<std::string> fill_in_connection(std::string_view source, const StoreSpec* store,
                                       const Environment& environment);

// `files` as a template of paths, its placeholders left as they are.
Result<std::string> fill_in_files(std::string_view files, const Environment& environment);

// The columns whose constants take a value of the store's, in the job's order.
std::vector<std::string> columns_with_store_values(const EntitySpec& entity);
// A digest of what these constants are in the rows of `store`, which is filled in: two workers may
// know other values of a variable. Empty where there are none.
std::string digest_of_store_values(const EntitySpec& entity, const StoreSpec& store);

}  // namespace decant
