// Whether PostgreSQL can compare a table's key at all, by the operators that its session finds.
#pragma once

#include "common/base/result.h"
#include "common/connector/sql_session.h"
#include "common/job/job_spec.h"

namespace decant {

// kMismatch where the `=` of a key column's type lies in a schema that the session's search_path
// does not list, so that none or another one would be taken, and where there is none: a domain over
// an enum. The table is there and has the columns of the key.
Status check_key_equality(SqlSession& session, const WriteSpec& write);

}  // namespace decant
