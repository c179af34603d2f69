// What workers leave in the stage folder (DuckDB), taken into the database by its holder: staged
// rows with their ledger rows, and the rejects of tasks that met too many. On the target's thread.
#pragma once

#include <string>

#include "common/ledger/task_commit.h"
#include "coordinator/control/target_thread.h"

namespace decant {

struct StageContext {
  CommitContext commit;
  std::string ledger_schema;
  std::int64_t max_rejects = 0;
};

// Commits a staged task and removes its files. `result` is corrected by what the target did and
// refused. With kTooManyRejects nothing of it is loaded, and its rejects are kept in the ledger.
Status commit_staged_task(TargetAccess& access, const Task& task, const StageContext& context,
                          TaskResult& result);

// The rejects of a failed task into the ledger; removes their file.
Status keep_reject_file(TargetAccess& access, const Task& task, const StageContext& context,
                        const TaskResult& result);

}  // namespace decant
