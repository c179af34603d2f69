// Stage files as a relation of SQL. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"

namespace decant::duck {

// Makes the table function behind stage_relation() known to the connection's database, for all its
// connections. Once for each database.
Status register_stage_scan(Connection& connection);

// The rows of these files, which must have the same columns, in any order. Read by as many threads
// as the database has; of the columns only those that a statement asks for.
std::string stage_relation(const std::vector<std::string>& paths);
std::string stage_relation(const std::string& path);

}  // namespace decant::duck
