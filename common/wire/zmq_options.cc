#include "common/wire/zmq_options.h"

#include <cerrno>

#include "common/wire/messages.h"

namespace decant::wire {
namespace {

constexpr int k_heartbeat_ms = 5'000;
constexpr int k_heartbeat_timeout_ms = 15'000;
constexpr int k_heartbeat_ttl_ms = 20'000;
constexpr int k_handshake_ms = 30'000;
constexpr int k_reconnect_ms = 500;
// Far below a lease, so that a coordinator that is started again is met before the work in flight
// has lost its own.
constexpr int k_reconnect_most_ms = 5'000;
constexpr int k_backlog = 4096;

}  // namespace

void set_common_options(zmq::socket_t& socket) {
  // Unsent results are sent again until acknowledged, so nothing is worth waiting for when a socket
  // is closed.
  socket.set(zmq::sockopt::linger, 0);
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(k_max_message_bytes));
  socket.set(zmq::sockopt::heartbeat_ivl, k_heartbeat_ms);
  socket.set(zmq::sockopt::heartbeat_timeout, k_heartbeat_timeout_ms);
  socket.set(zmq::sockopt::heartbeat_ttl, k_heartbeat_ttl_ms);
  socket.set(zmq::sockopt::handshake_ivl, k_handshake_ms);
}

void set_router_options(zmq::socket_t& socket) {
  set_common_options(socket);
  socket.set(zmq::sockopt::router_mandatory, true);
  socket.set(zmq::sockopt::router_handover, false);
  socket.set(zmq::sockopt::sndhwm, k_router_send_queue_messages);
  socket.set(zmq::sockopt::rcvhwm, k_router_receive_queue_messages);
  socket.set(zmq::sockopt::backlog, k_backlog);
}

void set_dealer_options(zmq::socket_t& socket) {
  set_common_options(socket);
  // Else a send is accepted with no coordinator there.
  socket.set(zmq::sockopt::immediate, true);
  socket.set(zmq::sockopt::sndhwm, k_dealer_queue_messages);
  socket.set(zmq::sockopt::rcvhwm, k_dealer_queue_messages);
  socket.set(zmq::sockopt::reconnect_ivl, k_reconnect_ms);
  socket.set(zmq::sockopt::reconnect_ivl_max, k_reconnect_most_ms);
}

Error error_from(const zmq::error_t& error, const std::string& what) {
  ErrorCode code = ErrorCode::kInternal;
  std::string advice;
  switch (error.num()) {
    case EADDRINUSE:
      code = ErrorCode::kBusy;
      advice = "Another process uses it; choose another port or path.";
      break;
    case EACCES:
    case EPERM:
      code = ErrorCode::kPermission;
      break;
    case EADDRNOTAVAIL:
    case ENODEV:
    case ENOENT:
    case EINVAL:
    case ENAMETOOLONG:
      code = ErrorCode::kUsage;
      break;
    case EAGAIN:
    case EHOSTUNREACH:
      code = ErrorCode::kUnreachable;
      break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      code = ErrorCode::kNoSpace;
      break;
    default:
      break;
  }
  return Error{code, what + ": " + error.what() + ".", advice, {}, {}};
}

bool receive_frames(zmq::socket_t& socket, std::vector<zmq::message_t>& frames) {
  frames.clear();
  do {
    zmq::message_t frame;
    // The frames of a message arrive together: only the first may be missing.
    if (!socket.recv(frame, zmq::recv_flags::dontwait)) return false;
    frames.push_back(std::move(frame));
  } while (frames.back().more());
  return true;
}

}  // namespace decant::wire
