#include <nlohmann/json.hpp>

#include "coordinator/report/report.h"

namespace decant {
namespace {

using Json = nlohmann::ordered_json;

constexpr int k_report_format_version = 1;

std::string_view kind_text(DifferenceKind kind) {
  switch (kind) {
    case DifferenceKind::kRowsUnaccounted:
      return "rows unaccounted";
    case DifferenceKind::kLedgerDiffers:
      return "ledger differs";
    case DifferenceKind::kCountDiffers:
      return "count differs";
    case DifferenceKind::kSumDiffers:
      return "control sum differs";
    case DifferenceKind::kDigestDiffers:
      return "digest differs";
    case DifferenceKind::kForeignRows:
      return "foreign rows";
    case DifferenceKind::kKeyRefused:
      return "key refused";
    case DifferenceKind::kCheckFailed:
      return "check failed";
  }
  return "";
}

Json totals_json(const ChunkTotals& totals, const std::vector<std::string>& names) {
  Json out;
  out["rows"] = totals.digest.row_count;
  out["digest"] = totals.digest.hex();
  for (std::size_t i = 0; i < names.size(); ++i) {
    out["control_sums"][names[i]] = i < totals.sums.size() ? totals.sums[i].to_string() : "0";
  }
  return out;
}

Json slice_json(const SliceResult& slice, const std::vector<std::string>& names,
                VerifyLevel level) {
  Json out;
  if (!slice.slice.period.empty()) {
    out["slice"] = slice.slice.name();
    out["store"] = slice.slice.store;
    out["month"] = slice.slice.period;
  }
  out["chunks"] = slice.chunks;
  out["skipped_chunks"] = slice.skipped_chunks;
  out["not_loaded_chunks"] = slice.not_loaded_chunks;
  out["not_compared_chunks"] = slice.not_compared_chunks;
  out["rows_read"] = slice.rows_read;
  out["rows_rejected"] = slice.rows_rejected;
  out["rows_superseded"] = slice.rows_superseded;
  out["rows_loaded"] = slice.rows_loaded;
  out["source"] = totals_json(slice.source, names);
  if (level == VerifyLevel::kCounts) out["target"]["rows"] = slice.rows_target;
  if (level == VerifyLevel::kDigests) out["target"] = totals_json(slice.target, names);
  out["equal"] = slice.equal;
  return out;
}

Json error_json(const Error& error) {
  return {{"code", std::string(to_string(error.code))},
          {"text", error.to_string()},
          {"entity", error.place.entity},
          {"store", error.place.store},
          {"chunk", error.place.chunk}};
}

Json rejects_json(const StoreRejects& rejects) {
  Json out = {{"entity", rejects.entity},
              {"store", rejects.store},
              {"rows", rejects.rows},
              {"first", Json::array()}};
  for (const Reject& reject : rejects.first) {
    out["first"].push_back({{"source", reject.source},
                            {"line", reject.place.line},
                            {"byte_offset", reject.place.byte_offset},
                            {"column", reject.column},
                            {"rule", reject.rule},
                            {"reason", reject.reason},
                            {"original", reject.original}});
  }
  return out;
}

}  // namespace

std::string report_json(const RunReport& report) {
  Json out;
  out["format_version"] = k_report_format_version;
  out["run"] = report.run.run.value;
  out["job"] = report.run.job;
  out["command"] = report.run.command;
  out["range"] = report.run.range;
  out["state"] = report.run.state;
  out["coordinator"] = report.run.coordinator;
  out["target"] = {{"engine", report.target.engine},
                   {"host", report.target.host},
                   {"database", report.target.database},
                   {"user", report.target.user}};
  out["elapsed_ms"] = report.elapsed_ms;
  out["coordinator_peak_memory_bytes"] = report.coordinator_peak_bytes;
  out["workers"] = Json::array();
  for (const auto& [name, peak_bytes] : report.workers) {
    out["workers"].push_back({{"name", name}, {"peak_memory_bytes", peak_bytes}});
  }
  out["chunks"] = {{"loaded", report.chunks_loaded},
                   {"skipped", report.chunks_skipped},
                   {"failed", report.chunks_failed}};
  out["snapshots"] = Json::array();
  for (const auto& [source, count] : report.divided_sources)
    out["snapshots"].push_back({{"source", source}, {"snapshots", count}});
  out["adopted"] = {{"tasks", report.adopted_tasks}, {"chunks", report.adopted_chunks}};
  out["rows"] = {{"inserted", report.rows_inserted},
                 {"updated", report.rows_updated},
                 {"deleted", report.rows_deleted}};
  out["verified_at_level"] = nullptr;
  out["equal"] = nullptr;
  if (report.is_reconciled) {
    out["verified_at_level"] = std::string(to_string(report.reconciliation.level));
    const bool is_whole = !report.is_unfinished();
    if (is_whole || !report.reconciliation.equal()) out["equal"] = report.reconciliation.equal();
  }
  out["entities"] = Json::array();
  for (const EntityResult& entity : report.reconciliation.entities) {
    Json e;
    e["entity"] = entity.entity;
    e["total"] = slice_json(entity.total, entity.sum_names, report.reconciliation.level);
    e["foreign_rows"] = entity.foreign_rows;
    e["target_only_rows"] = entity.target_only_rows;
    e["slices"] = Json::array();
    for (const SliceResult& slice : entity.slices) {
      e["slices"].push_back(slice_json(slice, entity.sum_names, report.reconciliation.level));
    }
    out["entities"].push_back(std::move(e));
  }
  out["differences"] = Json::array();
  for (const Difference& difference : report.reconciliation.differences) {
    out["differences"].push_back({{"kind", std::string(kind_text(difference.kind))},
                                  {"slice", difference.slice.name()},
                                  {"chunk", difference.chunk.value},
                                  {"text", difference.text}});
  }
  out["duplicates"] = Json::array();
  for (const DuplicateReport& duplicates : report.duplicates) {
    Json first = Json::array();
    for (const Ledger::DuplicateKey& key : duplicates.found.first)
      first.push_back({{"key", key.key}, {"rows", key.rows}});
    out["duplicates"].push_back({{"entity", duplicates.entity},
                                 {"table", duplicates.table},
                                 {"keys", duplicates.found.keys},
                                 {"rows", duplicates.found.rows},
                                 {"rejected", duplicates.rejected},
                                 {"first", std::move(first)}});
  }
  out["checks"] = Json::array();
  for (const CheckResult& check : report.checks) {
    out["checks"].push_back({{"name", check.name}, {"passed", check.passed}, {"text", check.text}});
  }
  out["rejects"] = Json::array();
  for (const StoreRejects& rejects : report.rejects)
    out["rejects"].push_back(rejects_json(rejects));
  out["left_out"] = report.left_out;
  out["notes"] = report.notes;
  out["errors"] = Json::array();
  for (const Error& error : report.errors) out["errors"].push_back(error_json(error));
  out["how_to_continue"] = report.how_to_continue;
  return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string chunk_log_json(const ChunkLogLine& line) {
  Json out;
  out["time"] = line.time;
  out["run"] = line.run;
  out["chunk"] = line.chunk;
  out["store"] = line.store;
  out["month"] = line.month;
  out["entity"] = line.entity;
  out["state"] = line.state;
  out["task"] = line.task;
  out["rows"] = line.rows;
  out["rejects"] = line.rejects;
  out["superseded"] = line.superseded;
  out["ms"] = {{"extract", line.times.extract_ms}, {"convert", line.times.convert_ms},
               {"digest", line.times.digest_ms},   {"load", line.times.load_ms},
               {"commit", line.times.commit_ms},   {"total", line.times.total_ms}};
  out["worker"] = line.worker;
  out["digest"] = line.digest;
  if (!line.error.empty()) out["error"] = line.error;
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace decant
