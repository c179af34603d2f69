// Leadership of target tables: who may hand out work on them, on the database's clock alone.
#include <algorithm>
#include <set>

#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"
#include "common/ledger/table_lock.h"

namespace decant {

using namespace ledger_internal;

namespace {

constexpr std::string_view k_insert_leaders = R"sql(
INSERT INTO {schema}.leader (table_name, epoch, run_id, job, holder, table_count, taken_at, lease_until)
SELECT r.table_name, 0, '', '', '', 0, {now}, CAST('1970-01-01 00:00:00+00' AS TIMESTAMPTZ)
FROM {rows} AS r(table_name)
WHERE NOT EXISTS (SELECT 1 FROM {schema}.leader AS l WHERE l.table_name = r.table_name)
ORDER BY r.table_name)sql";

constexpr std::string_view k_lock_leaders = R"sql(
SELECT table_name, epoch, run_id, job, holder, {iso}(taken_at AT TIME ZONE 'UTC', {iso_format}),
       {iso}(lease_until AT TIME ZONE 'UTC', {iso_format}), lease_until > {now}
FROM {schema}.leader WHERE table_name IN )sql";

constexpr std::string_view k_take_leaders = R"sql(
UPDATE {schema}.leader
SET epoch = CAST($1 AS BIGINT), run_id = $2, job = $3, holder = $4, table_count = CAST($5 AS INTEGER), taken_at = {now},
    lease_until = {now} + CAST($6 AS BIGINT) * INTERVAL '1 millisecond'
WHERE table_name IN )sql";

// Under a lock that a leader's writes do not wait for, nor keep waiting: they may last, as one does
// that takes back a task in the moment of its commit.
constexpr std::string_view k_renew_leaders = R"sql(
UPDATE {schema}.leader SET lease_until = {now} + CAST($3 AS BIGINT) * INTERVAL '1 millisecond'
WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT) AND table_name IN (
  SELECT table_name FROM {schema}.leader WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT)
  ORDER BY table_name {for_renewal})
RETURNING table_count)sql";

// But for those that may be adopted by a run with the same work.
constexpr std::string_view k_fence_off_earlier_runs = R"sql(
UPDATE {schema}.tasks SET fence = fence + 1, state = 'abandoned' WHERE )sql";
constexpr std::string_view k_of_earlier_runs = R"sql(
run_id <> $1 AND state IN ('planned', 'assigned')
  AND NOT ($2 <> '' AND state = 'assigned' AND coalesce(adoptable, FALSE)
           AND run_id IN (SELECT run_id FROM {schema}.runs WHERE work = $2))
  AND table_name IN )sql";
constexpr std::string_view k_tasks = "SELECT run_id, task_id FROM {schema}.tasks WHERE ";

constexpr std::string_view k_open_tasks = R"sql(
SELECT run_id, task_id, fence, table_name, worker FROM {schema}.tasks
WHERE run_id <> $1 AND state = 'assigned' AND table_name IN )sql";

constexpr std::string_view k_fence_off_mine = R"sql(
UPDATE {schema}.tasks SET fence = fence + 1, state = 'abandoned'
WHERE state IN ('planned', 'assigned') AND table_name IN (
  SELECT table_name FROM {schema}.leader WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT) ORDER BY table_name {for_share}))sql";

constexpr std::string_view k_release = R"sql(
UPDATE {schema}.leader SET lease_until = {now}
WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT) AND table_name IN (
  SELECT table_name FROM {schema}.leader WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT)
  ORDER BY table_name {for_renewal}))sql";

constexpr std::string_view k_interrupt_run = R"sql(
UPDATE {schema}.runs SET state = 'interrupted', ended_at = {now}
WHERE run_id = $1 AND state = 'running' AND NOT EXISTS (SELECT 1 FROM {schema}.leader WHERE run_id = $1))sql";

// Or of two that waited for each other this one had to give way.
bool is_lock_timeout(const Error& error) {
  return error.sqlstate == "55P03" || error.sqlstate == "40P01";
}

std::vector<SqlValue> values_of(const std::vector<SqlValue>& first,
                                const std::set<std::string>& tables) {
  std::vector<SqlValue> values = first;
  values.insert(values.end(), tables.begin(), tables.end());
  return values;
}

Result<std::vector<LeaderRecord>> lock_leaders(SqlSession& sql, const std::string& schema,
                                               const std::set<std::string>& tables) {
  const std::string text = std::string(k_lock_leaders) + parameter_list(1, tables.size()) +
                           " ORDER BY table_name {for_update}";
  DECANT_TRY_ASSIGN(const auto rows,
                    sql.query(fill(sql.dialect(), schema, text), values_of({}, tables)));
  std::vector<LeaderRecord> leaders;
  for (const auto& row : rows) {
    RowReader read(row);
    LeaderRecord leader;
    leader.table = read.text();
    leader.epoch = Epoch(read.integer());
    leader.run = RunId(read.text());
    leader.job = read.text();
    leader.holder = read.text();
    leader.taken_at = read.text();
    leader.lease_until = read.text();
    leader.leads = read.truth();
    leaders.push_back(std::move(leader));
  }
  return leaders;
}

bool lives(const LeaderRecord& leader, const Ledger::IsDead& is_dead) {
  return leader.leads && !(is_dead && is_dead(leader.holder));
}

tl::unexpected<Error> refuse_busy(const LeaderRecord& leader) {
  return fail(
      ErrorCode::kBusy,
      "Table " + leader.table + " is in the hands of run " + leader.run.value + " of job " +
          leader.job + " (" + leader.holder + ") since " + leader.taken_at +
          "; its lease runs until " + leader.lease_until + ".",
      "Wait until that run has ended; if its coordinator has died, the lease ends by itself.");
}

Result<std::vector<RunId>> continued_runs(SqlSession& sql, const std::string& schema,
                                          const RunRecord& run,
                                          const std::vector<LeaderRecord>& before,
                                          const std::vector<OpenTask>& open) {
  std::set<std::string> runs;
  for (const OpenTask& task : open) runs.insert(task.run.value);
  if (run.work.empty()) return std::vector<RunId>{};
  DECANT_TRY_ASSIGN(
      const auto rows,
      sql.query(fill(sql.dialect(), schema,
                     "SELECT run_id FROM {schema}.runs WHERE work = $1 AND state = 'running'"),
                std::vector<SqlValue>{run.work}));
  for (const auto& row : rows) {
    const std::string running = RowReader(row).text();
    for (const LeaderRecord& leader : before) {
      if (leader.run.value == running && running != run.run.value) runs.insert(running);
    }
  }
  return std::vector<RunId>(runs.begin(), runs.end());
}

Result<TaskId> last_task_of(SqlSession& sql, const std::string& schema,
                            const std::vector<RunId>& runs) {
  std::int64_t last = 0;
  for (const RunId& run : runs) {
    DECANT_TRY_ASSIGN(
        const auto rows,
        sql.query(fill(sql.dialect(), schema,
                       "SELECT coalesce(max(task_id), 0) FROM {schema}.tasks WHERE run_id = $1"),
                  std::vector<SqlValue>{run.value}));
    if (!rows.empty()) last = std::max(last, RowReader(rows[0]).integer());
  }
  return TaskId(static_cast<std::uint64_t>(last));
}

// The steps inside the transaction. `overtaken` become the runs that led before and had not ended.
Result<Ledger::Takeover> take(SqlSession& sql, const std::string& schema,
                              const std::set<std::string>& tables, const RunRecord& run,
                              std::int64_t lease_ms, const Ledger::IsDead& is_dead,
                              std::set<std::string>& overtaken) {
  const auto filled = [&](std::string_view text) { return fill(sql.dialect(), schema, text); };
  ValueRows absent(1, {});
  for (const auto& table : tables) absent.add({table});
  const bool postgres = sql.dialect() == Dialect::kPostgres;
  DECANT_TRY(absent.execute(
      sql, filled(std::string(k_insert_leaders) + (postgres ? " ON CONFLICT DO NOTHING" : ""))));

  DECANT_TRY_ASSIGN(const auto before, lock_leaders(sql, schema, tables));
  std::int64_t epoch = 0;
  for (const auto& leader : before) {
    const bool is_other = leader.run != run.run || leader.holder != run.coordinator;
    if (is_other && lives(leader, is_dead)) return refuse_busy(leader);
    epoch = std::max(epoch, leader.epoch.value);
  }
  ++epoch;

  const auto take_values =
      values_of({number(epoch), run.run.value, run.job, run.coordinator,
                 number(static_cast<std::int64_t>(tables.size())), number(lease_ms)},
                tables);
  DECANT_TRY_ASSIGN(const auto taken, sql.execute(filled(std::string(k_take_leaders) +
                                                         parameter_list(7, tables.size())),
                                                  take_values));
  if (taken != static_cast<std::int64_t>(tables.size())) {
    return fail(ErrorCode::kBusy, "Another session is taking the leadership of the same tables.",
                "Try again.");
  }
  DECANT_TRY(sql.execute(filled(std::string(k_fence_off_earlier_runs) +
                                std::string(k_of_earlier_runs) + parameter_list(3, tables.size())),
                         values_of({run.run.value, run.work}, tables)));
  Ledger::Takeover takeover{Epoch(epoch), {}, {}, {}};
  DECANT_TRY_ASSIGN(const auto open,
                    sql.query(filled(std::string(k_open_tasks) + parameter_list(2, tables.size()) +
                                     " ORDER BY fence"),
                              values_of({run.run.value}, tables)));
  for (const auto& row : open) {
    RowReader read(row);
    OpenTask& task = takeover.open.emplace_back();
    task.run = RunId(read.text());
    task.id = TaskId(static_cast<std::uint64_t>(read.integer()));
    task.fence = Fence(read.integer());
    task.table = read.text();
    task.worker = read.text();
  }
  DECANT_TRY_ASSIGN(takeover.continued, continued_runs(sql, schema, run, before, takeover.open));
  DECANT_TRY_ASSIGN(takeover.last_task, last_task_of(sql, schema, takeover.continued));
  for (const auto& leader : before) {
    if (leader.run.value.empty() || leader.run == run.run) continue;
    DECANT_TRY_ASSIGN(const auto interrupted, sql.execute(filled(k_interrupt_run),
                                                          std::vector<SqlValue>{leader.run.value}));
    if (interrupted > 0) overtaken.insert(leader.run.value);
  }
  return takeover;
}

// Ends the coordinators' sessions of runs that lead `tables` no more; kBusy, and none is ended,
// where one does. Without the right to end them they are waited for.
Status end_overtaken_leaders(Ledger& ledger, const std::vector<std::string>& tables,
                             const RunId& by, const Ledger::IsDead& is_dead) {
  DECANT_TRY_ASSIGN(const auto last, ledger.leaders(tables));
  std::set<std::string> overtaken;
  for (const LeaderRecord& leader : last) {
    if (leader.run.value.empty() || leader.run == by) continue;
    if (lives(leader, is_dead)) return refuse_busy(leader);
    overtaken.insert(leader.run.value);
  }
  for (const std::string& run : overtaken) {
    for (const std::string& name : sessions_of_leader(RunId(run)))
      (void)ledger.end_backends(name, Ledger::Patience::kNone);
  }
  return {};
}

// What a leader that sleeps holds may be no row of the ledger: a lock of the whole database while
// it makes a table of keys, a table whose index it builds. Its sessions that are in a transaction
// are ended; the others are in nobody's way.
Status end_overtaken_work(SqlSession& sql, const std::set<std::string>& overtaken) {
  if (sql.dialect() != Dialect::kPostgres) return {};
  for (const std::string& run : overtaken) {
    const std::vector<std::string> names = sessions_of_leader(RunId(run));
    DECANT_TRY(
        sql.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                  "current_database() AND xact_start IS NOT NULL AND application_name IN " +
                      parameter_list(1, names.size()),
                  std::vector<SqlValue>(names.begin(), names.end())));
  }
  return {};
}

// The same for the tasks that are to be fenced off and are held in a transaction.
Status end_held_tasks(Ledger& ledger, SqlSession& sql, const std::string& schema,
                      const std::set<std::string>& tables, const RunRecord& run) {
  const std::string earlier =
      std::string(k_tasks) + std::string(k_of_earlier_runs) + parameter_list(3, tables.size());
  DECANT_TRY_ASSIGN(const auto held,
                    sql.query(fill(sql.dialect(), schema,
                                   earlier + " AND (run_id, task_id) NOT IN (SELECT * FROM (" +
                                       earlier + " FOR UPDATE SKIP LOCKED) AS free)"),
                              values_of({run.run.value, run.work}, tables)));
  for (const auto& row : held) {
    RowReader read(row);
    const RunId of(read.text());
    (void)ledger.end_backends(
        session_of_task(of, TaskId(static_cast<std::uint64_t>(read.integer()))),
        Ledger::Patience::kNone);
  }
  return {};
}

// Sessions of tasks that are fenced off, by this takeover or by one that died before it ended them,
// and that have not ended: those of workers that were cut off from the server. Nothing of theirs
// can be committed, and what they hold would keep the next one from the same rows until the server
// finds out.
Status end_fenced_tasks(Ledger& ledger, SqlSession& sql, const std::string& schema,
                        const std::set<std::string>& tables) {
  if (sql.dialect() != Dialect::kPostgres) return {};
  DECANT_TRY_ASSIGN(
      const auto fenced,
      sql.query(fill(sql.dialect(), schema,
                     "SELECT DISTINCT t.run_id, t.task_id FROM pg_stat_activity AS a JOIN "
                     "{schema}.tasks AS t ON t.run_id = split_part(a.application_name, '/', 2) AND "
                     "CAST(t.task_id AS TEXT) = split_part(a.application_name, '/', 3) WHERE "
                     "a.datname = current_database() AND "
                     "starts_with(a.application_name, $1) AND t.state = 'abandoned' AND "
                     "t.table_name IN " +
                         parameter_list(2, tables.size())),
                values_of({std::string(k_sessions_of_tasks)}, tables)));
  for (const auto& row : fenced) {
    RowReader read(row);
    const RunId of(read.text());
    (void)ledger.end_backends(
        session_of_task(of, TaskId(static_cast<std::uint64_t>(read.integer()))),
        Ledger::Patience::kNone);
  }
  return {};
}

}  // namespace

namespace ledger_internal {

Status bound_waits(SqlSession& sql, int patience_ms) {
  if (sql.dialect() != Dialect::kPostgres) return {};
  // Nor does who falls asleep in here keep others out: the server ends its session.
  DECANT_TRY(sql.execute("SET LOCAL lock_timeout = " + std::to_string(patience_ms)));
  DECANT_TRY(sql.execute("SET LOCAL idle_in_transaction_session_timeout = " +
                         std::to_string(k_ledger_lock_timeout_ms)));
  return {};
}

}  // namespace ledger_internal

Result<Epoch> Ledger::take_leadership(const std::vector<std::string>& tables, const RunRecord& run,
                                      std::int64_t lease_ms, const IsDead& is_dead) {
  RunRecord alone = run;
  alone.work.clear();
  return take_over(tables, alone, lease_ms, is_dead).map([](const Takeover& takeover) {
    return takeover.epoch;
  });
}

Result<Ledger::Takeover> Ledger::take_over(const std::vector<std::string>& tables,
                                           const RunRecord& run, std::int64_t lease_ms,
                                           const IsDead& is_dead) {
  const std::set<std::string> distinct(tables.begin(), tables.end());
  if (distinct.empty())
    return fail(ErrorCode::kUsage, "A run without target tables has nothing to lead.");
  std::set<std::string> overtaken;
  const auto attempt = [&](int patience_ms) -> Result<Takeover> {
    overtaken.clear();
    Transaction transaction(sql_);
    DECANT_TRY(transaction.begin());
    DECANT_TRY(bound_waits(sql_, patience_ms));
    // In DuckDB another session that takes the same tables shows as a conflict, which is kBusy too.
    DECANT_TRY_ASSIGN(Takeover takeover,
                      take(sql_, schema_, distinct, run, lease_ms, is_dead, overtaken));
    DECANT_TRY(transaction.commit());
    return takeover;
  };
  const auto persist = [&]() -> Result<Takeover> {
    Result<Takeover> takeover = attempt(k_takeover_lock_timeout_ms);
    if (takeover || !is_lock_timeout(takeover.error())) return takeover;
    // A leader that sleeps, or whose machine is gone, may have left a transaction that holds rows.
    DECANT_TRY(end_overtaken_leaders(*this, tables, run.run, is_dead));
    takeover = attempt(k_takeover_lock_timeout_ms);
    if (takeover || !is_lock_timeout(takeover.error())) return takeover;
    // So may its workers, in the moment of a commit.
    DECANT_TRY(end_overtaken_leaders(*this, tables, run.run, is_dead));
    DECANT_TRY(end_held_tasks(*this, sql_, schema_, distinct, run));
    return attempt(k_ledger_lock_timeout_ms);
  };
  DECANT_TRY_ASSIGN(Takeover takeover, persist());
  // It leads now, whatever becomes of these.
  (void)end_overtaken_work(sql_, overtaken);
  (void)end_fenced_tasks(*this, sql_, schema_, distinct);
  return takeover;
}

Status Ledger::renew_leadership(const RunId& run, Epoch epoch, std::int64_t lease_ms) {
  DECANT_TRY_ASSIGN(
      const auto rows,
      sql_.query(fill(sql_.dialect(), schema_, k_renew_leaders),
                 std::vector<SqlValue>{run.value, number(epoch.value), number(lease_ms)}));
  const bool whole =
      !rows.empty() && RowReader(rows[0]).integer() == static_cast<std::int64_t>(rows.size());
  if (whole) return {};
  return fail(ErrorCode::kFenced, "Another run has taken over tables of run " + run.value + ".",
              "`decant status` shows which run holds them now.");
}

namespace {

Status fence_off_mine(SqlSession& sql, const std::string& schema, const RunId& run, Epoch epoch) {
  Transaction transaction(sql);
  DECANT_TRY(transaction.begin());
  DECANT_TRY(bound_waits(sql, k_ledger_lock_timeout_ms));
  DECANT_TRY(sql.execute(fill(sql.dialect(), schema, k_fence_off_mine),
                         std::vector<SqlValue>{run.value, number(epoch.value)}));
  return transaction.commit();
}

}  // namespace

Status Ledger::release_leadership(const RunId& run, Epoch epoch) {
  (void)fence_off_mine(sql_, schema_, run, epoch);
  DECANT_TRY(sql_.execute(fill(sql_.dialect(), schema_, k_release),
                          std::vector<SqlValue>{run.value, number(epoch.value)}));
  return {};
}

}  // namespace decant
