// The TaskRunner of decant-worker: real sources, real loaders.
#pragma once

#include <memory>
#include <string>

#include "common/base/log.h"
#include "common/base/secrets.h"
#include "common/connector/source.h"
#include "common/connector/target.h"
#include "worker/pipeline/task_runner.h"

namespace decant {

// Adapters by the scheme of a resolved connection; main.cc gives the concrete ones.
class AdapterFactory {
 public:
  virtual ~AdapterFactory() = default;
  virtual SourceFactory& sources() = 0;
  virtual Result<std::unique_ptr<LoaderFactory>> loaders(const std::string& target) = 0;
};

struct TaskRunnerOptions {
  std::string env_file;                // empty: .env beside the job file
  std::string work_dir;                // of spool files; empty: the system's temporary folder
  AdapterFactory* adapters = nullptr;  // outlives the runner
  SecretMask* mask = nullptr;
  Logger* logger = nullptr;
};

std::unique_ptr<TaskRunner> make_task_runner(const TaskRunnerOptions& options);

}  // namespace decant
