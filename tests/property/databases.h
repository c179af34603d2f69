// A table in a database, put there by the engine itself: texts first, then its own casts.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "tests/property/model.h"

namespace decant::property {

struct Database {
  Holder engine = k_duckdb;
  std::string connection;
  std::string folder;  // for files on the way into DuckDB
};

enum class Form {
  kValues,   // every column has its type
  kSource,   // columns that are is_text_in_database hold what a file would say
  kParquet,  // the same, on its way into a file: DuckDB writes no TIMESTAMP_S with infinity
};

// CREATE TABLE `name` (id, …) with the rows; those that `table.refused` names are left out where
// `only_accepted`. The session's zone is UTC.
Status put_table(const Database& database, const Table& table, const std::string& name, Form form,
                 bool only_accepted);

// In one session.
using Statements = std::vector<std::string>;
Status change(const Database& database, const Statements& statements);

}  // namespace decant::property
