// TaskRejects: the rows that one task refuses. Counted, the first few remembered for people, all of
// them spooled for the ledger. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/connector/target.h"
#include "common/ledger/task_commit.h"

namespace decant {

class TaskRejects {
 public:
  // Files are named as people know them (shown_path). Spools to files in `work_dir`, with no other
  // than `characters` where these are not null: the ledger is in the target.
  TaskRejects(const Task& task, const EntitySpec& entity, const std::string& job_directory,
              const std::string& work_dir, CharacterSet* characters)
      : task_(task),
        characters_(characters),
        max_(entity.rejects.max),
        files_(entity.read.files),
        is_parquet_(entity.read.file_options.format == FileFormat::kParquet),
        job_directory_(job_directory),
        spool_(work_dir) {}

  // A row that our own rules refuse, read from that extent and counted at that chunk. Its source is
  // filled in: the file, or the store and what stands there, the key of a row of no text file.
  // Values of private columns are masked.
  Status keep(Reject reject, std::size_t extent, int chunk);
  // One that the target refuses is in the spool already (TargetRefusals).
  void remember(const Reject& reject, int chunk);

  // Counts what the target refused in the result, too. kTooManyRejects where it is over the limit.
  Status count_in(const TargetRefusals& refusals, const RunId& run, TaskResult& result);

  std::int64_t count() const { return count_; }  // by our own rules
  bool over_limit() const { return count_ > max_; }
  std::int64_t max() const { return max_; }
  RejectSpool& spool() { return spool_; }
  EachReject each() {
    return [this](const TakeReject& take) { return spool_.each(take); };
  }
  // Gives the first few, at most k_samples_per_store of each store, to the result.
  void give_samples(TaskResult& result);

  // Keeps the rejects of a task that went over the limit: in the ledger where the worker reaches
  // it, else in a file of the stage folder that the coordinator takes up.
  Status keep_refused(const RefusedTask& refused, LoaderFactory& loaders, const LoadPlan& plan,
                      TaskResult& result);
  // The reject file of a task in the stage folder: no two attempts share one.
  static std::string file_path(const Task& task, const LoadPlan& plan);

 private:
  std::string source_name(std::size_t extent) const;
  Status spool(Reject reject, int chunk);

  const Task& task_;
  CharacterSet* characters_;
  std::int64_t max_;
  std::string files_;
  bool is_parquet_;  // rows have a number, and a key
  std::string job_directory_;
  RejectSpool spool_;
  std::int64_t count_ = 0;
  std::vector<Reject> samples_;
  std::vector<std::int32_t> chunk_of_sample_;
  std::map<std::string, int> samples_of_store_;
};

}  // namespace decant
