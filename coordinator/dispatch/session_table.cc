#include "coordinator/dispatch/session_table.h"

#include <utility>

namespace decant {

SessionTable::SessionTable(std::string job, Welcome welcome, Epoch epoch, std::int64_t silence_ms)
    : job_(std::move(job)), welcome_(std::move(welcome)), epoch_(epoch), silence_ms_(silence_ms) {}

Envelope SessionTable::envelope(Body body) {
  Envelope out;
  out.job = job_;
  out.epoch = epoch_;
  out.sequence = ++sequence_;
  out.body = std::move(body);
  return out;
}

OutgoingMessage SessionTable::refuse(const PeerId& peer, Refusal refusal) {
  return {peer, envelope(std::move(refusal))};
}

SessionTable::Received SessionTable::receive(const PeerId& peer, const Envelope& message,
                                             MonotonicMs now) {
  Received out;
  const Hello* hello = std::get_if<Hello>(&message.body);
  if (hello == nullptr) {
    const auto session = sessions_.find(message.incarnation);
    if (session == sessions_.end()) {
      out.reply = refuse(peer, {Refusal::Code::kUnknownSession,
                                "This coordinator does not know the session; say Hello again."});
      return out;
    }
    // ZeroMQ gives a new routing id after a reconnect: answers go where the worker spoke last.
    session->second.peer = peer;
    session->second.last_heard = now;
    out.accepted = true;
    return out;
  }
  if (hello->major != k_protocol_major) {
    out.reply =
        refuse(peer, {Refusal::Code::kVersion,
                      "This coordinator speaks version " + std::to_string(k_protocol_major) +
                          " of the protocol, the worker " + std::to_string(hello->major) +
                          "; install the same release on both."});
    return out;
  }
  for (const auto& [incarnation, session] : sessions_) {
    const bool alive = now.value - session.last_heard.value < silence_ms_;
    if (session.name == message.worker && incarnation != message.incarnation && alive) {
      out.reply = refuse(
          peer, {Refusal::Code::kName, "Another living worker is called " + message.worker.value +
                                           "; give this one another --name."});
      return out;
    }
  }
  out.joined = !sessions_.contains(message.incarnation);
  sessions_[message.incarnation] = {peer, message.worker, now};
  out.accepted = true;
  out.reply = OutgoingMessage{peer, envelope(welcome_)};
  return out;
}

std::optional<OutgoingMessage> SessionTable::address(const Incarnation& worker, Body body) {
  const auto session = sessions_.find(worker);
  if (session == sessions_.end()) return std::nullopt;
  OutgoingMessage out{session->second.peer, envelope(std::move(body))};
  out.envelope.worker = session->second.name;
  out.envelope.incarnation = worker;
  return out;
}

void SessionTable::forget(const Incarnation& worker) { sessions_.erase(worker); }

const WorkerName* SessionTable::name_of(const Incarnation& worker) const {
  const auto session = sessions_.find(worker);
  return session == sessions_.end() ? nullptr : &session->second.name;
}

}  // namespace decant
