// DuckDB's catalogues are asked for a table, a column or a view by what DuckDB itself takes for its
// name.
#pragma once

#include <string>

namespace decant {

// SQL for `expression`, a text, with A to Z in lower case. DuckDB does not look at their case in a
// name, but at that of every other letter: "AÑO" and "año" are two tables. Its lower() makes one of
// them.
std::string folded_name(const std::string& expression);

}  // namespace decant
