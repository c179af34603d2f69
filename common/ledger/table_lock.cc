#include "common/ledger/table_lock.h"

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "common/digest/digest.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::int64_t k_pause_ms = 50;
// A run that has just ended closes its session.
constexpr std::int64_t k_closing_ms = 500;
// A session that leads says so by its application_name, which pg_stat_activity shows.
constexpr std::string_view k_leads = "decant leads ";

constexpr std::string_view k_holder = R"sql(
SELECT a.pid, coalesce(a.application_name, '') FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32) | l.objid::bigint = CAST($1 AS BIGINT))sql";

constexpr std::string_view k_root = R"sql(
SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid = coalesce(pg_partition_root(to_regclass($1)), to_regclass($1)))sql";

struct Holder {
  std::string pid;
  std::string name;
  std::string run() const {
    return name.rfind(k_leads, 0) == 0 ? name.substr(k_leads.size()) : std::string();
  }
};

std::int64_t lock_number(const std::string& table) {
  const std::string hex = sha256_hex("decant table " + table).substr(0, 16);
  return static_cast<std::int64_t>(std::stoull(hex, nullptr, 16));
}

Result<std::optional<Holder>> holder_of(SqlSession& session, const SqlValue& lock) {
  DECANT_TRY_ASSIGN(const auto rows, session.query(k_holder, std::span(&lock, 1)));
  if (rows.empty()) return std::optional<Holder>();
  return std::optional(Holder{rows[0][0].value_or(""), rows[0][1].value_or("")});
}

Result<bool> knows_run(SqlSession& session, const std::string& schema, const std::string& run) {
  const SqlValue value = run;
  DECANT_TRY_ASSIGN(const auto rows,
                    session.query(fill(Dialect::kPostgres, schema,
                                       "SELECT 1 FROM {schema}.runs WHERE run_id = $1"),
                                  std::span(&value, 1)));
  return !rows.empty();
}

tl::unexpected<Error> refuse(const std::string& table, const std::optional<Holder>& holder) {
  std::string who = "another session";
  if (holder) {
    who = holder->run().empty() ? "another session" : "run " + holder->run();
    who += " (backend " + holder->pid + ")";
  }
  return fail(ErrorCode::kBusy, "Table " + table + " is in the hands of " + who + ".",
              "Wait until that run has ended; it may keep its ledger in another ledger_schema.");
}

Status lock_table(SqlSession& session, const std::string& schema, const std::string& table,
                  std::int64_t patience_ms) {
  const SqlValue lock = number(lock_number(table));
  for (std::int64_t waited_ms = 0;; waited_ms += k_pause_ms) {
    DECANT_TRY_ASSIGN(
        const auto rows,
        session.query("SELECT pg_try_advisory_lock(CAST($1 AS BIGINT))", std::span(&lock, 1)));
    if (rows[0][0] == "t" || rows[0][0] == "true") return {};
    DECANT_TRY_ASSIGN(const auto holder, holder_of(session, lock));
    bool overtaken = false;
    if (holder && !holder->run().empty()) {
      DECANT_TRY_ASSIGN(overtaken, knows_run(session, schema, holder->run()));
    }
    if (waited_ms >= (overtaken ? patience_ms : k_closing_ms)) return refuse(table, holder);
    if (overtaken) {
      // Without the right to end it, it is waited for.
      const SqlValue pid = holder->pid;
      (void)session.query("SELECT pg_terminate_backend(CAST($1 AS INTEGER))", std::span(&pid, 1));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(k_pause_ms));
  }
}

}  // namespace

Status lock_tables(SqlSession& session, const std::string& ledger_schema,
                   const std::set<std::string>& tables, const RunId& run,
                   std::int64_t patience_ms) {
  if (session.dialect() != Dialect::kPostgres) return {};
  const SqlValue name = std::string(k_leads) + run.value;
  DECANT_TRY(
      session.query("SELECT set_config('application_name', $1, false)", std::span(&name, 1)));
  // A partition is locked as the table that it is part of.
  std::set<std::string> roots;
  for (const std::string& table : tables) {
    const SqlValue spelt = quote_table(table);
    DECANT_TRY_ASSIGN(const auto rows, session.query(k_root, std::span(&spelt, 1)));
    roots.insert(rows.empty() ? table : rows[0][0].value_or(table));
  }
  for (const std::string& table : roots) {
    DECANT_TRY(lock_table(session, ledger_schema, table, patience_ms));
  }
  return {};
}

}  // namespace decant
