// CopyTask: extract, validate, digest and load one task (kCopy), or only digest it (kCompare).
//
//   source --(reading thread)--> transform, rules --> route --> digest --> loader          no chunk
//   has prior content
//                                                                     \--> spool --> loader (only
//                                                                     chunks that differ)
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/connector/chunk_digester.h"
#include "common/connector/target.h"
#include "worker/pipeline/row_places.h"
#include "worker/pipeline/rules.h"
#include "worker/pipeline/sessions.h"
#include "worker/pipeline/spooled_rows.h"
#include "worker/pipeline/task_rejects.h"
#include "worker/pipeline/task_runner.h"
#include "worker/pipeline/transform.h"

namespace decant {

struct CopyContext {
  const JobSpec& job;
  SourceSessions& sessions;
  LoaderFactory& loaders;
  RunId run;
  WorkerName worker;
  std::string work_dir;      // of spool files
  std::string stage_folder;  // DuckDB
};

class CopyTask {
 public:
  CopyTask(const Task& task, CopyContext& context, TaskControl& control);
  // Fills in everything but the task's identity. Errors are in the result's outcome too.
  TaskResult run();

 private:
  Status run_or_fail();
  Result<OpenSource> open_source(const std::string& store);
  Status begin_loader();
  void drop_loader();
  Status prepare(const OpenSource& open);
  Status read_extent(const OpenSource& open, std::size_t extent);
  Status take(RowBatch& source_batch, std::size_t extent);
  Status place_rows(std::size_t extent);
  bool is_passed_over(int chunk) const;
  Status refuse(Reject reject, std::size_t extent, int chunk);
  void give_up_if_over_limit();
  Status load_from_spool(const std::vector<int>& chunks);
  Result<LoadOutcome> load_all_rows(const std::vector<int>& chunks, const TakeRefused& refused,
                                    const LedgerWrites& ledger);
  Status commit(const std::vector<int>& chunks);
  void keep_refused(Error& error);
  std::int64_t elapsed_ms() const {
    const auto elapsed = std::chrono::steady_clock::now() - started_;
    return std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count();
  }
  CommitContext commit_context() const {
    return {context_.run, context_.job.name, context_.worker, elapsed_ms(), result_.snapshots};
  }
  Status finish();
  std::vector<int> chunks_to_load();

  // Whose source an extent is of.
  const std::string& store_of(std::size_t extent) const {
    const std::string& own = task_.extents[extent].store;
    return own.empty() ? task_.store : own;
  }

  const Task& task_;
  CopyContext& context_;
  TaskControl& control_;
  TaskResult result_;
  std::shared_ptr<const Schema> schema_;
  std::unique_ptr<Transform> transform_;
  std::unique_ptr<CharacterSet> characters_;  // null: the target holds all of them
  std::unique_ptr<RowRules> rules_;
  std::unique_ptr<RowRouter> router_;
  std::optional<RowPlaces> places_;
  std::unique_ptr<ChunkDigester> digester_;
  // What the target can be compared with, where others may change some columns (keep_on_update).
  std::unique_ptr<ChunkDigester> written_;
  std::unique_ptr<TaskLoader> loader_;
  std::optional<TaskControl::Hook> loader_hook_;  // goes before the loader
  std::unique_ptr<SpooledRows> spool_;
  RowBatch batch_;
  RowFaults faults_;
  std::vector<int> chunk_of_row_;
  std::unique_ptr<TaskRejects> rejects_;
  bool is_refused_ = false;  // over the limit: the rest is read and counted, and nothing is loaded
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  int home_chunk_ = -1;  // of the extent that is read
};

}  // namespace decant
