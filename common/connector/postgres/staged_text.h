// Columns of a table that a load stages as text (or money as a number), and how that becomes the
// table's own value again. Pure.
#pragma once

#include <string>

#include "common/connector/postgres/relation.h"

namespace decant::postgres {

bool needs_cast(const RelationColumn& column);

// A statement that makes what whole_value() calls, in the session's own schema. It is IMMUTABLE, so
// that a column that a query does not ask for is not looked at, and has the value as parameter, so
// that it is not called when the query is planned.
extern const char* const k_refuse_cut;

// Whether whole_value() calls it.
bool may_cut(const RelationColumn& column);

// The staged value as one of the table's column, which refuses its row (22001) where that is
// another one: a cast alone cuts texts and rounds numbers to what the column has room for, without
// a word. That a text is only written otherwise is no matter here. Parts of composite types are not
// looked at.
std::string whole_value(const RelationColumn& column);

}  // namespace decant::postgres
