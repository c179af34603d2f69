// What a value of PostgreSQL is written as by its own type. A cast to text may be one that somebody
// made (CREATE CAST), and that of a bpchar drops the blanks at its end. The functions have their
// schema, since somebody's own one for the type would be the better match.
#pragma once

#include <string>

namespace decant {

inline std::string written_text(const std::string& value) {
  return "CASE WHEN pg_catalog.num_nonnulls(" + value + ") = 1 THEN pg_catalog.format('%s', " +
         value + ") END";
}

}  // namespace decant
