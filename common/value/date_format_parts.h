// Which parts a date format needs and which it may not have.
#pragma once

#include <string>

#include "common/value/type.h"

namespace decant {

// What is wrong with a format of these directives (their letters in order, without %) for a date, a
// time of day or a timestamp: "leaves out the year". Empty where nothing is.
std::string date_format_fault(const std::string& directives, TypeKind to);

}  // namespace decant
