// How a run that goes on is doing, for whoever looks from another process.
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
       EXISTS (SELECT 1 FROM {schema}.leader WHERE run_id = $1 AND lease_until > {now})
FROM {schema}.runs WHERE run_id = $1)sql";

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
  return pulse;
}

}  // namespace decant
