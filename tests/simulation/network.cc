#include "tests/simulation/network.h"

#include <algorithm>
#include <iterator>

namespace decant::sim {

void Network::listen(int process) {
  inboxes_.try_emplace(process);
  address_ = process;
}

// The address stays with it until another takes it.
void Network::close(int process) { inboxes_.erase(process); }

int Network::dial() {
  const bool is_stale = weather_ != Weather::kCalm && !inboxes_.empty() && random_.one_in(4);
  if (!is_stale) return address_;
  const auto other = random_.below(static_cast<std::int64_t>(inboxes_.size()));
  return std::next(inboxes_.begin(), other)->first;
}

void Network::to_coordinator(int process, const PeerId& from, std::string bytes, MonotonicMs now) {
  const auto inbox = inboxes_.find(process);
  if (inbox != inboxes_.end()) put(inbox->second, from, std::move(bytes), true, now);
}

void Network::to_worker(const PeerId& to, std::string bytes, MonotonicMs now) {
  const auto queue = to_workers_.find(to);
  if (queue != to_workers_.end()) put(queue->second, to, std::move(bytes), false, now);
}

void Network::put(Queue& queue, const PeerId& peer, std::string bytes, bool towards_coordinator,
                  MonotonicMs now) {
  const auto after = [now](std::int64_t ms) { return MonotonicMs{now.value + ms}; };
  if (weather_ == Weather::kCalm) {
    queue.emplace(after(random_.between(1, 20)), InFlight{peer, std::move(bytes)});
    return;
  }
  const std::int64_t rarity = weather_ == Weather::kFierce ? 5
                              : weather_ == Weather::kMild ? 100
                                                           : 20;
  const auto cut = cuts_.find({peer, towards_coordinator});
  if (random_.one_in(rarity) || (cut != cuts_.end() && now < cut->second))
    return events_.note(Event::kLost);
  const auto delay = [this, rarity] {
    return random_.one_in(rarity / 2) ? random_.between(100, 6'000) : random_.between(1, 60);
  };
  if (random_.one_in(rarity)) {
    events_.note(Event::kRepeated);
    queue.emplace(after(delay()), InFlight{peer, bytes});
  }
  if (random_.one_in(100)) {
    events_.note(Event::kGarbage);
    std::string noise(static_cast<std::size_t>(random_.below(60)), ' ');
    for (char& c : noise) c = static_cast<char>(random_.bits());
    queue.emplace(after(delay()), InFlight{peer, std::move(noise)});
  }
  queue.emplace(after(delay()), InFlight{peer, std::move(bytes)});
}

std::vector<IncomingMessage> Network::take_for_coordinator(int process, MonotonicMs now) {
  std::vector<IncomingMessage> due;
  Queue& inbox = inboxes_.at(process);
  while (!inbox.empty() && inbox.begin()->first <= now) {
    InFlight& message = inbox.begin()->second;
    due.push_back({message.peer, std::move(message.bytes)});
    inbox.erase(inbox.begin());
  }
  return due;
}

std::vector<std::string> Network::take_for_worker(const PeerId& peer, MonotonicMs now) {
  std::vector<std::string> due;
  Queue& queue = to_workers_[peer];
  while (!queue.empty() && queue.begin()->first <= now) {
    due.push_back(std::move(queue.begin()->second.bytes));
    queue.erase(queue.begin());
  }
  return due;
}

void Network::cut_until(const PeerId& peer, bool towards_coordinator, MonotonicMs until) {
  events_.note(Event::kCut);
  cuts_[{peer, towards_coordinator}] = until;
}

std::size_t Network::queued() const {
  std::size_t count = 0;
  for (const auto& [process, queue] : inboxes_) count += queue.size();
  for (const auto& [peer, queue] : to_workers_) count += queue.size();
  return count;
}

}  // namespace decant::sim
