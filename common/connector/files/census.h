// The census of files: what each holds, by store and month, from its name where that says it, else
// by one pass.
#pragma once

#include <string>
#include <vector>

#include "common/connector/extent.h"
#include "common/connector/files/entity_files.h"
#include "common/connector/files/layout.h"
#include "common/job/job_spec.h"

namespace decant {

struct FileCensusRequest {
  const JobSpec& job;
  const EntitySpec& entity;
  const CensusRequest& census;
  std::vector<FoundFile> files;
  const EntityFiles& reader;
  const FilesOptions& options;
  std::string time_zone;  // of local times in the files
};

// One extent per file. A file whose period and store are known beforehand is estimated (one cell,
// not exact); others are read once with only the store and the range column: a cell per (store,
// month), or per day in every file where the month of that store has more than chunk_rows rows in
// all files together. Files that are read, and large ones, come with marks where they may be cut,
// at most k_most_marks in all. Memory grows with (file, store, day). kMismatch for a file whose
// columns differ from the first one's, kUsage for a store column with a value per row.
inline constexpr std::size_t k_most_marks = 16'384;  // they travel in one message
Result<CensusResult> take_file_census(const FileCensusRequest& request);

}  // namespace decant
