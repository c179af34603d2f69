#include "tests/support/tcp_relay.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

namespace decant::test {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* plain(const sockaddr_in& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

}  // namespace

std::unique_ptr<TcpRelay> TcpRelay::start(int port) {
  std::unique_ptr<TcpRelay> relay(new TcpRelay());
  relay->port_ = port;
  relay->listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(relay->listener_, plain(address), size) != 0 || ::listen(relay->listener_, 8) != 0)
    return nullptr;
  ::getsockname(relay->listener_, static_cast<sockaddr*>(static_cast<void*>(&address)), &size);
  relay->own_port_ = ntohs(address.sin_port);
  relay->thread_ = std::thread([&self = *relay] { self.run(); });
  return relay;
}

TcpRelay::~TcpRelay() { (void)stop(); }

std::string TcpRelay::stop() {
  is_stopped_ = true;
  if (thread_.joinable()) thread_.join();
  for (const Pair& pair : pairs_) {
    ::close(pair.near);
    ::close(pair.far);
  }
  pairs_.clear();
  if (listener_ >= 0) ::close(listener_);
  listener_ = -1;
  return bytes_;
}

bool TcpRelay::pass_on(int from, int to) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  bytes_.append(buffer.data(), static_cast<std::size_t>(got));
  for (ssize_t sent = 0; sent < got;) {
    const ssize_t put =
        ::send(to, buffer.data() + sent, static_cast<std::size_t>(got - sent), MSG_NOSIGNAL);
    if (put <= 0) return false;
    sent += put;
  }
  return true;
}

void TcpRelay::run() {
  while (!is_stopped_) {
    std::vector<pollfd> polled = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      polled.push_back({pair.near, POLLIN, 0});
      polled.push_back({pair.far, POLLIN, 0});
    }
    if (::poll(polled.data(), polled.size(), 50) <= 0) continue;
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      const Pair pair = pairs_[i];
      const bool there = polled[1 + 2 * i].revents == 0 || pass_on(pair.near, pair.far);
      const bool back = polled[2 + 2 * i].revents == 0 || pass_on(pair.far, pair.near);
      if (there && back) continue;
      ::close(pair.near);
      ::close(pair.far);
      pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (polled[0].revents == 0) continue;
    Pair pair{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC),
              ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const sockaddr_in address = loopback(port_);
    if (pair.near >= 0 && ::connect(pair.far, plain(address), sizeof address) == 0) {
      pairs_.push_back(pair);
    } else {
      ::close(pair.near);
      ::close(pair.far);
    }
  }
}

}  // namespace decant::test
