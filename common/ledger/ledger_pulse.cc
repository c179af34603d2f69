// How a run that goes on is doing and who leads, for whoever looks from another process.
#include "common/ledger/ledger.h"
#include "common/ledger/ledger_sql.h"

namespace decant {

using namespace ledger_internal;

namespace {

// Only the run that leads tells; one that has lost its tables is silent.
constexpr std::string_view k_put_progress = R"sql(
UPDATE {schema}.runs SET progress = $3, progress_at = {now}
WHERE run_id = $1 AND state = 'running' AND EXISTS (
  SELECT 1 FROM {schema}.leader WHERE run_id = $1 AND epoch = CAST($2 AS BIGINT)))sql";

constexpr std::string_view k_pulse = R"sql(
SELECT coalesce(progress, ''),
       coalesce(CAST(1000 * EXTRACT(EPOCH FROM ({now} - progress_at)) AS BIGINT), 0),
       coalesce(l.lease_until > {now}, FALSE), coalesce(l.epoch, 0),
       coalesce({iso}(l.lease_until AT TIME ZONE 'UTC', {iso_format}), '')
FROM {schema}.runs AS r LEFT JOIN (
  SELECT run_id, max(epoch) AS epoch, max(lease_until) AS lease_until FROM {schema}.leader
  WHERE run_id = $1 GROUP BY run_id) AS l ON l.run_id = r.run_id
WHERE r.run_id = $1)sql";

constexpr std::string_view k_leaders = R"sql(
SELECT l.table_name, l.epoch, l.run_id, l.job, l.holder,
       {iso}(l.taken_at AT TIME ZONE 'UTC', {iso_format}),
       {iso}(l.lease_until AT TIME ZONE 'UTC', {iso_format}), l.lease_until > {now},
       coalesce(r.state, ''), coalesce(r.work, ''), coalesce(r.summary, '')
FROM {schema}.leader AS l LEFT JOIN {schema}.runs AS r ON r.run_id = l.run_id
WHERE l.table_name IN )sql";

}  // namespace

Status Ledger::put_progress(const RunId& run, Epoch epoch, const std::string& progress) {
  DECANT_TRY(
      sql_.execute(fill(sql_.dialect(), schema_, k_put_progress),
                   std::vector<SqlValue>{run.value, number(epoch.value), storable_text(progress)}));
  return {};
}

Result<RunPulse> Ledger::pulse(const RunId& run) {
  DECANT_TRY_ASSIGN(const auto rows, sql_.query(fill(sql_.dialect(), schema_, k_pulse),
                                                std::vector<SqlValue>{run.value}));
  if (rows.empty())
    return fail(ErrorCode::kNotFound, "There is no run " + run.value + " in the ledger.");
  RowReader read(rows[0]);
  RunPulse pulse;
  pulse.progress = read.text();
  pulse.progress_age_ms = read.integer();
  pulse.leads = read.truth();
  pulse.epoch = Epoch(read.integer());
  pulse.lease_until = read.text();
  return pulse;
}

Result<std::vector<LeaderRecord>> Ledger::leaders(const std::vector<std::string>& tables) {
  const std::string text =
      std::string(k_leaders) + parameter_list(1, tables.size()) + " ORDER BY l.table_name";
  DECANT_TRY_ASSIGN(const auto rows,
                    sql_.query(fill(sql_.dialect(), schema_, text),
                               std::vector<SqlValue>(tables.begin(), tables.end())));
  std::vector<LeaderRecord> leaders;
  for (const auto& row : rows) {
    RowReader read(row);
    LeaderRecord& leader = leaders.emplace_back();
    leader.table = read.text();
    leader.epoch = Epoch(read.integer());
    leader.run = RunId(read.text());
    leader.job = read.text();
    leader.holder = read.text();
    leader.taken_at = read.text();
    leader.lease_until = read.text();
    leader.leads = read.truth();
    leader.state = read.text();
    leader.work = read.text();
    leader.summary = read.text();
  }
  return leaders;
}

}  // namespace decant
