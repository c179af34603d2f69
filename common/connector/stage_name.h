// How the files of the stage folder begin (DuckDB), so that those of a task can be told from
// others.
#pragma once

#include <cstdint>
#include <string>

namespace decant {

// RUN-TASK-; every attempt at the task adds something of its own.
inline std::string stage_name_prefix(const std::string& run, std::int64_t task) {
  return run + "-" + std::to_string(task) + "-";
}

}  // namespace decant
