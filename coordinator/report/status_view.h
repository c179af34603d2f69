// What `decant status` shows: the newest run, how it goes or ended, and what is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/ledger/ledger.h"
#include "coordinator/report/report.h"

namespace decant {

// What the ledger knows of an entity's chunks, from all runs.
struct EntityCounts {
  std::string entity;
  std::int64_t chunks = 0, loaded = 0, failed = 0, rows = 0, rejects = 0;
  bool first_load_is_open = false;
  std::string last_error;  // of a chunk that nothing is loaded of
};

struct StatusView {
  std::string job;
  RunRecord run;
  bool died = false;                     // the ledger calls it running, and nobody runs it
  std::optional<ProgressView> progress;  // of a run that is on
  std::int64_t progress_age_ms = 0;
  std::optional<RunPulse> pulse;  // of a run that the ledger calls running; none: asked of itself
  std::vector<EntityCounts> entities;
  std::vector<RunRecord> earlier;  // newest first
};

// `columns` of the terminal bound the progress line.
std::string status_text(const StatusView& view, int columns);
std::string status_json(const StatusView& view);

}  // namespace decant
