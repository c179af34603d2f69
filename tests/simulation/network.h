// The wire in memory: what is sent arrives later, out of order, twice or never. Both ends carry the
// bytes that the real codec makes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/wire/transport.h"
#include "tests/simulation/random.h"

namespace decant::sim {

class Network {
 public:
  explicit Network(Random& random) : random_(random) {}

  void to_coordinator(const PeerId& from, std::string bytes, MonotonicMs now);
  void to_worker(const PeerId& to, std::string bytes, MonotonicMs now);
  std::vector<IncomingMessage> take_for_coordinator(MonotonicMs now);
  std::vector<std::string> take_for_worker(const PeerId& peer, MonotonicMs now);

  // Faults, while they last.
  void set_faulty(bool faulty) { faulty_ = faulty; }
  void cut_until(const PeerId& peer, bool towards_coordinator, MonotonicMs until);
  void connect_peer(const PeerId& peer) { to_workers_[peer]; }
  void forget_peer(const PeerId& peer) { to_workers_.erase(peer); }

  std::size_t queued() const;
  std::int64_t lost = 0, repeated = 0, garbage = 0;

 private:
  struct InFlight {
    PeerId peer;
    std::string bytes;
  };
  using Queue = std::multimap<MonotonicMs, InFlight>;
  void put(Queue& queue, const PeerId& peer, std::string bytes, bool towards_coordinator,
           MonotonicMs now);

  Random& random_;
  bool faulty_ = true;
  Queue to_coordinator_;
  std::map<PeerId, Queue> to_workers_;
  std::map<std::pair<PeerId, bool>, MonotonicMs> cuts_;
};

}  // namespace decant::sim
