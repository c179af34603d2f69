// Errors as people read them: a line for each reason, with the stores that have it.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"

namespace decant {

// In the order in which the reasons first came; the first few stores are named, the others counted.
std::vector<std::string> error_lines(const std::vector<Error>& errors);

}  // namespace decant
