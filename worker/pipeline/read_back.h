// Reading back: what the target really holds, digested by chunk (promise 5).
#pragma once

#include "common/connector/source.h"
#include "common/job/job_spec.h"
#include "worker/pipeline/task_runner.h"

namespace decant {

// Runs a kReadBack task over extents of the target's table.
TaskResult run_read_back(const Task& task, const std::string& target, const JobSpec& job,
                         SourceFactory& sources, TaskControl& control);

}  // namespace decant
