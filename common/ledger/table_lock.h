// The locks that keep runs of two ledgers from one table (FORMAT.md, Locks between ledgers). The
// ledger's schema is a choice of the job, so that two jobs may lead one table in two ledgers; the
// database's own locks are one for all of them. DuckDB needs none: one process holds the file.
//
// A table has two, and whoever locks it locks all tables that show its rows as well
// (table_family.h). Whoever leads it holds the first alone. The second is shared by all who work on
// it for a run: the coordinator's session as long as the run lasts, a task's transaction from its
// first row to its commit. Each takes its own lock before it looks at the other one, so that of a
// leader and a writer of another ledger one at least sees the other.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant {

// A run's leader takes the locks once, and again when the session that held them is gone.
enum class Leading { kBegins, kGoesOn };

// Sessions (application_name) of tasks are called so, and then by run, task and fence with slashes
// between.
inline constexpr std::string_view k_sessions_of_tasks = "decant/";

// The names of sessions of a run's coordinator, and what those of a task begin with, for
// Ledger::end_backends; its fence follows.
std::vector<std::string> sessions_of_leader(const RunId& run);
std::string session_of_task(const RunId& run, TaskId task);

// The leader's own session, once `run` leads `tables` (by their resolved names) in the ledger of
// `ledger_schema`. The locks live as long as the session; after an error it is to be closed. Where
// one is held by a run that the ledger let this one overtake, that run's session is ended, and
// waited for as long as `patience_ms` (kGoesOn: only a session of the run itself). kBusy, naming
// the holder, where another run leads a table or one of another ledger works on it: a leader that
// the ledger did not let be overtaken is never ended. kGoesOn: kFenced where the run's place
// (keep_place) is gone, since another run may have come and gone meanwhile.
Status lock_tables(SqlSession& session, const std::string& ledger_schema,
                   const std::set<std::string>& tables, const RunId& run, std::int64_t patience_ms,
                   Leading leading = Leading::kBegins);

// The coordinator's session, after its leader has the locks: until it ends no run of another ledger
// leads the tables, whatever becomes of the leader's session. kFenced: the locks are lost already.
Status keep_place(SqlSession& session, const std::string& ledger_schema,
                  const std::set<std::string>& tables, const RunId& run);

// What the transaction of a task begins with: until it ends no run of another ledger leads the
// table. Waits as long as `patience_ms` for a leader whose session is being opened again; then
// kTimeout: nobody leads the table for this ledger, and nothing may be written.
Status join_work(SqlSession& transaction, const std::string& ledger_schema,
                 const std::string& table, std::int64_t patience_ms);

}  // namespace decant
