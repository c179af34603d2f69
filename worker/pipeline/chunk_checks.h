// What a task's chunks must be before anything of them is loaded. Pure.
#pragma once

#include <vector>

#include "common/base/result.h"
#include "common/wire/messages.h"

namespace decant {

// Whether the ledger holds the chunk of `report` as it was read, by this very mapping.
bool is_as_before(const Task& task, const BatchReport& report);

// No row may be read twice: kInternal where two extents of the task's source meet, as far as their
// kinds tell.
Status check_extents_apart(const Task& task);

// Promise 3, checked before anything is committed: kInternal where rows are not accounted for.
Status check_accounts(const Task& task, const std::vector<BatchReport>& batches);

// Mode insert adds rows and never changes any: kDiffers for a chunk of `to_load` (positions in the
// task) that is not what it was, which cannot be followed.
Status refuse_changed_inserts(const Task& task, const std::vector<BatchReport>& batches,
                              const std::vector<int>& to_load);

}  // namespace decant
