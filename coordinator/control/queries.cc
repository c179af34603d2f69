#include "coordinator/control/queries.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "coordinator/control/process_identity.h"
#include "coordinator/report/coverage.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

struct EntityCounts {
  std::string entity;
  std::int64_t chunks = 0, loaded = 0, failed = 0, rows = 0, rejects = 0;
  bool first_load_is_open = false;
  std::string last_error;
};

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

Json run_json(const RunRecord& run) {
  Json out;
  out["run"] = run.run.value;
  out["state"] = run.state;
  out["range"] = run.range;
  out["started_at"] = run.started_at;
  out["ended_at"] = run.ended_at;
  out["coordinator"] = run.coordinator;
  return out;
}

// What is known of a run that the ledger calls running: it may be long dead.
struct Life {
  std::optional<ProgressView> progress;
  std::int64_t progress_age_ms = 0;
  bool died = false;
};

Result<Life> look_at(const RunRecord& run, const Query& query, Ledger& ledger,
                     const std::optional<ProgressView>& live) {
  Life life;
  if (run.state != "running") return life;
  if (live) {
    life.progress = live;
    return life;
  }
  DECANT_TRY_ASSIGN(const RunPulse pulse, ledger.pulse(run.run));
  life.died = query.holds_file || !pulse.leads || is_certainly_dead(run.coordinator);
  if (!life.died) life.progress = progress_from_json(pulse.progress);
  life.progress_age_ms = pulse.progress_age_ms;
  return life;
}

Result<std::string> answer_status(const Query& query, const JobSpec& job, Ledger& ledger,
                                  const std::optional<ProgressView>& live) {
  DECANT_TRY_ASSIGN(const std::vector<RunRecord> runs, ledger.runs(job.name, 5));
  if (runs.empty()) {
    return fail(ErrorCode::kNotFound, "No run of the job " + job.name + " is in the ledger.",
                "Start one: decant run.");
  }
  DECANT_TRY_ASSIGN(const std::vector<EntityCounts> entities, count_entities(job, ledger));
  const RunRecord& run = runs.front();
  DECANT_TRY_ASSIGN(const Life life, look_at(run, query, ledger, live));
  if (query.format == "json") {
    Json out = run_json(run);
    if (life.died) out["state"] = "died";
    out["job"] = job.name;
    out["live"] = life.progress.has_value();
    if (life.progress) {
      out["progress"] = Json::parse(progress_json(*life.progress));
      out["progress"]["age_ms"] = life.progress_age_ms;
    }
    for (const EntityCounts& e : entities) {
      out["entities"].push_back({{"entity", e.entity},
                                 {"chunks", e.chunks},
                                 {"loaded", e.loaded},
                                 {"first_load_is_open", e.first_load_is_open},
                                 {"failed", e.failed},
                                 {"rows", e.rows},
                                 {"rejects", e.rejects},
                                 {"last_error", e.last_error}});
    }
    for (std::size_t i = 1; i < runs.size(); ++i) out["earlier"].push_back(run_json(runs[i]));
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::string text = "run " + run.run.value + " of " + job.name + ": " +
                     (life.died ? "its coordinator has died" : run.state);
  if (!run.range.empty()) text += ", " + run.range;
  text += "\nstarted " + run.started_at + (run.ended_at.empty() ? "" : ", ended " + run.ended_at) +
          " on " + run.coordinator + "\n";
  // The rows that count stand below: in the table, from all runs.
  if (life.progress) text += progress_line(*life.progress, query.columns, false) + "\n";
  for (const EntityCounts& e : entities) {
    text += "  " + e.entity + ": " + group_digits(e.loaded) + " of " + group_digits(e.chunks) +
            (e.first_load_is_open ? " chunks begun, of a first load that has not ended, "
                                  : " chunks loaded, ") +
            counted(e.rows, "row");
    if (e.rejects > 0) text += ", " + counted(e.rejects, "reject");
    if (e.failed > 0) text += ", " + group_digits(e.failed) + " failed (" + e.last_error + ")";
    text += "\n";
  }
  if (run.state == "interrupted" || life.died)
    text += "The same `decant run` command goes on where it stopped.\n";
  for (std::size_t i = 1; i < runs.size(); ++i) {
    text += "  earlier: " + runs[i].run.value + " " + runs[i].state + "\n";
  }
  return text;
}

// A limit as people write it. The ledger does not say whether a month's limits count days or
// microseconds, but no month of the years that either can hold is ambiguous, save the one that
// begins at 0.
std::string limit_text(const ChunkSpec& chunk, const std::optional<std::int64_t>& value) {
  if (!value) return "open";
  std::int64_t year = 0;
  int month = 0;
  if (!parse_month(chunk.slice.period, year, month)) return std::to_string(*value);
  const bool in_days = std::abs(chunk.range.end.value_or(*value)) < k_us_per_day;
  return in_days ? format_date(*value) : format_timestamp(*value);
}

std::string limits_text(const ChunkSpec& chunk) {
  if (chunk.is_undated()) return "rows without a date";
  if (!chunk.range.begin && !chunk.range.end) return "everything";
  return limit_text(chunk, chunk.range.begin) + " up to and without " +
         limit_text(chunk, chunk.range.end);
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
  if (query.format == "json") {
    Json out;
    out["chunk"] = query.chunk;
    out["table"] = found->table;
    out["state"] = found->state;
    out["limits"] = limits_text(found->spec);
    out["estimated_rows"] = found->spec.estimated_rows;
    out["rows"] = found->loaded.digest.row_count;
    out["rejects"] = found->rows_rejected;
    out["digest"] = found->loaded.digest.hex();
    out["batches"] = found->batch_count;
    out["last_error"] = found->last_error;
    for (const ChunkEvent& event : events) {
      out["history"].push_back({{"at", event.at},
                                {"run", event.run},
                                {"what", event.what},
                                {"worker", event.worker},
                                {"rows", event.rows},
                                {"digest", event.digest}});
    }
    return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  std::string text = query.chunk + " in " + found->table + ": " + found->state + "\n";
  text += "  limits   " + limits_text(found->spec) + "\n";
  text += "  rows     " + group_digits(found->loaded.digest.row_count) + " in " +
          counted(found->batch_count, "batch", "batches") + ", " +
          counted(found->rows_rejected, "reject") + " (estimated " +
          group_digits(found->spec.estimated_rows) + ")\n";
  if (found->batch_count > 0) text += "  digest   " + found->loaded.digest.hex() + "\n";
  if (!found->last_error.empty()) text += "  error    " + found->last_error + "\n";
  for (const ChunkEvent& event : events) {
    text += "  " + event.at + "  " + event.what;
    if (event.rows > 0) text += "  " + counted(event.rows, "row");
    text += (event.run.empty() ? "" : "  run " + event.run) +
            (event.worker.empty() ? "" : "  by " + event.worker) + "\n";
  }
  if (found->batch_count == 0)
    text += "Nothing of it is loaded; the same `decant run` command loads it.\n";
  return text;
}

Result<std::string> answer_coverage(const Query& query, const JobSpec& job, Ledger& ledger) {
  DECANT_TRY_ASSIGN(const DayRange days, parse_day_range(query.from, query.to));
  std::string text;
  Json all = Json::array();
  for (const EntitySpec& entity : job.entities) {
    if (!query.entity.empty() && entity.name != query.entity) continue;
    DECANT_TRY_ASSIGN(const std::vector<ChunkRecord> chunks, ledger.chunks(job.name, entity.name));
    DECANT_TRY_ASSIGN(const bool is_open, first_load_is_open(job, entity, ledger));
    const Coverage coverage = make_coverage(job, entity, chunks, {days, query.stores, is_open});
    if (query.format == "json") {
      all.push_back(Json::parse(coverage_json(coverage)));
    } else if (query.format == "html") {
      text += coverage_html(coverage);
    } else {
      text += (text.empty() ? "" : "\n") + coverage_text(coverage, query.colour, query.columns);
    }
  }
  return query.format == "json" ? all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                                : text;
}

}  // namespace

std::string query_to_json(const Query& query) {
  return Json{{"command", query.command},
              {"format", query.format},
              {"entity", query.entity},
              {"chunk", query.chunk},
              {"from", query.from},
              {"to", query.to},
              {"stores", query.stores},
              {"colour", query.colour},
              {"columns", query.columns},
              {"job_text", query.job_text},
              {"job_directory", query.job_directory}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Query> query_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::kProtocol, "The question is no JSON object.");
  Query query;
  const auto word = [&](const char* key, std::string& value) {
    if (json.contains(key) && json[key].is_string()) value = json[key].get<std::string>();
  };
  word("command", query.command);
  word("format", query.format);
  word("entity", query.entity);
  word("chunk", query.chunk);
  word("from", query.from);
  word("to", query.to);
  word("job_text", query.job_text);
  word("job_directory", query.job_directory);
  if (json.contains("stores") && json["stores"].is_array()) {
    for (const Json& store : json["stores"])
      if (store.is_string()) query.stores.push_back(store.get<std::string>());
  }
  if (json.contains("colour") && json["colour"].is_boolean())
    query.colour = json["colour"].get<bool>();
  if (json.contains("columns") && json["columns"].is_number_integer())
    query.columns =
        static_cast<int>(std::clamp<std::int64_t>(json["columns"].get<std::int64_t>(), 20, 1'000));
  return query;
}

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
