// The plan of a read: what it tells, and what planning alone is good for.
#pragma once

#include <string>

#include "common/connector/postgres/relation.h"

namespace decant::postgres {

// Plans the read of a relation that the transaction has described. Afterwards it holds all that the
// read goes through, down to the last partition. The result is what makes a query answer otherwise
// each time that it is asked under one snapshot, as each chunk asks anew: "row_number, LIMIT,
// random()"; empty: nothing that its plan shows, and always of a table.
Result<std::string> explain_read(Connection& connection, const Relation& relation,
                                 const ReadSpec& read);

}  // namespace decant::postgres
