// The environment file that a person named, as opposed to the .env that may or may not be there.
#pragma once

#include <string>

#include "common/base/result.h"

namespace decant {

// kUsage for a file of --env-file that cannot be read: a mistyped name would load with the values
// of somewhere else. An empty path was not given and is no error.
Status check_env_file(const std::string& path);

}  // namespace decant
