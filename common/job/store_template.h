// Templates: texts of a job with {store}, {label} and the store's own values in them.
//
// `${NAME}` and `$$` belong to the environment, are resolved later on the machine that needs them,
// and pass through. Braces around anything but a name (`Driver={ODBC Driver 18 for SQL Server}`)
// pass through too.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/job/job_spec.h"

namespace decant {

// Placeholders of a file's path that name its slice and not its store: month, year, mm, day.
const std::vector<std::string>& file_placeholders();

// Names in braces, in order, each once.
std::vector<std::string> placeholders_of(std::string_view text);

// Fills in a store's values; the placeholders in `keep` stay as they are. kUsage for any other
// (with the nearest name).
Result<std::string> expand_template(std::string_view text, const StoreSpec& store,
                                    const std::vector<std::string>& keep);

// Replaces what stands around the placeholders by what `around` makes of it, and the placeholders
// by the store's values, in which nothing is looked for.
Result<std::string> expand_around(
    std::string_view text, const StoreSpec& store, const std::vector<std::string>& keep,
    const std::function<Result<std::string>(std::string_view)>& around);

}  // namespace decant
