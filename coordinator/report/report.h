// What a run tells people and programs: the report (JSON and text), the coverage grid, the
// completion log's lines. Rendering only; nothing here reads a database or a clock.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/connector/target.h"
#include "common/job/job_spec.h"
#include "common/ledger/ledger.h"
#include "common/wire/messages.h"
#include "coordinator/reconcile/reconcile.h"

namespace decant {

struct CheckResult {
  std::string name;
  bool passed = false;
  std::string text;  // what was found; of one that failed the first rows, or the value
};

// Keys that a first load found more than once when the table's key was to be built.
struct DuplicateReport {
  std::string entity, table;
  std::vector<std::string> key;
  Ledger::Duplicates found;
  std::int64_t rejected =
      0;  // rows that on_duplicate: reject took out; 0: they stay, without a key
};

// Rows of one store that were refused, and the first few of them.
struct StoreRejects {
  std::string entity, store;
  std::int64_t rows = 0;
  std::vector<Reject> first;
};

struct RunReport {
  RunRecord run;
  TargetIdentity target;
  std::vector<std::string> stores, entities;
  std::set<std::string> left_out;  // stores that could not be read, and are not among `stores`
  Reconciliation reconciliation;
  std::vector<CheckResult> checks;
  bool loads = true;          // false for reconcile: it only compares
  bool is_reconciled = true;  // false: it ended before that
  std::vector<std::string>
      notes;  // "2 snapshots were used", "promotions has no time and ran whole" …
  std::map<std::string, int> divided_sources;  // read under that many snapshots, more than one
  std::vector<DuplicateReport> duplicates;
  std::int64_t chunks_loaded = 0, chunks_skipped = 0, chunks_failed = 0;
  std::int64_t rows_inserted = 0, rows_updated = 0, rows_deleted = 0;
  // Work of an earlier run whose coordinator died, taken over from the workers that held it.
  std::int64_t adopted_tasks = 0, adopted_chunks = 0;
  std::int64_t elapsed_ms = 0;
  std::map<std::string, std::int64_t>
      workers;  // by name: peak memory of the process in bytes, 0 where unknown
  std::int64_t coordinator_peak_bytes = 0;
  std::vector<StoreRejects> rejects;
  std::vector<Error> errors;
  std::string how_to_continue;  // empty: nothing is left to do

  // Not all that was asked for was done and compared.
  bool is_unfinished() const { return run.state == "failed" || run.state == "interrupted"; }
};

std::string report_json(const RunReport& report);  // pretty, stable key order, format_version
std::string report_text(const RunReport& report,
                        bool colour);  // what the terminal shows at the end

// The first refused rows with place and reason, a line each; empty where there are none.
std::string rejects_text(const std::vector<StoreRejects>& rejects);

// One line of logs/RUN/chunks.jsonl.
struct ChunkLogLine {
  std::string time, run, chunk, store, month, entity,
      state;  // planned, assigned, loaded, skipped, failed, rejected …
  std::uint64_t task = 0;
  std::int64_t rows = 0, rejects = 0, superseded = 0;
  StageTimes times;
  std::string worker, digest, error;
};
std::string chunk_log_json(const ChunkLogLine& line);

// The progress line on a terminal, cut to `columns`; and the plain line elsewhere.
struct ProgressView {
  std::string phase =
      "starting";  // then census, copy ventas, keys ventas, read-back ventas, checks
  // Of the phase. One without tasks has 0 of them; rows are 0 where none are read.
  std::int64_t tasks_done = 0, tasks = 0, rows = 0, rows_expected = 0, rejects = 0;
  std::int64_t elapsed_ms = 0;
  double rows_per_second = 0;  // over the last seconds
  int workers = 0;             // that were heard of lately
  bool needs_workers = true;   // false: the target's own work
  std::string slowest_store, slowest_reason;
};
// Without its rows where others are told beside it.
std::string progress_line(const ProgressView& view, int columns, bool with_rows = true);
// As the ledger keeps it for `decant status`. nullopt: it is none.
std::string progress_json(const ProgressView& view);
std::optional<ProgressView> progress_from_json(const std::string& text);

}  // namespace decant
