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

OutgoingMessage SessionTable::answer(const PeerId& peer, const Envelope& message, Body body) {
  OutgoingMessage out{peer, envelope(std::move(body))};
  out.envelope.worker = message.worker;
  out.envelope.incarnation = message.incarnation;
  return out;
}

SessionTable::Received SessionTable::receive(const PeerId& peer, const Envelope& message,
                                             MonotonicMs now) {
  Received out;
  // A worker that has not been welcomed knows no job yet.
  if (!message.job.empty() && message.job != job_) {
    out.reply = answer(peer, message,
                       Refusal{Refusal::Code::kWrongJob,
                               "This coordinator runs job " + job_ + ", not " + message.job + "."});
    return out;
  }
  if (const Hello* hello = std::get_if<Hello>(&message.body)) {
    return receive_hello(peer, message, *hello, now);
  }
  const auto session = sessions_.find(message.incarnation);
  if (session == sessions_.end()) {
    out.reply = answer(peer, message,
                       Refusal{Refusal::Code::kUnknownSession,
                               "This coordinator does not know the session; say Hello again."});
    return out;
  }
  // ZeroMQ gives a new routing id after a reconnect: answers go where the worker spoke last.
  session->second.peer = peer;
  session->second.last_heard = now;
  out.accepted = true;
  if (std::holds_alternative<Credit>(message.body)) out.reply = answer(peer, message, CreditAck{});
  return out;
}

SessionTable::Received SessionTable::receive_hello(const PeerId& peer, const Envelope& message,
                                                   const Hello& hello, MonotonicMs now) {
  Received out;
  if (hello.major != k_protocol_major) {
    out.reply =
        answer(peer, message,
               Refusal{Refusal::Code::kVersion,
                       "This coordinator speaks version " + std::to_string(k_protocol_major) +
                           " of the protocol, the worker " + std::to_string(hello.major) +
                           "; install the same release on both."});
    return out;
  }
  if (living_namesake(message, now) != nullptr) {
    out.reply = answer(
        peer, message,
        Refusal{Refusal::Code::kName, "Another living worker is called " + message.worker.value +
                                          "; give this one another --name."});
    return out;
  }
  out.joined = !sessions_.contains(message.incarnation);
  sessions_[message.incarnation] = {peer, message.worker, now};
  out.accepted = true;
  out.reply = answer(peer, message, welcome_);
  return out;
}

const SessionTable::Session* SessionTable::living_namesake(const Envelope& hello,
                                                           MonotonicMs now) const {
  for (const auto& [incarnation, session] : sessions_) {
    const bool alive = now.value - session.last_heard.value < silence_ms_;
    if (session.name == hello.worker && incarnation != hello.incarnation && alive) return &session;
  }
  return nullptr;
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
