// Tables that share rows: in PostgreSQL a table shows the rows of its partitions, and of those that
// INHERIT from it. Whoever writes one of them is in the way of whoever writes the other, so that
// both are led by the names that they have in common (FORMAT.md, leader).
#pragma once

#include <set>
#include <string>

#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant {

using TableNames = std::set<std::string>;

// The resolved names of `tables` and of all tables that show their rows, up to the topmost. A table
// that is not there yet stands for itself alone, and so does every one in DuckDB.
Result<TableNames> with_ancestors(SqlSession& session, const TableNames& tables);

// What the ledger of `ledger_schema` is asked for by a run that writes `tables` (their resolved
// names): them, their ancestors, and those of their descendants that it has a leader's row of. By
// the ancestors it finds a run of part of a table while one of the whole goes on, and the other way
// round. By the descendants, which may have a row under their own name alone (earlier versions
// wrote no other), it fences off what a run of theirs that died has left in hand. The ledger is
// prepared.
Result<TableNames> names_to_lead(SqlSession& session, const std::string& ledger_schema,
                                 const TableNames& tables);

}  // namespace decant
