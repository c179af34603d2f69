#include "tests/simulation/faults.h"

#include <algorithm>

namespace decant::sim {

MonotonicMs Faults::later(MonotonicMs now, std::int64_t least_ms, std::int64_t most_ms) {
  return MonotonicMs{now.value + world_.random.between(least_ms, most_ms)};
}

void Faults::inject(MonotonicMs now) {
  for (const auto& worker : workers_) {
    if (worker->is_running(now)) strike(*worker, now);
  }
  for (const auto& coordinator : coordinators_) {
    if (coordinator->is_running(now)) strike(*coordinator, now);
  }
  strike_target(now);
  strike_stores(now);
}

void Faults::strike(SimWorker& worker, MonotonicMs now) {
  if (world_.strikes(500)) {
    world_.events.note(Event::kWorkerCrash);
    worker.crash(now);
  } else if (world_.strikes(300)) {
    world_.events.note(Event::kWorkerStopped);
    worker.stop_until(later(now, 200, 3 * k_lease_ms));
  } else if (world_.strikes(600)) {
    world_.events.note(Event::kWorkerSuspended);
    worker.suspend_until(now, later(now, 200, 3 * k_lease_ms));
  } else if (world_.strikes(200)) {
    world_.network.cut_until(worker.peer(), world_.random.one_in(2), later(now, 200, 6'000));
  } else if (world_.strikes(400)) {
    worker.lose_connection(now);
  }
}

void Faults::strike(SimCoordinator& coordinator, MonotonicMs now) {
  if (world_.strikes(900)) {
    world_.events.note(Event::kCoordinatorCrash);
    coordinator.crash(now);
  } else if (world_.strikes(500)) {
    world_.events.note(Event::kCoordinatorStopped);
    coordinator.stop_until(later(now, 100, 3 * k_leader_lease_ms));
  } else if (world_.strikes(900)) {
    world_.events.note(Event::kCoordinatorSuspended);
    coordinator.suspend_until(now, later(now, 100, 3 * k_leader_lease_ms));
  } else if (world_.strikes(500)) {
    world_.events.note(Event::kCoordinatorCutOff);
    coordinator.cut_off_until(later(now, 200, 2 * k_leader_lease_ms));
  }
}

// When the target starts anew, every session with it is gone.
void Faults::strike_target(MonotonicMs now) {
  if (world_.strikes(1'500)) {
    world_.events.note(Event::kTargetCrash);
    world_.target.crash(later(now, 200, 2'000));
    for (const auto& coordinator : coordinators_) coordinator->lose_target(now);
  } else if (world_.strikes(500)) {
    world_.events.note(Event::kTargetStall);
    world_.target.stall(later(now, 200, 4'000));
  }
  if (!world_.strikes(400)) return;
  const bool forward = world_.random.one_in(2);
  world_.events.note(forward ? Event::kTargetClockForward : Event::kTargetClockBack);
  const std::int64_t ms = world_.random.between(100, 2 * k_leader_lease_ms);
  world_.target.set_clock_on(forward ? ms : -ms);
}

void Faults::strike_stores(MonotonicMs now) {
  if (!world_.strikes(200)) return;
  world_.events.note(Event::kStoreStall);
  const auto& stores = world_.source.stores();
  const auto store = static_cast<std::size_t>(world_.random.below(std::ssize(stores)));
  world_.source.stall(stores[store], later(now, 200, 2 * k_lease_ms));
}

bool Faults::has_deputy(const SimCoordinator& coordinator) const {
  return std::any_of(coordinators_.begin(), coordinators_.end(), [&](const auto& other) {
    return other->number() != coordinator.number() && !other->is_buried() &&
           other->command().work == coordinator.command().work;
  });
}

void Faults::stop(MonotonicMs now) {
  for (const auto& coordinator : coordinators_) {
    if (!coordinator->is_done() && world_.random.one_in(3) && has_deputy(*coordinator))
      coordinator->bury(now);
  }
  for (std::size_t i = 1; i < workers_.size(); ++i) {
    if (world_.random.one_in(3)) workers_[i]->bury(now);
  }
  for (const auto& worker : workers_) worker->stop_until(now);
  for (const auto& coordinator : coordinators_) {
    coordinator->stop_until(now);
    coordinator->cut_off_until(now);
  }
  for (const std::string& store : world_.source.stores()) world_.source.stall(store, now);
  world_.target.stall(now);
  world_.has_faults = false;
  world_.network.set_weather(Network::Weather::kCalm);
}

}  // namespace decant::sim
