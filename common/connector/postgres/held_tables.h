// The tables and views that a session reads, as numbers (OIDs) with the files that their rows lie
// in: a snapshot holds rows, and neither names nor files.
#pragma once

#include <map>
#include <set>
#include <string>

#include "common/base/result.h"
#include "common/connector/postgres/connection.h"

namespace decant::postgres {

// The tables and views that the open transaction has met so far, of each of which it keeps a lock:
// their numbers, and the files that their rows lie in (0: none of its own). Those of the catalog
// are left out.
Result<std::map<std::string, std::string>> held_tables(Connection& connection);

// The same with the partitions and inheriting tables below them, which are locked once a read is
// planned.
Result<std::map<std::string, std::string>> with_children(Connection& connection,
                                                         std::map<std::string, std::string> tables);

// Those of `tables`, of the partitions below them and of what else the transaction has met that were
// made, emptied or written anew (CREATE, TRUNCATE, a rewriting ALTER TABLE), attached or detached
// since its snapshot was taken, by name: "s3, s4". It would see no rows in them, also not those that
// were there all the time. To be asked once the read was planned, and holds its locks.
Result<std::string> written_since_snapshot(Connection& connection,
                                           const std::map<std::string, std::string>& tables);

// Those of `tables`, and of the partitions below them, whose rows lie on another server or in a
// file: "the foreign table hub.sales".
Result<std::string> foreign_tables(Connection& connection, const std::set<std::string>& tables);

}  // namespace decant::postgres
