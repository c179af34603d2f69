// Chunks between which keys have moved, planned again so that they are loaded in one transaction
// (DESIGN 5).
//
// Tasks of a keyed table run side by side, each over chunks of its own. A task that would insert a
// key which the table still holds in a chunk of another task writes nothing and is handed back.
// When all tasks have settled, its chunks and those that hold its keys are planned into one task,
// which sees both ends of a move: it deletes the key here and inserts it there, or finds the key
// twice in the source and refuses the second row. Should that task meet keys of yet another one,
// they are joined too: every round joins more or is the last. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "coordinator/plan/planner.h"

namespace decant {

class JoinedChunks {
 public:
  // Positions below are those of `chunks`, which must outlive it.
  JoinedChunks(const EntityPlan& plan, const std::vector<PlannedChunk>& chunks);

  // A task was handed back.
  void take(const Task& task, const std::vector<KeyPlace>& keys_elsewhere);
  // A chunk is to be loaded again as it is.
  void want(std::size_t chunk);
  // Its tasks delete rows though others would go with them (LoadPlan::lets_go): all tasks of the
  // entity have settled, and none has them. What is wanted by now goes together, since one chunk's
  // row may be gone only in that its new version waits in another.
  void let_go();
  bool has_work() const { return !wanted_.empty(); }
  // Where keys stand that tasks wanted, in no chunk of the run; `chunk` says nothing.
  const std::set<KeyPlace>& places_of_nobody() const { return places_of_nobody_; }
  // The tasks of the next round, without id and fence: over the chunks of tasks that were handed
  // back, and over whatever is joined with them. What such a task met that belongs to no other
  // chunk of the run is not met by joining: then the task refuses it. Errors are those of
  // make_copy_work.
  Result<std::vector<Task>> next_round(const PlanInput& input);

 private:
  void index();  // when the first task is handed back: mostly none is
  std::size_t root_of(std::size_t chunk);
  void join(std::size_t a, std::size_t b);

  const std::vector<PlannedChunk>& chunks_;
  std::optional<ChunkRouter> router_;
  std::map<ChunkName, std::size_t> position_;
  bool lets_go_ = false;
  bool has_store_column_ = false;    // else one store alone feeds the table
  bool has_ranges_ = false;
  std::vector<std::size_t> parent_;  // disjoint sets
  std::set<KeyPlace> places_of_nobody_;
  std::set<std::size_t> wanted_;  // chunks of the tasks that were handed back
  std::set<std::size_t>
      grown_;  // chunks beside which the next round loads others for the first time
};

}  // namespace decant
