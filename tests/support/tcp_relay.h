// TcpRelay: stands between programs that talk over TCP and keeps what they say.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace decant::test {

// Listens on a free port of 127.0.0.1 and passes every connection on to `port` there, on a thread
// of its own.
class TcpRelay {
 public:
  static std::unique_ptr<TcpRelay> start(int port);
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  int port() const { return own_port_; }
  // All bytes of both directions; ends the relay.
  std::string stop();

 private:
  struct Pair {
    int near = -1, far = -1;
  };
  TcpRelay() = default;
  void run();
  bool pass_on(int from, int to);

  int listener_ = -1, own_port_ = 0, port_ = 0;
  std::vector<Pair> pairs_;
  std::string bytes_;
  std::atomic<bool> is_stopped_{false};
  std::thread thread_;
};

}  // namespace decant::test
