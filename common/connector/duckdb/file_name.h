// The one name of a database file. DuckDB looks for what is not in the file yet in NAME.wal, beside
// the name that it was given: by another name of the file, whatever a process that was killed had
// committed would be passed over without a word.
#pragma once

#include <string>

#include "common/base/result.h"

namespace decant {

// `path` without symbolic links; a file that is not there yet lies in its folder as it is really
// called. kNotFound for a link to nothing; kUnsupported for a file of several names (hard links),
// of which nobody knows the one that it was written under; kPermission.
Result<std::string> duckdb_file_name(const std::string& path);

}  // namespace decant
