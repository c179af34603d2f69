#include "coordinator/report/run_summary.h"

#include <nlohmann/json.hpp>

#include "coordinator/report/error_lines.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_most_errors = 10;

}  // namespace

RunSummary summary_of(const RunReport& report) {
  RunSummary summary;
  summary.errors = error_lines(report.errors);
  if (summary.errors.size() > k_most_errors) {
    summary.more_errors = static_cast<std::int64_t>(summary.errors.size() - k_most_errors);
    summary.errors.resize(k_most_errors);
  }
  summary.left_out.assign(report.left_out.begin(), report.left_out.end());
  const std::vector<Difference>& differences = report.reconciliation.differences;
  summary.differences = static_cast<std::int64_t>(differences.size());
  if (!differences.empty()) summary.first_difference = differences.front().text;
  summary.chunks_loaded = report.chunks_loaded;
  summary.chunks_skipped = report.chunks_skipped;
  summary.chunks_failed = report.chunks_failed;
  return summary;
}

// In ASCII: the ledger may be in a database that has not every character.
std::string summary_json(const RunSummary& summary) {
  Json json{{"errors", summary.errors},
            {"more_errors", summary.more_errors},
            {"left_out", summary.left_out},
            {"differences", summary.differences},
            {"first_difference", summary.first_difference},
            {"chunks_loaded", summary.chunks_loaded},
            {"chunks_skipped", summary.chunks_skipped},
            {"chunks_failed", summary.chunks_failed},
            {"left_to_standby", summary.left_to_standby}};
  if (summary.exit_status) json["exit_status"] = *summary.exit_status;
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

RunSummary summary_from_json(const std::string& text) {
  RunSummary summary;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return summary;
  const auto number = [&](const char* key, std::int64_t& value) {
    if (json.contains(key) && json[key].is_number_integer()) value = json[key].get<std::int64_t>();
  };
  const auto texts = [&](const char* key, std::vector<std::string>& values) {
    if (!json.contains(key) || !json[key].is_array()) return;
    for (const Json& text_of_one : json[key])
      if (text_of_one.is_string()) values.push_back(text_of_one.get<std::string>());
  };
  texts("errors", summary.errors);
  texts("left_out", summary.left_out);
  number("more_errors", summary.more_errors);
  number("differences", summary.differences);
  if (json.contains("first_difference") && json["first_difference"].is_string())
    summary.first_difference = json["first_difference"].get<std::string>();
  number("chunks_loaded", summary.chunks_loaded);
  number("chunks_skipped", summary.chunks_skipped);
  number("chunks_failed", summary.chunks_failed);
  if (json.contains("exit_status") && json["exit_status"].is_number_integer())
    summary.exit_status = json["exit_status"].get<int>();
  if (json.contains("left_to_standby") && json["left_to_standby"].is_boolean())
    summary.left_to_standby = json["left_to_standby"].get<bool>();
  return summary;
}

}  // namespace decant
