// The folder in which workers lay the rows of a task before the holder of a DuckDB file commits
// them.
#pragma once

#include <string>
#include <vector>

#include "common/ledger/ledger.h"

namespace decant {

// Takes out what earlier runs left there, but for the files of tasks that are still in the hands of
// workers. What cannot be removed stays until the next run.
void clean_stage_folder(const std::string& folder, const std::vector<OpenTask>& but);

}  // namespace decant
