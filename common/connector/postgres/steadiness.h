// Whether a query answers the same each time it is asked under one snapshot: each chunk asks anew.
#pragma once

#include <string>

#include "common/connector/postgres/relation.h"

namespace decant::postgres {

// What makes it answer otherwise, as far as its plan shows: "row_number, LIMIT, random". Empty:
// nothing; of a table there is never anything. The transaction must have described the relation.
Result<std::string> unsteady_parts(Connection& connection, const Relation& relation,
                                   const ReadSpec& read);

}  // namespace decant::postgres
