// A wake-up from any thread, or from a signal handler, for a thread that waits in zmq_poll: an
// eventfd, which a poll takes beside its sockets. A ZeroMQ socket would need a lock, since it
// belongs to one thread.
#pragma once

namespace decant {

class WakeEvent {
 public:
  WakeEvent();
  ~WakeEvent();
  WakeEvent(const WakeEvent&) = delete;
  WakeEvent& operator=(const WakeEvent&) = delete;

  bool valid() const { return descriptor_ >= 0; }  // false: the process has no descriptor left
  int descriptor() const { return descriptor_; }
  void set() const;  // async-signal-safe
  void clear() const;

 private:
  int descriptor_ = -1;
};

}  // namespace decant
