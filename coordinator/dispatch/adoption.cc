#include "coordinator/dispatch/adoption.h"

#include <algorithm>
#include <utility>

namespace decant {
namespace {

// The worker tells what it holds; the ledger knows what was handed out.
bool is_same(const OpenTask& open, const Task& task, const std::string& table) {
  return task.run == open.run && task.fence == open.fence && task.kind == TaskKind::kCopy &&
         table == open.table && task.chunks_are_complete;
}

}  // namespace

Adoption::Adoption(const Ledger::Takeover& takeover, MonotonicMs until)
    : runs_(takeover.continued), until_(until) {
  for (const OpenTask& task : takeover.open)
    entries_.emplace(task.id, Entry{task, State::kOpen, {}, {}});
}

Adoption::Answer Adoption::claim(const Incarnation& worker, const Task& task,
                                 const std::string& table, MonotonicMs now) {
  if (const auto known = adopted_.find(task.id); known != adopted_.end()) {
    const bool is_its = known->second.worker == worker && known->second.open.fence == task.fence;
    return is_its ? Answer::kAdopted : Answer::kRefused;
  }
  auto place = entries_.find(task.id);
  if (place != entries_.end() && place->second.state == State::kAsking) {
    const bool is_its = place->second.worker == worker && place->second.open.fence == task.fence;
    return is_its ? Answer::kWait : Answer::kRefused;
  }
  if (until_ <= now) return Answer::kRefused;
  if (place == entries_.end()) {
    if (std::find(runs_.begin(), runs_.end(), task.run) == runs_.end()) return Answer::kRefused;
    const OpenTask unknown{task.run, task.id, task.fence, table, {}};
    if (!is_same(unknown, task, table)) return Answer::kRefused;
    place = entries_.emplace(task.id, Entry{unknown, State::kClosed, {}, {}}).first;
  } else if (place->second.state == State::kClosed || !is_same(place->second.open, task, table)) {
    return Answer::kRefused;
  }
  Entry& entry = place->second;
  entry.state = State::kAsking;
  entry.claimed = task;
  entry.worker = worker;
  return Answer::kAsk;
}

const AdoptedTask* Adoption::recorded(TaskId task, bool is_still_held) {
  const auto place = entries_.find(task);
  if (place == entries_.end() || place->second.state != State::kAsking) return nullptr;
  Entry& entry = place->second;
  if (!is_still_held) {
    entry.state = State::kClosed;
    return nullptr;
  }
  AdoptedTask& adopted = adopted_[task];
  adopted = {std::move(entry.open), std::move(entry.claimed), entry.worker};
  entries_.erase(place);
  return &adopted;
}

void Adoption::record_failed(TaskId task) {
  const auto place = entries_.find(task);
  if (place == entries_.end() || place->second.state != State::kAsking) return;
  place->second.state = State::kOpen;
  place->second.claimed = {};
}

bool Adoption::is_undecided(TaskId task, Fence fence) const {
  const auto place = entries_.find(task);
  return place != entries_.end() && place->second.open.fence == fence &&
         place->second.state != State::kClosed;
}

bool Adoption::is_settled(MonotonicMs now) const {
  return std::none_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const State state = entry.second.state;
    return state == State::kAsking || (state == State::kOpen && now < until_);
  });
}

// What is being asked about stays: the ledger's answer decides, and close() is called again.
std::vector<OpenTask> Adoption::close() {
  std::vector<OpenTask> lost;
  std::erase_if(entries_, [&](auto& entry) {
    if (entry.second.state == State::kAsking) return false;
    lost.push_back(std::move(entry.second.open));
    return true;
  });
  until_ = {};
  return lost;
}

}  // namespace decant
