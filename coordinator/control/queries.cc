#include "coordinator/control/queries.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "common/job/left_store.h"
#include "coordinator/control/process_identity.h"
#include "coordinator/report/coverage.h"
#include "coordinator/report/explain_view.h"
#include "coordinator/report/run_summary.h"
#include "coordinator/report/status_view.h"

namespace decant {
namespace {

constexpr int k_runs_shown = 5;

// Until a first load has ended, several tasks may feed a chunk, and its batches may be a part of
// it.
Result<bool> first_load_is_open(const JobSpec& job, const EntitySpec& entity, Ledger& ledger) {
  DECANT_TRY_ASSIGN(const std::vector<TableRecord> tables, ledger.tables(job.name));
  return std::any_of(tables.begin(), tables.end(), [&](const TableRecord& table) {
    return table.entity == entity.name && table.state == TableState::kLoading;
  });
}

Result<std::vector<EntityCounts>> count_entities(const JobSpec& job, Ledger& ledger) {
  std::vector<EntityCounts> all;
  for (const EntitySpec& entity : job.entities) {
    DECANT_TRY_ASSIGN(const std::vector<ChunkRecord> chunks, ledger.chunks(job.name, entity.name));
    EntityCounts counts;
    counts.entity = entity.name;
    for (const ChunkRecord& chunk : chunks) {
      // Nothing of it is waited for.
      if (chunk.batch_count == 0 && is_left(job, chunk.spec.slice.store)) continue;
      ++counts.chunks;
      if (chunk.batch_count > 0) ++counts.loaded;
      if (!chunk.last_error.empty() && chunk.batch_count == 0) {
        ++counts.failed;
        counts.last_error = chunk.spec.name().value + ": " + chunk.last_error;
      }
      counts.rows += chunk.loaded.digest.row_count;
      counts.rejects += chunk.rows_rejected;
    }
    DECANT_TRY_ASSIGN(counts.first_load_is_open, first_load_is_open(job, entity, ledger));
    all.push_back(std::move(counts));
  }
  return all;
}

// What the ledger calls running may be long dead.
Status look_at(StatusView& view, const Query& query, Ledger& ledger,
               const std::optional<ProgressView>& live) {
  if (view.run.state != "running") return {};
  if (live) {
    view.progress = live;
    return {};
  }
  DECANT_TRY_ASSIGN(const RunPulse pulse, ledger.pulse(view.run.run));
  view.pulse = pulse;
  view.died = query.holds_file || !pulse.leads || is_certainly_dead(view.run.coordinator);
  if (!view.died) view.progress = progress_from_json(pulse.progress);
  view.progress_age_ms = pulse.progress_age_ms;
  return {};
}

Result<std::string> answer_status(const Query& query, const JobSpec& job, Ledger& ledger,
                                  const std::optional<ProgressView>& live) {
  DECANT_TRY_ASSIGN(std::vector<RunRecord> runs, ledger.runs(job.name, k_runs_shown));
  if (runs.empty()) {
    return fail(ErrorCode::kNotFound, "No run of the job " + job.name + " is in the ledger.",
                "Start one: decant run.");
  }
  StatusView view;
  view.job = job.name;
  DECANT_TRY_ASSIGN(view.entities, count_entities(job, ledger));
  view.run = std::move(runs.front());
  runs.erase(runs.begin());
  view.earlier = std::move(runs);
  DECANT_TRY(look_at(view, query, ledger, live));
  return query.format == "json" ? status_json(view) : status_text(view, query.columns);
}

Result<std::string> answer_explain(const Query& query, const JobSpec& job, Ledger& ledger) {
  const std::string entity = query.chunk.substr(0, query.chunk.find('/'));
  DECANT_TRY_ASSIGN(const std::vector<ChunkRecord> chunks, ledger.chunks(job.name, entity));
  std::vector<std::string> names;
  const ChunkRecord* found = nullptr;
  for (const ChunkRecord& chunk : chunks) {
    names.push_back(chunk.spec.name().value);
    if (names.back() == query.chunk) found = &chunk;
  }
  if (found == nullptr) {
    const std::string near = nearest(query.chunk, names);
    return fail(ErrorCode::kNotFound,
                "The ledger knows no chunk " + query.chunk + " of the job " + job.name + ".",
                near.empty() ? "`decant status` names the entities; a chunk is named like "
                               "ventas/tienda_01/2024-08/003."
                             : "Did you mean " + near + "?");
  }
  DECANT_TRY_ASSIGN(const std::vector<ChunkEvent> events,
                    ledger.history(job.name, found->spec.name()));
  return query.format == "json" ? explain_json(*found, events) : explain_text(*found, events);
}

Result<std::string> answer_coverage(const Query& query, const JobSpec& job, Ledger& ledger) {
  DECANT_TRY_ASSIGN(const DayRange days, parse_day_range(query.from, query.to));
  DECANT_TRY_ASSIGN(const std::vector<RunRecord> runs, ledger.runs(job.name, 1));
  const std::vector<std::string> not_read =
      runs.empty() ? std::vector<std::string>() : summary_from_json(runs.front().summary).left_out;
  std::string text;
  auto all = nlohmann::ordered_json::array();
  for (const EntitySpec& entity : job.entities) {
    if (!query.entity.empty() && entity.name != query.entity) continue;
    DECANT_TRY_ASSIGN(const std::vector<ChunkRecord> chunks, ledger.chunks(job.name, entity.name));
    DECANT_TRY_ASSIGN(const bool is_open, first_load_is_open(job, entity, ledger));
    const Coverage coverage =
        make_coverage(job, entity, chunks, {days, query.stores, is_open, not_read});
    if (query.format == "json") {
      all.push_back(nlohmann::ordered_json::parse(coverage_json(coverage)));
    } else if (query.format == "html") {
      text += coverage_html(coverage);
    } else {
      text += (text.empty() ? "" : "\n") + coverage_text(coverage, query.colour, query.columns);
    }
  }
  return query.format == "json"
             ? all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"
             : text;
}

}  // namespace

Result<std::string> answer(const Query& query, const JobSpec& job, Ledger& ledger,
                           const std::optional<ProgressView>& live) {
  DECANT_TRY_ASSIGN(const LedgerPresence presence, ledger.presence());
  if (presence == LedgerPresence::kAbsent) {
    return fail(ErrorCode::kNotFound, "The target has no ledger: nothing was ever loaded into it.",
                "Start a run: decant run.");
  }
  if (presence == LedgerPresence::kNewer) {
    return fail(ErrorCode::kUnsupported,
                "The target's ledger was written by a newer version of Decant.",
                "Use that version.");
  }
  if (query.command == "status") return answer_status(query, job, ledger, live);
  if (query.command == "explain") return answer_explain(query, job, ledger);
  if (query.command == "coverage") return answer_coverage(query, job, ledger);
  return fail(ErrorCode::kUnsupported,
              "The holder of the file cannot answer \"" + query.command + "\".");
}

}  // namespace decant
