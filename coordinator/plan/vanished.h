// Vanished: decision 13 for files that are named by month. A folder that is synchronised by half
// looks like a source whose months were emptied, and so does an export that broke off.
#pragma once

#include <vector>

#include "coordinator/plan/planner.h"

namespace decant {

// kDiffers with --allow-empty as advice: a month that holds rows in the target, and whose file is
// gone, or there and without a single row, while the store's other files are there. Only where
// every file of the store says its month by its name, and only in mode replace, which would take
// the rows out.
Status refuse_vanished_files(const PlanInput& input, const std::vector<PlannedChunk>& chunks);

}  // namespace decant
