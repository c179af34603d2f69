// DuckDB's errors as ours: the kind by type and text, the message without values of rows.
#pragma once

#include <duckdb.h>

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace decant::duck {

// Begins what our own functions in a statement say of memory that they did not get.
inline constexpr std::string_view k_no_memory = "There is no memory";

// An error of a statement. `what` says what was being done, as the beginning of a sentence; it may
// be empty.
Error statement_error(duckdb_error_type type, std::string_view message, std::string_view what);

// An error of opening `path`: another holder (kBusy, with its process), no such folder, no
// permission, not a database.
Error open_error(std::string_view message, const std::string& path);

}  // namespace decant::duck
