// What the target must hold, made by the target itself, and how it differs from what was loaded.
#pragma once

#include <string>

#include "tests/property/databases.h"

namespace decant::property {

// Empty where the tables hold the same rows: as many, of the same ids, each cell equal as a value
// and as text. Else the first differences, for a person.
std::string difference(const Database& target, const Table& table, const std::string& loaded,
                       const std::string& expected);

}  // namespace decant::property
