// What a value of PostgreSQL is written as by its own type. A cast to text may be one that somebody
// made (CREATE CAST), and that of a bpchar drops the blanks at its end.
#pragma once

#include <string>

namespace decant {

inline std::string written_text(const std::string& value) {
  return "CASE WHEN num_nonnulls(" + value + ") = 1 THEN format('%s', " + value + ") END";
}

}  // namespace decant
