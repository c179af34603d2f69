// StagedResults: what workers have staged (DuckDB) and what waits for the coordinator's commit.
//
// The coordinator's thread puts results in, the target's thread takes them out. DuckDB compresses
// whole row groups and does what is left over of each statement again at its next checkpoint, so
// that many rows by one statement cost a half to a third of the same rows file by file: results
// wait for others as long as some are to come, but not for long, and where they have few rows (a
// slow source) hardly at all.
#pragma once

#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "coordinator/control/stage_files.h"

namespace decant {

inline constexpr std::int64_t k_rows_per_ms_of_waiting = 50;
inline constexpr std::int64_t k_longest_wait_ms = 3'000;
// Eight of DuckDB's row groups, nearly: what each thread leaves over is little beside its share.
inline constexpr std::int64_t k_rows_together = 1'000'000;

struct StagedResult {
  Task task;
  Incarnation worker{};
  std::string worker_name;
  StageContext context;
  TaskResult result;
  MonotonicMs since;  // when it came
  Status committed;   // once it was tried
};

class StagedResults {
 public:
  void push(StagedResult staged);
  bool is_empty() const;
  // Whether to commit what take() would give: it is enough, or little is to be gained by waiting,
  // or it has waited long enough. `are_more_coming`: some task is under way.
  bool is_due(MonotonicMs now, bool are_more_coming) const;
  // The first that waits, and with it those behind it that one transaction can append to the same
  // table.
  std::vector<StagedResult> take();
  // From now on results for that table go one by one: together they were refused.
  void keep_apart(const std::string& table);

 private:
  bool go_together(const StagedResult& first, const StagedResult& other) const;
  std::size_t together() const;  // how many of those that wait, from the first

  mutable std::mutex mutex_;
  std::deque<StagedResult> waiting_;
  std::set<std::string> apart_;
};

// Commits them together where there are several, and one by one where that fails, so that what is
// wrong with one is not the others' trouble. Fills `committed`, `result` as commit_staged_task
// does.
void commit_staged(TargetAccess& access, StagedResults& queue, std::vector<StagedResult>& staged);

}  // namespace decant
