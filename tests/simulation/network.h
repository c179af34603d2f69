// The wire in memory: what is sent arrives later, out of order, twice or never. Both ends carry the
// bytes that the real codec makes. There may be one address, which whoever leads
// takes; workers that were connected to another find that out in time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/wire/transport.h"
#include "tests/simulation/events.h"
#include "tests/simulation/random.h"

namespace decant::sim {

class Network {
 public:
  Network(Random& random, Events& events) : random_(random), events_(events) {}

  // A coordinator process listens, at the address from now on, or no more.
  void listen(int process);
  void close(int process);
  bool is_listening(int process) const { return inboxes_.contains(process); }
  int address() const { return address_; }
  // Where a new connection ends up: mostly at the address.
  int dial();

  void to_coordinator(int process, const PeerId& from, std::string bytes, MonotonicMs now);
  void to_worker(const PeerId& to, std::string bytes, MonotonicMs now);
  std::vector<IncomingMessage> take_for_coordinator(int process, MonotonicMs now);
  std::vector<std::string> take_for_worker(const PeerId& peer, MonotonicMs now);
  void connect_peer(const PeerId& peer) { to_workers_[peer]; }
  void forget_peer(const PeerId& peer) { to_workers_.erase(peer); }

  // Faults, while they last. `fierce`: as many as no run could bear.
  enum class Weather { kCalm, kMild, kFaulty, kFierce };
  void set_weather(Weather weather) { weather_ = weather; }
  void cut_until(const PeerId& peer, bool towards_coordinator, MonotonicMs until);

  std::size_t queued() const;

 private:
  struct InFlight {
    PeerId peer;
    std::string bytes;
  };
  using Queue = std::multimap<MonotonicMs, InFlight>;
  void put(Queue& queue, const PeerId& peer, std::string bytes, bool towards_coordinator,
           MonotonicMs now);

  Random& random_;
  Events& events_;
  Weather weather_ = Weather::kFaulty;
  int address_ = -1;
  std::map<int, Queue> inboxes_;  // of those that listen
  std::map<PeerId, Queue> to_workers_;
  std::map<std::pair<PeerId, bool>, MonotonicMs> cuts_;
};

}  // namespace decant::sim
