#include "coordinator/plan/joined.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "coordinator/plan/groups.h"
#include "coordinator/plan/tasks.h"

namespace decant {
namespace {

std::vector<ChunkSpec> specs_of(const std::vector<PlannedChunk>& chunks) {
  std::vector<ChunkSpec> specs;
  specs.reserve(chunks.size());
  for (const PlannedChunk& chunk : chunks) specs.push_back(chunk.spec);
  return specs;
}

// A chunk that the task may have left as it was: its keys were not looked for.
bool may_be_skipped(const TaskChunk& chunk) {
  return !chunk.is_tried_again && chunk.prior && !chunk.prior->fingerprint.empty();
}

// Groups of several stores may meet: each extent says whose source it is of.
void append(Group& to, const Group& from) {
  to.chunks.insert(to.chunks.end(), from.chunks.begin(), from.chunks.end());
  for (GroupExtent extent : from.extents) {
    if (extent.extent.store.empty()) extent.extent.store = from.store;
    to.extents.push_back(std::move(extent));
  }
  to.rows += from.rows;
}

}  // namespace

JoinedChunks::JoinedChunks(const EntityPlan& plan, const std::vector<PlannedChunk>& chunks)
    : chunks_(chunks),
      has_store_column_(!plan.store_column.empty()),
      has_ranges_(plan.has_ranges()) {}

void JoinedChunks::index() {
  if (router_) return;
  router_.emplace(specs_of(chunks_), has_ranges_);
  for (std::size_t i = 0; i < chunks_.size(); ++i) position_[chunks_[i].spec.name()] = i;
  parent_.resize(chunks_.size());
  std::iota(parent_.begin(), parent_.end(), 0);
}

std::size_t JoinedChunks::root_of(std::size_t chunk) {
  while (parent_[chunk] != chunk) chunk = parent_[chunk] = parent_[parent_[chunk]];
  return chunk;
}

void JoinedChunks::join(std::size_t a, std::size_t b) {
  a = root_of(a);
  b = root_of(b);
  if (a == b) return;
  parent_[b] = a;
  grown_.insert({a, b});
}

void JoinedChunks::take(const Task& task, const std::vector<KeyPlace>& keys_elsewhere) {
  index();
  std::vector<std::size_t> own;
  for (const TaskChunk& chunk : task.chunks) {
    const auto known = position_.find(chunk.spec.name());
    if (known == position_.end()) return;  // none of this plan's
    own.push_back(known->second);
  }
  wanted_.insert(own.begin(), own.end());
  // They stay together: a key may have moved between two of them, which the task has not named. It
  // is no growth, unless the next round loads chunks which this try left out: theirs are new to it.
  for (const std::size_t chunk : own) parent_[root_of(chunk)] = root_of(own.front());
  if (std::any_of(task.chunks.begin(), task.chunks.end(), may_be_skipped))
    grown_.insert(own.front());
  for (const KeyPlace& place : keys_elsewhere) {
    const auto at = static_cast<std::size_t>(place.chunk);
    if (at >= own.size()) continue;
    const std::string& store = has_store_column_ ? place.store : chunks_[own[at]].spec.slice.store;
    const int holder = router_->route(store, place.value);
    if (holder >= 0) {
      join(own[at], static_cast<std::size_t>(holder));
    } else {
      places_of_nobody_.insert({0, store, place.value});
    }
  }
}

void JoinedChunks::want(std::size_t chunk) {
  index();
  wanted_.insert(chunk);
  grown_.insert(chunk);  // what it meets elsewhere has not been joined yet
}

void JoinedChunks::let_go() {
  lets_go_ = true;
  for (const std::size_t chunk : wanted_) join(*wanted_.begin(), chunk);
}

// Chunks of one group read the same extents, so that they can only be loaded together.
Result<std::vector<Task>> JoinedChunks::next_round(const PlanInput& input) {
  DECANT_TRY_ASSIGN(const std::vector<Group> groups,
                    make_groups(input, chunks_, std::vector<bool>(chunks_.size(), false)));
  const auto position = [&](const PlannedChunk* chunk) {
    return static_cast<std::size_t>(chunk - chunks_.data());
  };
  for (const Group& group : groups) {
    for (const PlannedChunk* chunk : group.chunks)
      join(position(group.chunks.front()), position(chunk));
  }
  std::set<std::size_t> grown;
  for (const std::size_t chunk : grown_) grown.insert(root_of(chunk));
  std::set<std::size_t> wanted;
  for (const std::size_t chunk : wanted_) wanted.insert(root_of(chunk));
  std::map<std::size_t, Group> joined;
  for (const Group& group : groups) {
    const std::size_t root = root_of(position(group.chunks.front()));
    if (!wanted.contains(root)) continue;
    Group& whole = joined[root];
    if (whole.chunks.empty()) whole.store = group.store;
    append(whole, group);
  }
  std::vector<Task> tasks;
  for (const auto& [root, group] : joined) {
    DECANT_TRY_ASSIGN(Task task, make_task(input, group, method_of(input, false)));
    // Whatever was loaded before, in this run too, is compared with the table and not skipped.
    for (TaskChunk& chunk : task.chunks) chunk.prior.emplace();
    task.rejects_moved_keys = !grown.contains(root);
    task.lets_go = lets_go_;
    tasks.push_back(std::move(task));
  }
  wanted_.clear();
  grown_.clear();
  return tasks;
}

}  // namespace decant
