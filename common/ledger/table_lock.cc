#include "common/ledger/table_lock.h"

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "common/digest/digest.h"
#include "common/ledger/ledger_sql.h"
#include "common/ledger/table_family.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::int64_t k_pause_ms = 50;
// A run that has just ended closes its session.
constexpr std::int64_t k_closing_ms = 500;
// A session says by its application_name, which pg_stat_activity shows, for which run it is. Those
// of tasks are called otherwise.
constexpr std::string_view k_leads = "decant leads ";
constexpr std::string_view k_works = "decant runs ";

// Whoever judges an error tells by it that no statement was slow.
constexpr std::string_view k_lock_not_available = "55P03";

constexpr std::string_view k_holders = R"sql(
SELECT a.pid, coalesce(a.application_name, '') FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = CAST($1 AS BIGINT))sql";

// Only the ledger lets a run overtake another: it gave the name that the lock is of to the one, and
// took from the other one some of the names that it led. A leader that still has all of its own is
// living, whatever else the two have in common.
constexpr std::string_view k_overtaken = R"sql(
SELECT EXISTS (SELECT 1 FROM {schema}.runs WHERE run_id = $1)
   AND EXISTS (SELECT 1 FROM {schema}.leader WHERE table_name = $2 AND run_id = $3)
   AND NOT EXISTS (SELECT 1 FROM {schema}.leader WHERE run_id = $1
                   GROUP BY epoch HAVING count(*) >= max(table_count)))sql";

struct Holder {
  std::string pid;
  std::string name;
  std::string run() const {
    for (const std::string_view prefix : {k_leads, k_works}) {
      if (name.rfind(prefix, 0) == 0) return name.substr(prefix.size());
    }
    if (name.rfind(k_sessions_of_tasks, 0) != 0) return {};
    return name.substr(k_sessions_of_tasks.size(),
                       name.find('/', k_sessions_of_tasks.size()) - k_sessions_of_tasks.size());
  }
};

// The numbers of a table's two locks.
struct TableLocks {
  std::string table;
  SqlValue lead;
  SqlValue work;
};

SqlValue lock_number(const std::string& text) {
  const std::string hex = sha256_hex(text).substr(0, 16);
  return number(static_cast<std::int64_t>(std::stoull(hex, nullptr, 16)));
}

// A table is locked with all that show its rows. In order of name, so that of two who want the same
// locks one gets them.
Result<std::vector<TableLocks>> locks_of(SqlSession& session, const TableNames& tables) {
  DECANT_TRY_ASSIGN(const TableNames names, with_ancestors(session, tables));
  std::vector<TableLocks> all;
  for (const std::string& name : names) {
    all.push_back({name, lock_number("decant table " + name), lock_number("decant work " + name)});
  }
  return all;
}

Result<std::vector<Holder>> holders_of(SqlSession& session, const SqlValue& lock) {
  // A transaction keeps the sessions that it saw first, and a leader's may be a new one.
  DECANT_TRY(session.query("SELECT pg_stat_clear_snapshot()"));
  DECANT_TRY_ASSIGN(const auto rows, session.query(k_holders, std::span(&lock, 1)));
  std::vector<Holder> holders;
  for (const SqlRow& row : rows) holders.push_back({row[0].value_or(""), row[1].value_or("")});
  return holders;
}

Result<bool> knows_run(SqlSession& session, const std::string& schema, const Holder& holder) {
  const SqlValue run = holder.run();
  if (run->empty()) return false;
  DECANT_TRY_ASSIGN(const auto rows,
                    session.query(fill(Dialect::kPostgres, schema,
                                       "SELECT 1 FROM {schema}.runs WHERE run_id = $1"),
                                  std::span(&run, 1)));
  return !rows.empty();
}

Result<bool> is_overtaken(SqlSession& session, const std::string& schema, const Holder& holder,
                          const TableLocks& locks, const RunId& by) {
  const SqlValue values[] = {holder.run(), locks.table, by.value};
  DECANT_TRY_ASSIGN(const auto rows,
                    session.query(fill(Dialect::kPostgres, schema, k_overtaken), values));
  return RowReader(rows[0]).truth();
}

// Who keeps a lock for a run that this ledger knows, or for one that it does not.
Result<std::optional<Holder>> find_holder(SqlSession& session, const std::string& schema,
                                          const SqlValue& lock, bool known) {
  DECANT_TRY_ASSIGN(const auto holders, holders_of(session, lock));
  for (const Holder& holder : holders) {
    DECANT_TRY_ASSIGN(const bool is_known, knows_run(session, schema, holder));
    if (is_known == known) return std::optional(holder);
  }
  return std::optional<Holder>();
}

std::string shown(const std::optional<Holder>& holder) {
  if (!holder) return "another session";
  return (holder->run().empty() ? "another session" : "run " + holder->run()) + " (backend " +
         holder->pid + ")";
}

Status call_itself(SqlSession& session, std::string_view prefix, const RunId& run) {
  const SqlValue name = std::string(prefix) + run.value;
  DECANT_TRY(
      session.query("SELECT set_config('application_name', $1, false)", std::span(&name, 1)));
  return {};
}

struct Attempt {
  bool leads = false;
  std::optional<Holder> other;  // who is in the way
};

// Those who work on the table are looked for before, so that the lock is not taken from a leader of
// theirs who is about to open its session again, and after, since the lock alone keeps out others.
Result<Attempt> try_to_lead(SqlSession& session, const std::string& schema,
                            const TableLocks& locks) {
  DECANT_TRY_ASSIGN(auto stranger, find_holder(session, schema, locks.work, false));
  if (stranger) return Attempt{false, std::move(stranger)};
  DECANT_TRY_ASSIGN(
      const auto rows,
      session.query("SELECT pg_try_advisory_lock(CAST($1 AS BIGINT))", std::span(&locks.lead, 1)));
  if (!RowReader(rows[0]).truth()) {
    DECANT_TRY_ASSIGN(auto holders, holders_of(session, locks.lead));
    if (holders.empty()) return Attempt{};
    return Attempt{false, std::move(holders.front())};
  }
  DECANT_TRY_ASSIGN(stranger, find_holder(session, schema, locks.work, false));
  if (!stranger) return Attempt{true, {}};
  DECANT_TRY(
      session.query("SELECT pg_advisory_unlock(CAST($1 AS BIGINT))", std::span(&locks.lead, 1)));
  return Attempt{false, std::move(stranger)};
}

Status lock_table(SqlSession& session, const std::string& schema, const TableLocks& locks,
                  const RunId& run, std::int64_t patience_ms, Leading leading) {
  bool may_end_it = true;
  // By pauses, and not by the clock: on a busy machine it is asked as often.
  for (std::int64_t waited_ms = 0;; waited_ms += k_pause_ms) {
    DECANT_TRY_ASSIGN(const Attempt attempt, try_to_lead(session, schema, locks));
    if (attempt.leads) return {};
    bool overtaken = false;
    if (attempt.other && leading == Leading::kGoesOn) {
      overtaken = attempt.other->run() == run.value;
    } else if (attempt.other) {
      DECANT_TRY_ASSIGN(overtaken, is_overtaken(session, schema, *attempt.other, locks, run));
    }
    if (waited_ms >= (overtaken ? patience_ms : k_closing_ms)) {
      const bool is_stuck = overtaken && !may_end_it;
      return fail(
          ErrorCode::kBusy,
          "Table " + locks.table + " is in the hands of " + shown(attempt.other) +
              (is_stuck ? ", which leads no more and whose session this role may not end." : "."),
          is_stuck ? "Grant the role pg_signal_backend, or have that backend ended."
                   : "Wait until that run has ended; it may keep its ledger in another "
                     "ledger_schema.");
    }
    if (overtaken) {
      // Without the right to end it, it is waited for.
      const SqlValue pid = attempt.other->pid;
      may_end_it =
          session.query("SELECT pg_terminate_backend(CAST($1 AS INTEGER))", std::span(&pid, 1))
              .has_value();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(k_pause_ms));
  }
}

// Where the leader is gone, or leads the table of that name in another database.
Result<Error> no_leader(SqlSession& transaction, const TableLocks& locks) {
  DECANT_TRY_ASSIGN(const auto rows,
                    transaction.query("SELECT current_database(), "
                                      "coalesce(host(inet_server_addr()), 'a local socket')"));
  return Error{ErrorCode::kTimeout,
               "No session leads table " + locks.table + " any more in database " +
                   rows[0][0].value_or("") + " (" + rows[0][1].value_or("") + ").",
               "Nothing of the task was written. Where the run goes on, its worker loads another "
               "target than the coordinator leads: compare the variables of both (.env, PGHOST, "
               "PGOPTIONS).",
               std::string(k_lock_not_available),
               {}};
}

Status wait_for_leader(SqlSession& transaction, const std::string& schema, const TableLocks& locks,
                       std::int64_t patience_ms) {
  for (std::int64_t waited_ms = 0;; waited_ms += k_pause_ms) {
    DECANT_TRY_ASSIGN(const auto leader, find_holder(transaction, schema, locks.lead, true));
    if (leader) return {};
    if (waited_ms >= patience_ms) break;
    // In the server, so that it ends when the task is called off.
    DECANT_TRY(transaction.query("SELECT pg_sleep(" + std::to_string(k_pause_ms) + " / 1000.0)"));
  }
  DECANT_TRY_ASSIGN(const auto other, find_holder(transaction, schema, locks.lead, false));
  if (!other) {
    DECANT_TRY_ASSIGN(Error error, no_leader(transaction, locks));
    return fail(std::move(error));
  }
  return fail(Error{ErrorCode::kTimeout,
                    "Table " + locks.table + " is in the hands of " + shown(other) + ".",
                    "Nothing of the task was written.",
                    std::string(k_lock_not_available),
                    {}});
}

Status check_place(SqlSession& session, const TableLocks& locks, const RunId& run) {
  DECANT_TRY_ASSIGN(const auto holders, holders_of(session, locks.work));
  for (const Holder& holder : holders) {
    if (holder.name == std::string(k_works) + run.value) return {};
  }
  return fail(ErrorCode::kFenced,
              "The sessions with which run " + run.value + " kept table " + locks.table +
                  " are gone, and another run may have led it since.",
              "The same command goes on from what is loaded.");
}

}  // namespace

std::vector<std::string> sessions_of_leader(const RunId& run) {
  return {std::string(k_leads) + run.value, std::string(k_works) + run.value};
}

// With a slash at its end: task 1 is not task 12.
std::string session_of_task(const RunId& run, TaskId task) {
  return std::string(k_sessions_of_tasks) + run.value + "/" + std::to_string(task.value) + "/";
}

Status lock_tables(SqlSession& session, const std::string& ledger_schema,
                   const std::set<std::string>& tables, const RunId& run, std::int64_t patience_ms,
                   Leading leading) {
  if (session.dialect() != Dialect::kPostgres) return {};
  DECANT_TRY(call_itself(session, k_leads, run));
  DECANT_TRY_ASSIGN(const auto all, locks_of(session, tables));
  for (const TableLocks& locks : all) {
    DECANT_TRY(lock_table(session, ledger_schema, locks, run, patience_ms, leading));
    if (leading == Leading::kGoesOn) DECANT_TRY(check_place(session, locks, run));
  }
  return {};
}

Status keep_place(SqlSession& session, const std::string& ledger_schema,
                  const std::set<std::string>& tables, const RunId& run) {
  if (session.dialect() != Dialect::kPostgres) return {};
  DECANT_TRY(call_itself(session, k_works, run));
  DECANT_TRY_ASSIGN(const auto all, locks_of(session, tables));
  for (const TableLocks& locks : all) {
    DECANT_TRY(session.query("SELECT pg_advisory_lock_shared(CAST($1 AS BIGINT))",
                             std::span(&locks.work, 1)));
    DECANT_TRY_ASSIGN(const auto leader, find_holder(session, ledger_schema, locks.lead, true));
    if (leader) continue;
    return fail(ErrorCode::kFenced,
                "Run " + run.value + " no longer holds the lock of table " + locks.table + ".",
                "The same command goes on from what is loaded.");
  }
  return {};
}

Status join_work(SqlSession& transaction, const std::string& ledger_schema,
                 const std::string& table, std::int64_t patience_ms) {
  if (transaction.dialect() != Dialect::kPostgres) return {};
  DECANT_TRY_ASSIGN(const auto all, locks_of(transaction, {table}));
  for (const TableLocks& locks : all) {
    DECANT_TRY(transaction.query("SELECT pg_advisory_xact_lock_shared(CAST($1 AS BIGINT))",
                                 std::span(&locks.work, 1)));
    DECANT_TRY(wait_for_leader(transaction, ledger_schema, locks, patience_ms));
  }
  return {};
}

}  // namespace decant
