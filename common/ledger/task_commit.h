// From what a task did to what its transaction writes into the ledger. The worker builds it for
// PostgreSQL, the coordinator for staged tasks (DuckDB); both must write the same.
#pragma once

#include "common/connector/target.h"
#include "common/ledger/ledger.h"
#include "common/wire/messages.h"

namespace decant {

struct CommitContext {
  RunId run;
  std::string job;
  WorkerName worker;
  std::int64_t duration_ms = 0;
};

// Corrects `batches` by what the loader did (counts, rows that the target refused: they leave
// `loaded` and count as rejected) and builds the commit, without batches of nothing where the task
// leaves them to another. `rejects` are the task's own;
// `chunk_of_reject` are positions in task.chunks.
Result<TaskCommit> make_task_commit(const Task& task, const CommitContext& context,
                                    std::vector<BatchReport>& batches,
                                    const std::vector<Reject>& rejects,
                                    const std::vector<int>& chunk_of_reject,
                                    const LoadOutcome& outcome);

// kTooManyRejects when the rows that the target refused bring the task over its entity's `rejects:
// max`. Rows that a later version of the same key superseded (latest_by) are no rejects.
Status check_reject_limit(const Task& task, std::int64_t rejected_before,
                          const LoadOutcome& outcome, std::int64_t max);

}  // namespace decant
