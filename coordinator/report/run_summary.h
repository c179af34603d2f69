// RunSummary: what the ledger keeps of how a run ended, so that `decant status` can say why long
// after its terminal is gone. The whole story is in the run's report.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/report/report.h"

namespace decant {

struct RunSummary {
  std::vector<std::string> errors;  // a sentence each, with the stores that have it; the first few
  std::int64_t more_errors = 0;
  std::vector<std::string> left_out;  // stores that could not be read: nobody knows what they have
  std::int64_t differences = 0;
  std::string first_difference;
  std::int64_t chunks_loaded = 0, chunks_skipped = 0, chunks_failed = 0;
  std::optional<int> exit_status;  // of its process; none: an earlier version recorded it
  // The target was out of its reach, or its terminal was closed: who stands by goes on.
  bool left_to_standby = false;
};

RunSummary summary_of(const RunReport& report);
std::string summary_json(const RunSummary& summary);
// Empty where the text is none: a run that has not ended, or that an older version recorded.
RunSummary summary_from_json(const std::string& text);

}  // namespace decant
