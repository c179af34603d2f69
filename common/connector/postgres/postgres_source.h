// PostgreSQL as a source: one read-only session under one snapshot (REPEATABLE READ), read by
// binary COPY.
#pragma once

#include <memory>

#include "common/base/result.h"
#include "common/connector/source.h"

namespace decant {

// Opens the session and its snapshot: the first of request.snapshots that still lives, else a new
// one. The snapshot is held until the Source is destroyed, so whoever reads a table back that is
// still being written opens a new Source. kUsage, kUnreachable, kPermission, kNotFound (no such
// database) …
Result<std::unique_ptr<Source>> open_postgres_source(const SourceRequest& request);

}  // namespace decant
