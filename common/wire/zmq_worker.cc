#include <algorithm>
#include <array>

#include "common/wire/endpoint.h"
#include "common/wire/messages.h"
#include "common/wire/transport.h"
#include "common/wire/wake_event.h"
#include "common/wire/zmq_options.h"

namespace decant {
namespace {

constexpr const char* k_monitor_address = "inproc://worker-monitor-";
constexpr int k_monitored_events =
    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED |
    ZMQ_EVENT_CLOSED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
    ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;

class ZmqWorker final : public WorkerTransport {
 public:
  explicit ZmqWorker(std::vector<std::string> endpoints)
      : endpoints_(std::move(endpoints)), context_(1) {}

  ~ZmqWorker() override { hang_up(); }

  Status connect() {
    if (!wake_.valid())
      return fail(ErrorCode::kNoSpace, "No file descriptor is left for the worker's socket.");
    dealer_ = zmq::socket_t(context_, zmq::socket_type::dealer);
    monitor_ = zmq::socket_t(context_, zmq::socket_type::pair);
    wire::set_dealer_options(dealer_);
    dealer_.set(zmq::sockopt::ipv6, endpoint().find('[') != std::string::npos);
    const std::string monitor = k_monitor_address + std::to_string(dials_++);
    if (zmq_socket_monitor(dealer_.handle(), monitor.c_str(), k_monitored_events) != 0)
      throw zmq::error_t();
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.connect(monitor);
    dealer_.connect(endpoint());
    trouble_ = "No coordinator answers at " + endpoint() + ".";
    return {};
  }

  std::string endpoint() const override { return endpoints_[place_]; }

  // With sockets of their own, so that nothing of the old connection is taken for the new one's.
  Status redial() override {
    if (endpoints_.size() == 1) return {};
    try {
      hang_up();
      place_ = (place_ + 1) % endpoints_.size();
      return connect();
    } catch (const zmq::error_t& error) {
      return fail(wire::error_from(error, "The worker's socket cannot be made"));
    }
  }

  Result<std::vector<std::string>> receive(int timeout_ms) override {
    std::vector<std::string> messages;
    try {
      wait(timeout_ms);
      read_monitor();
      std::vector<zmq::message_t> frames;
      while (messages.size() < wire::k_most_messages_per_receive &&
             wire::receive_frames(dealer_, frames)) {
        if (frames.size() == 1) messages.push_back(frames[0].to_string());
      }
    } catch (const zmq::error_t& error) {
      return fail(wire::error_from(error, "The worker cannot receive messages"));
    }
    return messages;
  }

  Status send(const std::string& bytes) override {
    if (bytes.size() > k_max_message_bytes)
      return fail(ErrorCode::kProtocol, "A message is too large to be sent.");
    try {
      if (dealer_.send(zmq::buffer(bytes), zmq::send_flags::dontwait)) return {};
    } catch (const zmq::error_t& error) {
      return fail(
          wire::error_from(error, "The coordinator at " + endpoint() + " cannot be reached"));
    }
    return fail(ErrorCode::kUnreachable,
                "The coordinator at " + endpoint() + " cannot be reached.");
  }

  void wake() override { wake_.set(); }
  std::string trouble() const override { return trouble_; }

 private:
  // A monitor must be detached before its socket closes (libzmq #3575).
  void hang_up() {
    if (dealer_) zmq_socket_monitor(dealer_.handle(), nullptr, 0);
    dealer_.close();
    monitor_.close();
  }

  void wait(int timeout_ms) {
    std::array<zmq::pollitem_t, 3> items = {{{dealer_.handle(), 0, ZMQ_POLLIN, 0},
                                             {monitor_.handle(), 0, ZMQ_POLLIN, 0},
                                             {nullptr, wake_.descriptor(), ZMQ_POLLIN, 0}}};
    int left_ms = std::max(0, timeout_ms);
    while (true) {
      const int slice_ms = std::min(left_ms, wire::k_longest_poll_ms);
      const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), slice_ms);
      if (ready < 0 && zmq_errno() != EINTR) throw zmq::error_t();
      left_ms -= slice_ms;
      if (ready != 0 || left_ms == 0) break;
    }
    if (items[2].revents != 0) wake_.clear();
  }

  // An event is two frames: its number in the first two bytes, and the address.
  void read_monitor() {
    std::vector<zmq::message_t> frames;
    while (wire::receive_frames(monitor_, frames)) {
      std::uint16_t event = 0;
      if (frames.size() != 2 || frames[0].size() < sizeof(event)) continue;
      std::memcpy(&event, frames[0].data(), sizeof(event));
      note(event);
    }
  }

  void note(int event) {
    switch (event) {
      case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        trouble_.clear();
        break;
      case ZMQ_EVENT_DISCONNECTED:
        trouble_ = "The coordinator at " + endpoint() + " has gone away.";
        break;
      case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        trouble_ = "What answers at " + endpoint() + " is no Decant coordinator.";
        break;
      default:
        if (trouble_.empty()) trouble_ = "No coordinator answers at " + endpoint() + ".";
        break;
    }
  }

  std::vector<std::string> endpoints_;
  std::size_t place_ = 0;  // of the one that is spoken to
  int dials_ = 0;
  zmq::context_t context_;
  zmq::socket_t dealer_;
  zmq::socket_t monitor_;
  WakeEvent wake_;
  std::string trouble_;
};

}  // namespace

Result<std::unique_ptr<WorkerTransport>> connect_worker(const std::vector<std::string>& endpoints) {
  for (const std::string& endpoint : endpoints) DECANT_TRY(check_endpoint(endpoint));
  try {
    auto transport = std::make_unique<ZmqWorker>(endpoints);
    DECANT_TRY(transport->connect());
    return transport;
  } catch (const zmq::error_t& error) {
    return fail(wire::error_from(error, "The worker's socket cannot be made"));
  }
}

}  // namespace decant
