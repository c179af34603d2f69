#include "coordinator/report/explain_view.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "common/base/text.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

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

}  // namespace

std::string explain_text(const ChunkRecord& chunk, const std::vector<ChunkEvent>& events) {
  std::string text = chunk.spec.name().value + " in " + chunk.table + ": " + chunk.state + "\n";
  text += "  limits   " + limits_text(chunk.spec) + "\n";
  text += "  rows     " + group_digits(chunk.loaded.digest.row_count) + " in " +
          counted(chunk.batch_count, "batch", "batches") + ", " +
          counted(chunk.rows_rejected, "reject") + " (estimated " +
          group_digits(chunk.spec.estimated_rows) + ")\n";
  if (chunk.batch_count > 0) text += "  digest   " + chunk.loaded.digest.hex() + "\n";
  if (!chunk.last_error.empty()) text += "  error    " + chunk.last_error + "\n";
  for (const ChunkEvent& event : events) {
    text += "  " + event.at + "  " + event.what;
    if (event.rows > 0) text += "  " + counted(event.rows, "row");
    text += (event.run.empty() ? "" : "  run " + event.run) +
            (event.worker.empty() ? "" : "  by " + event.worker) + "\n";
  }
  if (chunk.batch_count == 0)
    text += "Nothing of it is loaded; the same `decant run` command loads it.\n";
  return text;
}

std::string explain_json(const ChunkRecord& chunk, const std::vector<ChunkEvent>& events) {
  Json out;
  out["chunk"] = chunk.spec.name().value;
  out["table"] = chunk.table;
  out["state"] = chunk.state;
  out["limits"] = limits_text(chunk.spec);
  out["estimated_rows"] = chunk.spec.estimated_rows;
  out["rows"] = chunk.loaded.digest.row_count;
  out["rejects"] = chunk.rows_rejected;
  out["digest"] = chunk.loaded.digest.hex();
  out["batches"] = chunk.batch_count;
  out["last_error"] = chunk.last_error;
  out["history"] = Json::array();
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

}  // namespace decant
