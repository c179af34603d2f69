#include "coordinator/report/status_view.h"

#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "coordinator/report/run_summary.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

Json run_json(const RunRecord& run) {
  const RunSummary summary = summary_from_json(run.summary);
  Json out;
  out["run"] = run.run.value;
  out["command"] = run.command;
  out["state"] = run.state;
  out["range"] = run.range;
  out["started_at"] = run.started_at;
  out["ended_at"] = run.ended_at;
  out["coordinator"] = run.coordinator;
  out["errors"] = summary.errors;
  out["more_errors"] = summary.more_errors;
  out["left_out"] = summary.left_out;
  out["differences"] = summary.differences;
  out["first_difference"] = summary.first_difference;
  return out;
}

std::string host_of(const RunRecord& run) {
  return run.coordinator.substr(0, run.coordinator.find('@'));
}

// Its lease is renewed several times before it ends.
std::string leader_text(const StatusView& view) {
  if (!view.pulse || view.pulse->lease_until.empty()) return {};
  const std::string lease = view.pulse->lease_until;
  if (view.died)
    return "leads    nobody; the lease of " + host_of(view.run) + " ends " + lease + "\n";
  return "leads    " + host_of(view.run) + ", epoch " + std::to_string(view.pulse->epoch.value) +
         ", lease until " + lease + "\n";
}

std::string ending_text(const RunRecord& run) {
  const RunSummary summary = summary_from_json(run.summary);
  std::string text;
  for (const std::string& error : summary.errors) text += "error    " + error + "\n";
  if (summary.more_errors > 0)
    text += "error    … and " + group_digits(summary.more_errors) + " more, in its report\n";
  if (!summary.left_out.empty()) text += "not read " + join(summary.left_out, ", ") + "\n";
  if (summary.differences > 0) {
    text += "differs  " + summary.first_difference + "\n";
    if (summary.differences > 1) {
      text += "differs  … and " + group_digits(summary.differences - 1) + " more, in its report\n";
    }
  }
  return text;
}

std::string entity_text(const EntityCounts& e) {
  std::string text = "  " + e.entity + ": " + group_digits(e.loaded) + " of " +
                     group_digits(e.chunks) +
                     (e.first_load_is_open ? " chunks begun, of a first load that has not ended, "
                                           : " chunks loaded, ") +
                     counted(e.rows, "row");
  if (e.rejects > 0) text += ", " + counted(e.rejects, "reject");
  if (e.failed > 0) text += ", " + group_digits(e.failed) + " failed (" + e.last_error + ")";
  return text + "\n";
}

}  // namespace

std::string status_text(const StatusView& view, int columns) {
  const RunRecord& run = view.run;
  std::string text = "run " + run.run.value + " of " + view.job + ": " +
                     (view.died ? "its coordinator has died" : run.state);
  if (!run.range.empty()) text += ", " + run.range;
  text += "\nstarted  " + run.started_at + (run.ended_at.empty() ? "" : ", ended " + run.ended_at) +
          " on " + host_of(run) + "\n" + leader_text(view);
  if (!run.command.empty()) text += "command  " + run.command + "\n";
  // The rows that count stand below: in the table, from all runs.
  if (view.progress) text += progress_line(*view.progress, columns, false) + "\n";
  text += ending_text(run);
  text += "loaded by all runs\n";
  for (const EntityCounts& entity : view.entities) text += entity_text(entity);
  if (run.state == "interrupted" || view.died)
    text += "The same `decant run` command goes on where it stopped.\n";
  for (const RunRecord& earlier : view.earlier)
    text += "earlier  " + earlier.run.value + " " + earlier.state + "\n";
  return text;
}

std::string status_json(const StatusView& view) {
  Json out = run_json(view.run);
  if (view.died) out["state"] = "died";
  out["job"] = view.job;
  out["live"] = view.progress.has_value();
  if (view.pulse && !view.pulse->lease_until.empty()) {
    out["leader"] = {{"leads", !view.died},
                     {"epoch", view.pulse->epoch.value},
                     {"lease_until", view.pulse->lease_until}};
  }
  if (view.progress) {
    out["progress"] = Json::parse(progress_json(*view.progress));
    out["progress"]["age_ms"] = view.progress_age_ms;
  }
  out["entities"] = Json::array();
  for (const EntityCounts& e : view.entities) {
    out["entities"].push_back({{"entity", e.entity},
                               {"chunks", e.chunks},
                               {"loaded", e.loaded},
                               {"first_load_is_open", e.first_load_is_open},
                               {"failed", e.failed},
                               {"rows", e.rows},
                               {"rejects", e.rejects},
                               {"last_error", e.last_error}});
  }
  out["earlier"] = Json::array();
  for (const RunRecord& run : view.earlier) out["earlier"].push_back(run_json(run));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace decant
