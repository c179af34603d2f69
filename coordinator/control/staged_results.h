// StagedResults: what workers have staged (DuckDB) and what waits for the coordinator's commit.
//
// The coordinator's thread puts results in, the target's thread takes them out: the more of them
// wait, the more go into one transaction, which costs less than one of their own for each.
#pragma once

#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "coordinator/control/stage_files.h"

namespace decant {

struct StagedResult {
  Task task;
  Incarnation worker{};
  std::string worker_name;
  StageContext context;
  TaskResult result;
  Status committed;  // once it was tried
};

class StagedResults {
 public:
  void push(StagedResult staged);
  // The first that waits, and with it those behind it that one transaction can append to the same
  // table. Empty when others have taken all.
  std::vector<StagedResult> take();
  // From now on results for that table go one by one: together they were refused.
  void keep_apart(const std::string& table);

 private:
  bool go_together(const StagedResult& first, const StagedResult& other) const;

  std::mutex mutex_;
  std::deque<StagedResult> waiting_;
  std::set<std::string> apart_;
};

// Commits them together where there are several, and one by one where that fails, so that what is
// wrong with one is not the others' trouble. Fills `committed`, `result` as commit_staged_task
// does.
void commit_staged(TargetAccess& access, StagedResults& queue, std::vector<StagedResult>& staged);

}  // namespace decant
