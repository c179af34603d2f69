// The lock that a run keeps on its target tables beside the ledger's leadership (FORMAT.md,
// leader). The ledger's schema is a choice of the job, so that two jobs may lead one table in two
// ledgers; the database's own lock is one for all of them.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant {

// Called once `run` leads `tables` (by their resolved names) in the ledger of `ledger_schema`. The
// locks live as long as the session. One that is held by a run that this ledger knows was overtaken
// in it: its session is ended, and waited for as long as `patience_ms`. kBusy, naming the holder,
// where a run of another ledger keeps a lock. DuckDB needs none: one process holds the file.
Status lock_tables(SqlSession& session, const std::string& ledger_schema,
                   const std::set<std::string>& tables, const RunId& run, std::int64_t patience_ms);

}  // namespace decant
