// The socket options of both ends, and ZeroMQ's errors as ours. Private to common/wire.
#pragma once

#include <string>
#include <vector>
#include <zmq.hpp>

#include "common/base/result.h"

namespace decant::wire {

inline constexpr int k_router_send_queue_messages =
    256;  // per worker: credits bound what is really under way
inline constexpr int k_router_receive_queue_messages = 1000;
inline constexpr int k_dealer_queue_messages = 64;
inline constexpr std::size_t k_most_messages_per_receive = 256;
// A socket that is not polled for longer may miss what its peer does (libzmq #954).
inline constexpr int k_longest_poll_ms = 1000;

// What both ends have: limits, heartbeats, no lingering.
void set_common_options(zmq::socket_t& socket);
void set_router_options(zmq::socket_t& socket);
void set_dealer_options(zmq::socket_t& socket);

// kUsage, kBusy, kPermission, kUnreachable, kNoSpace or kInternal, by errno; `what` says what was
// tried.
Error error_from(const zmq::error_t& error, const std::string& what);

// Receives one whole message of any number of frames. False: nothing is there.
bool receive_frames(zmq::socket_t& socket, std::vector<zmq::message_t>& frames);

}  // namespace decant::wire
