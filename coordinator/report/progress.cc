#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "coordinator/report/report.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

std::string eta(const ProgressView& view) {
  const std::int64_t left = view.rows_expected - view.rows;
  if (view.rows_per_second < 1 || left <= 0 || view.rows == 0) return {};
  return "  ETA " + format_duration(static_cast<std::int64_t>(static_cast<double>(left) /
                                                              view.rows_per_second * 1000));
}

std::string hands(const ProgressView& view) {
  if (!view.needs_workers) return "  " + format_duration(view.elapsed_ms);
  if (view.workers == 0 && view.tasks > view.tasks_done) return "  waiting for workers";
  return "  " + std::to_string(view.workers) + (view.workers == 1 ? " worker" : " workers");
}

}  // namespace

std::string progress_line(const ProgressView& view, int columns, bool with_rows) {
  std::string text = view.phase;
  if (view.tasks > 0)
    text += "  " + group_digits(view.tasks_done) + "/" + group_digits(view.tasks) +
            (view.needs_workers ? " tasks" : " done");
  if (with_rows && (view.rows > 0 || view.tasks > 0)) {
    if (view.rows > 0 || view.needs_workers) text += "  " + group_digits(view.rows) + " rows";
  }
  if (view.rows_per_second >= 1)
    text += "  " + abbreviate(static_cast<std::int64_t>(view.rows_per_second)) + "/s";
  text += eta(view);
  if (view.rejects > 0) text += "  " + group_digits(view.rejects) + " rejects";
  text += hands(view);
  if (!view.slowest_store.empty())
    text += "  slowest " + view.slowest_store + " (" + view.slowest_reason + ")";
  return display_width(text) > columns ? fit(text, columns) : text;
}

// In ASCII: the ledger may be in a database that has not every character.
std::string progress_json(const ProgressView& view) {
  return nlohmann::ordered_json{{"phase", view.phase},
                                {"tasks_done", view.tasks_done},
                                {"tasks", view.tasks},
                                {"rows", view.rows},
                                {"rows_expected", view.rows_expected},
                                {"rejects", view.rejects},
                                {"elapsed_ms", view.elapsed_ms},
                                {"rows_per_second", view.rows_per_second},
                                {"workers", view.workers},
                                {"needs_workers", view.needs_workers},
                                {"slowest_store", view.slowest_store},
                                {"slowest_reason", view.slowest_reason}}
      .dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<ProgressView> progress_from_json(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  ProgressView view;
  const auto word = [&](const char* key, std::string& value) {
    if (json.contains(key) && json[key].is_string()) value = json[key].get<std::string>();
  };
  const auto number = [&](const char* key, std::int64_t& value) {
    if (json.contains(key) && json[key].is_number_integer()) value = json[key].get<std::int64_t>();
  };
  word("phase", view.phase);
  word("slowest_store", view.slowest_store);
  word("slowest_reason", view.slowest_reason);
  number("tasks_done", view.tasks_done);
  number("tasks", view.tasks);
  number("rows", view.rows);
  number("rows_expected", view.rows_expected);
  number("rejects", view.rejects);
  number("elapsed_ms", view.elapsed_ms);
  std::int64_t workers = 0;
  number("workers", workers);
  view.workers = static_cast<int>(workers);
  if (json.contains("rows_per_second") && json["rows_per_second"].is_number())
    view.rows_per_second = json["rows_per_second"].get<double>();
  if (json.contains("needs_workers") && json["needs_workers"].is_boolean())
    view.needs_workers = json["needs_workers"].get<bool>();
  return view;
}

}  // namespace decant
