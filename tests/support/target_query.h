// Questions to a target as an operator would ask them, past Decant's programs: PostgreSQL or a
// DuckDB file that nobody holds.
#pragma once

#include <string>

#include "common/base/result.h"

namespace decant::test {

// The rows as text: columns joined by '|', rows by a line end, NULL as "NULL". A failure is the
// text "error: …", so that an expectation shows it.
std::string ask(const std::string& connection, const std::string& sql);

// A statement for its effect.
Status change(const std::string& connection, const std::string& sql);

}  // namespace decant::test
