#include <algorithm>
#include <array>

#include "common/wire/endpoint.h"
#include "common/wire/messages.h"
#include "common/wire/transport.h"
#include "common/wire/wake_event.h"
#include "common/wire/zmq_options.h"

namespace decant {
namespace {

class ZmqCoordinator final : public CoordinatorTransport {
 public:
  ZmqCoordinator() : context_(1), router_(context_, zmq::socket_type::router) {}

  Status bind(std::vector<std::string> endpoints, std::vector<std::string>& bound) {
    if (!wake_.valid())
      return fail(ErrorCode::kNoSpace, "No file descriptor is left for the coordinator's socket.");
    // The ipc endpoints come first: they stay as they are when encryption is asked of the tcp ones.
    std::stable_partition(endpoints.begin(), endpoints.end(), is_ipc);
    wire::set_router_options(router_);
    for (const std::string& endpoint : endpoints) {
      DECANT_TRY(check_endpoint(endpoint));
      try {
        router_.set(zmq::sockopt::ipv6, endpoint.find('[') != std::string::npos);
        router_.bind(endpoint);
      } catch (const zmq::error_t& error) {
        return fail(wire::error_from(error, "The coordinator cannot listen on " + endpoint));
      }
      bound.push_back(router_.get(zmq::sockopt::last_endpoint));
    }
    return {};
  }

  Result<std::vector<IncomingMessage>> receive(int timeout_ms) override {
    std::vector<IncomingMessage> messages;
    try {
      wait(timeout_ms);
      std::vector<zmq::message_t> frames;
      while (messages.size() < wire::k_most_messages_per_receive &&
             wire::receive_frames(router_, frames)) {
        // Our messages are one frame behind the routing id; anything else is not from a worker of
        // ours.
        if (frames.size() == 2) messages.push_back({frames[0].to_string(), frames[1].to_string()});
      }
    } catch (const zmq::error_t& error) {
      return fail(wire::error_from(error, "The coordinator cannot receive messages"));
    }
    return messages;
  }

  Status send(const PeerId& peer, const std::string& bytes) override {
    if (bytes.size() > k_max_message_bytes)
      return fail(ErrorCode::kProtocol, "A message is too large to be sent.");
    try {
      const auto flags = zmq::send_flags::dontwait;
      // Both frames or none: once the first is taken, the second does not wait.
      if (router_.send(zmq::buffer(peer), flags | zmq::send_flags::sndmore) &&
          router_.send(zmq::buffer(bytes), flags)) {
        return {};
      }
    } catch (const zmq::error_t& error) {
      return fail(wire::error_from(error, "A worker cannot be reached"));
    }
    return fail(ErrorCode::kUnreachable, "A worker does not take its messages: its queue is full.");
  }

  void wake() override { wake_.set(); }

 private:
  void wait(int timeout_ms) {
    std::array<zmq::pollitem_t, 2> items = {
        {{router_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_.descriptor(), ZMQ_POLLIN, 0}}};
    int left_ms = std::max(0, timeout_ms);
    while (true) {
      const int slice_ms = std::min(left_ms, wire::k_longest_poll_ms);
      const int ready = poll(items, slice_ms);
      left_ms -= slice_ms;
      if (ready != 0 || left_ms == 0) break;
    }
    if (items[1].revents != 0) wake_.clear();
  }

  // A signal ends the wait early, as wake() does: the caller looks at its stop flag.
  static int poll(std::array<zmq::pollitem_t, 2>& items, int timeout_ms) {
    const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), timeout_ms);
    if (ready >= 0) return ready;
    if (zmq_errno() == EINTR) return 1;
    throw zmq::error_t();
  }

  zmq::context_t context_;
  zmq::socket_t router_;
  WakeEvent wake_;
};

}  // namespace

Result<std::unique_ptr<CoordinatorTransport>> bind_coordinator(
    const std::vector<std::string>& endpoints, std::vector<std::string>& bound) {
  try {
    auto transport = std::make_unique<ZmqCoordinator>();
    DECANT_TRY(transport->bind(endpoints, bound));
    return transport;
  } catch (const zmq::error_t& error) {
    return fail(wire::error_from(error, "The coordinator's socket cannot be made"));
  }
}

}  // namespace decant
