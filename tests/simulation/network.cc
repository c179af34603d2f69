#include "tests/simulation/network.h"

namespace decant::sim {

void Network::to_coordinator(const PeerId& from, std::string bytes, MonotonicMs now) {
  put(to_coordinator_, from, std::move(bytes), true, now);
}

void Network::to_worker(const PeerId& to, std::string bytes, MonotonicMs now) {
  const auto queue = to_workers_.find(to);
  if (queue != to_workers_.end()) put(queue->second, to, std::move(bytes), false, now);
}

void Network::put(Queue& queue, const PeerId& peer, std::string bytes, bool towards_coordinator,
                  MonotonicMs now) {
  const auto after = [now](std::int64_t ms) { return MonotonicMs{now.value + ms}; };
  if (!faulty_) {
    queue.emplace(after(random_.between(1, 20)), InFlight{peer, std::move(bytes)});
    return;
  }
  const auto cut = cuts_.find({peer, towards_coordinator});
  if (random_.one_in(20) || (cut != cuts_.end() && now < cut->second)) {
    ++lost;
    return;
  }
  const auto delay = [this] {
    return random_.one_in(10) ? random_.between(100, 6'000) : random_.between(1, 60);
  };
  if (random_.one_in(20)) {
    ++repeated;
    queue.emplace(after(delay()), InFlight{peer, bytes});
  }
  if (random_.one_in(100)) {
    ++garbage;
    std::string noise(static_cast<std::size_t>(random_.below(60)), ' ');
    for (char& c : noise) c = static_cast<char>(random_.bits());
    queue.emplace(after(delay()), InFlight{peer, std::move(noise)});
  }
  queue.emplace(after(delay()), InFlight{peer, std::move(bytes)});
}

std::vector<IncomingMessage> Network::take_for_coordinator(MonotonicMs now) {
  std::vector<IncomingMessage> due;
  while (!to_coordinator_.empty() && to_coordinator_.begin()->first <= now) {
    InFlight& message = to_coordinator_.begin()->second;
    due.push_back({message.peer, std::move(message.bytes)});
    to_coordinator_.erase(to_coordinator_.begin());
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
  cuts_[{peer, towards_coordinator}] = until;
}

std::size_t Network::queued() const {
  std::size_t count = to_coordinator_.size();
  for (const auto& [peer, queue] : to_workers_) count += queue.size();
  return count;
}

}  // namespace decant::sim
