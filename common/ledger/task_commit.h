// From what a task did to what its transaction writes into the ledger. The worker builds it for
// PostgreSQL, the coordinator for staged tasks (DuckDB); both must write the same.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/chunk_digester.h"
#include "common/connector/target.h"
#include "common/digest/control_sums.h"
#include "common/ledger/ledger.h"
#include "common/wire/messages.h"

namespace decant {

struct CommitContext {
  RunId run;
  std::string job;
  WorkerName worker;
  std::int64_t duration_ms = 0;
  // By store, what its source was read under, as its session told (snapshot_text.h).
  std::map<std::string, std::string> snapshots;
};

// The rows that the target refuses while a task is applied: they leave `loaded` of their chunk,
// count as rejected and join the task's rejects. Rows that a later version of the same key
// superseded (latest_by), or that do not take the place of a former one which a foreign key keeps,
// leave it too; they are counted apart and no rejects. One thread, one attempt at a commit.
class TargetRefusals {
 public:
  // `batches` and `rejects` must outlive it.
  static Result<std::unique_ptr<TargetRefusals>> make(const Task& task,
                                                      std::vector<BatchReport>& batches,
                                                      RejectSpool& rejects);

  Status take(const RefusedRow& row);
  // kTooManyRejects when they bring the task over its entity's `rejects: max`; `rejected_before`
  // were refused by our own rules.
  Status check_limit(const RunId& run, std::int64_t rejected_before, std::int64_t max) const;
  std::int64_t count() const { return count_; }
  // The first few of them, for people.
  const std::vector<RefusedRow>& first() const { return first_; }

 private:
  TargetRefusals(const Task& task, std::vector<BatchReport>& batches, RejectSpool& rejects,
                 std::shared_ptr<const Schema> schema, ControlSums sums)
      : task_(&task),
        batches_(&batches),
        rejects_(&rejects),
        schema_(std::move(schema)),
        sums_(std::move(sums)),
        digester_(sums_, 0, columns_left_to_others(task.plan)) {}

  const Task* task_;
  std::vector<BatchReport>* batches_;
  RejectSpool* rejects_;
  std::shared_ptr<const Schema> schema_;
  ControlSums sums_;
  ChunkDigester digester_;
  RowBatch row_;
  std::int64_t count_ = 0;
  std::string why_;  // of the first of them
  std::vector<RefusedRow> first_;
};

// Takes over what the loader did into `batches` (counts) and builds the commit, without batches of
// nothing where the task leaves them to another. `rejects` are the task's, the target's refusals
// among them; their chunks are positions in task.chunks.
TaskCommit make_task_commit(const Task& task, const CommitContext& context,
                            std::vector<BatchReport>& batches, EachReject rejects,
                            const LoadOutcome& outcome);

// How the rows of a task enter the table. A worker adds where it stages, and what it calls itself.
LoadPlan load_plan_of(const Task& task, const RunId& run, const std::string& job,
                      const std::string& ledger_schema);

// Makes of a task's result what it is when nothing of it was written, since keys of its rows stand
// in chunks of other tasks.
void hand_back(TaskResult& result, std::vector<KeyPlace> keys_elsewhere);

// What the ledger keeps of a task that went over the limit.
RefusedTask make_refused_task(const Task& task, const CommitContext& context,
                              std::int64_t rows_read, std::int64_t rows_rejected,
                              const Error& error, EachReject rejects);

// The error of a task that went over the limit.
Error too_many_rejects(const Task& task, const RunId& run, std::int64_t rows_read,
                       std::int64_t rows_rejected, std::int64_t max);

}  // namespace decant
