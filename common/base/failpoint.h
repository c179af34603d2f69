// Failpoints: places where a test may end or stop this very process, to see that nothing is lost.
// They are compiled in and off: passing one costs a relaxed load of one atomic.
//
// DECANT_FAILPOINTS="[ROLE.]POINT=ACTION[@N] …", apart by blanks or semicolons, switches them on:
//   ROLE    worker or coordinator; without one it holds for both
//   POINT   a name of the list below
//   ACTION  kill (SIGKILL), stop (SIGSTOP, until somebody sends SIGCONT) or sleep:MS
//   @N      at the N-th passing (default 1) of the process
// DECANT_FAILPOINT_MARKS=FOLDER leaves a file ROLE.POINT there, with the process id in it, before
// the action; where it is there already nothing is done. So a fault strikes once, whichever process
// comes first, and the test knows that and when it did.
//
// Armed once by main, before there are threads, and only read from then on: unlike all else in the
// tree they are global, since what they interrupt must not know of them.
#pragma once

#include <array>
#include <atomic>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace decant {

enum class Failpoint {
  kLed,              // coordinator: the leadership is taken, the run is not in the ledger
  kPlanned,          // coordinator: the chunks are in the ledger
  kBeforeAssign,     // coordinator: a task's fence is not yet in the ledger
  kAfterAssign,      // coordinator: it is, and the task has not been sent
  kBeforeExtract,    // worker: the source is open, no row is read
  kAfterExtract,     // worker: all rows of the task are read
  kBeforeSpool,      // worker: rows that differ are still in the spool
  kAfterSpool,       // worker: they have gone to the loader
  kBeforeCopy,       // PostgreSQL: the transaction is open, COPY has not begun
  kMidCopy,          // PostgreSQL: rows are sent, COPY has not ended
  kAfterCopy,        // PostgreSQL: COPY has ended
  kBeforeFence,      // worker (DuckDB: coordinator): the rows are in, the fence is not passed
  kAfterFence,       // the fence is passed, batches and rejects are written
  kBeforeCommit,     // COMMIT is not sent
  kCommitSent,       // PostgreSQL: COMMIT is sent, its answer is not there
  kAfterCommit,      // COMMIT is answered
  kStageWritten,     // DuckDB, worker: the stage file is whole and has not its name yet
  kStageNamed,       // DuckDB, worker: it has, and nobody was told
  kStageCommitted,   // DuckDB, coordinator: its rows are committed, the file is still there
  kStageRemoved,     // DuckDB, coordinator: the file is gone, nobody was told
  kBeforeResult,     // worker: the result is not sent
  kAfterResult,      // worker: it is sent, not acknowledged
  kBeforeAck,        // coordinator: the result is taken, not acknowledged
  kAfterAck,         // coordinator: it is acknowledged
  kAckTaken,         // worker: the acknowledgement is there
  kBeforeFenceBump,  // coordinator: a task is to be taken back
  kAfterFenceBump,   // coordinator: its fence is raised, its old owner may be alive
  kBeforeKey,        // coordinator: all is loaded, the key is not begun
  kAfterKey,         // coordinator: the key stands, the ledger does not know it
  kKeyRecorded,      // coordinator: it does
  kBeforeReadBack,   // worker (DuckDB: coordinator): the target is not read yet
  kBeforeEnd,        // coordinator: all is done, the run has not ended in the ledger
  kAfterEnd,         // coordinator: it has, the leadership is not let go of
  kCount
};

// In the order of the enum.
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Failpoint::kCount)>
    k_failpoint_names = {"led",
                         "planned",
                         "before_assign",
                         "after_assign",
                         "before_extract",
                         "after_extract",
                         "before_spool",
                         "after_spool",
                         "before_copy",
                         "mid_copy",
                         "after_copy",
                         "before_fence",
                         "after_fence",
                         "before_commit",
                         "commit_sent",
                         "after_commit",
                         "stage_written",
                         "stage_named",
                         "stage_committed",
                         "stage_removed",
                         "before_result",
                         "after_result",
                         "before_ack",
                         "after_ack",
                         "ack_taken",
                         "before_fence_bump",
                         "after_fence_bump",
                         "before_key",
                         "after_key",
                         "key_recorded",
                         "before_read_back",
                         "before_end",
                         "after_end"};

namespace failpoints {

extern std::atomic<bool> g_armed;
void reached(Failpoint point);

// kUsage for a name, an action or a number that is none. `role` is what this program is.
Status arm(std::string_view spec, const std::string& role, const std::string& marks_folder);

// From the environment; nothing where it has no DECANT_FAILPOINTS.
Status arm_from_environment(const std::string& role);

}  // namespace failpoints

inline void pass(Failpoint point) {
  if (failpoints::g_armed.load(std::memory_order_relaxed)) failpoints::reached(point);
}

}  // namespace decant
