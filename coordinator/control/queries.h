// Questions about a job that only read the ledger: status, explain, coverage. The command line asks
// them over its own session, or, while a run holds a DuckDB file, through the holder's socket; the
// answer is the same text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/job/job_spec.h"
#include "common/ledger/ledger.h"
#include "coordinator/report/report.h"

namespace decant {

struct Query {
  std::string command;              // status, explain, coverage
  std::string format = "text";      // text, json, html
  std::string entity;               // coverage; empty: every entity with rows
  std::string chunk;                // explain
  std::string from, to;             // coverage
  std::vector<std::string> stores;  // coverage; empty: all
  // For the holder of a DuckDB file, whose own job may be another one.
  std::string job_text, job_directory;
  // Whoever answers has the target to itself, so that no other run is at it (DuckDB). Not sent.
  bool holds_file = false;
  bool colour = false;
  int columns = 100;
};

std::string query_to_json(const Query& query);
Result<Query> query_from_json(const std::string& text);

// kNotFound where the ledger has nothing about the job or the chunk. `live` is the progress of a
// run in this process.
Result<std::string> answer(const Query& query, const JobSpec& job, Ledger& ledger,
                           const std::optional<ProgressView>& live);

}  // namespace decant
