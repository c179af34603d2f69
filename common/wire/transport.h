// The two ends of the wire, over ZeroMQ in production and in memory in tests and simulation.
// Each end belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace decant {

// A peer of the coordinator, as the transport knows it (ZeroMQ's routing id). Opaque bytes, new
// after a reconnect.
using PeerId = std::string;

struct IncomingMessage {
  PeerId peer;
  std::string bytes;
};

class CoordinatorTransport {
 public:
  virtual ~CoordinatorTransport() = default;
  // Waits at most `timeout_ms` for messages and gives all that are there (bounded to some hundred).
  virtual Result<std::vector<IncomingMessage>> receive(int timeout_ms) = 0;
  // Never blocks. kUnreachable when the peer is gone or its queue is full: the caller sends again
  // later or not at all.
  virtual Status send(const PeerId& peer, const std::string& bytes) = 0;
  // Makes a receive() that waits return; the only call that may come from another thread.
  virtual void wake() = 0;
};

class WorkerTransport {
 public:
  virtual ~WorkerTransport() = default;
  virtual Result<std::vector<std::string>> receive(int timeout_ms) = 0;
  virtual Status send(const std::string& bytes) = 0;
  virtual void wake() = 0;
  // What stands between this worker and the coordinator, as one sentence; empty while connected.
  virtual std::string trouble() const { return {}; }
  // Of the coordinator that it speaks to.
  virtual std::string endpoint() const { return {}; }
  // Leaves the endpoint for the next of several, and what is on its way there. Nothing happens
  // where there is one.
  virtual Status redial() { return {}; }
};

// One ROUTER bound to all `endpoints` (ipc://…, tcp://127.0.0.1:7420). Until CURVE is built, a tcp
// endpoint other than loopback is refused (kUnsupported). The real endpoint of a tcp port 0 is in
// `bound`.
Result<std::unique_ptr<CoordinatorTransport>> bind_coordinator(
    const std::vector<std::string>& endpoints, std::vector<std::string>& bound);
// One DEALER; connects in the background and reconnects by itself. Of several endpoints it speaks
// to one at a time, the first at the beginning.
Result<std::unique_ptr<WorkerTransport>> connect_worker(const std::vector<std::string>& endpoints);

}  // namespace decant
