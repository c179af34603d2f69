// Which store holds a phase up, and why: for the progress line. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "coordinator/dispatch/dispatcher.h"

namespace decant {

struct SlowStore {
  std::string store;
  std::string reason;  // "after 2 attempts: …", "400,000 rows left in 9 tasks", "a task for 125 s"
};

// Of the stores that have tasks left, where the phase has several: one whose task is being tried
// again before one that has most rows left. nullopt: no store stands out.
std::optional<SlowStore> slowest_store(const std::map<TaskId, DispatchTask>& tasks,
                                       MonotonicMs now);

}  // namespace decant
