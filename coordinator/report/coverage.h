// Coverage: the grid of stores and months that the ledger's chunks make (DESIGN 8). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/job/job_spec.h"
#include "common/job/selection.h"
#include "common/ledger/ledger.h"

namespace decant {

struct CoverageCell {
  std::string month;
  enum class State {
    kComplete,
    kPartial,    // some of its chunks are not loaded, or they are not the whole month
    kNotLoaded,  // chunks are planned, none is loaded
    kMissing,    // no rows
    kNotRead,    // no rows, and the newest run could not read the store
    kNotOpen,
  } state = State::kMissing;
  std::int64_t rows = 0;
};

struct CoverageStore {
  std::string store, label;
  bool active = true;
  std::string opened;  // "2025-03" or empty
  std::vector<CoverageCell> cells;
  std::int64_t rows = 0;
  int months_with_rows = 0, months_expected = 0;
  std::vector<std::string> missing, not_loaded, not_read;  // months
};

struct Coverage {
  std::string job, entity, table;
  std::vector<std::string> months;
  std::vector<std::string> months_apart;  // with rows, counted, but years away from all others
  // The job's order; stores only in the ledger follow, and are off where the job has let go of
  // them.
  std::vector<CoverageStore> stores;
  std::int64_t rows = 0;
  std::vector<std::int64_t> month_rows;  // of each month, all stores
  int active_stores = 0, configured_stores = 0;
  std::int64_t mean_rows_per_month = 0;  // rounded
};

// What of the ledger is looked at.
struct CoverageScope {
  DayRange days;                    // the months that they touch
  std::vector<std::string> stores;  // empty: all
  // Parts of any chunk may be missing yet, so that no month is complete.
  bool first_load_is_open = false;
  // Stores that the newest run could not read: whether their empty months have rows, nobody knows.
  std::vector<std::string> not_read = {};
};

// Months from the first to the last that has rows or is planned, or those of the scope's days; a
// few that lie more than ten years away from the rest (a date of 9999 for "never") are counted and
// named, and make no columns. Expected since opening, or since the first month.
Coverage make_coverage(const JobSpec& job, const EntitySpec& entity,
                       const std::vector<ChunkRecord>& chunks, const CoverageScope& scope);

// Months with rows of those expected; 0 where none is.
int coverage_percentage(const CoverageStore& store);
// "complete", "partial", "not loaded", "missing", "not read", "not yet open".
const char* coverage_state_name(CoverageCell::State state);
// Months in order as text, neighbours joined: "2024-09 .. 2024-11, 2025-03".
std::string months_text(const std::vector<std::string>& months);

std::string coverage_text(const Coverage& coverage, bool colour, int terminal_columns);
std::string coverage_json(const Coverage& coverage);
std::string coverage_html(const Coverage& coverage);  // one self-contained page

}  // namespace decant
