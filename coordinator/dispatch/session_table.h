// SessionTable: who is connected. Pure: maps each worker's incarnation to the peer it spoke through
// last, answers Hello, and addresses messages. The dispatcher knows workers by their incarnation
// only.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/wire/messages.h"
#include "common/wire/transport.h"

namespace decant {

struct OutgoingMessage {
  PeerId peer;
  Envelope envelope;
};

class SessionTable {
 public:
  // A session that was not heard of for `silence_ms` no longer holds its worker's name.
  SessionTable(std::string job, Welcome welcome, Epoch epoch, std::int64_t silence_ms);

  struct Received {
    std::optional<OutgoingMessage> reply;  // Welcome, CreditAck or Refusal
    // A session that is known, or has just been welcomed; then `body` is to be acted on (a Hello
    // that joined included).
    bool accepted = false;
    bool joined = false;
  };
  // Sorts a decoded message. A Hello of a wrong version, or under the name of another living
  // incarnation, is refused; anything else from an unknown incarnation is told to say Hello again
  // (kUnknownSession), and a message for another job is refused. A Credit is acknowledged.
  Received receive(const PeerId& peer, const Envelope& envelope, MonotonicMs now);

  // The answer to bytes that could not be decoded, where somebody can be answered.
  OutgoingMessage refuse(const PeerId& peer, Refusal refusal);
  // Empty for a session that is gone.
  std::optional<OutgoingMessage> address(const Incarnation& worker, Body body);
  void forget(const Incarnation& worker);

  const WorkerName* name_of(const Incarnation& worker) const;

 private:
  struct Session {
    PeerId peer;
    WorkerName name;
    MonotonicMs last_heard;
  };
  Envelope envelope(Body body);
  // To the sender of a message, which reads it as its own.
  OutgoingMessage answer(const PeerId& peer, const Envelope& message, Body body);
  const Session* living_namesake(const Envelope& hello, MonotonicMs now) const;
  Received receive_hello(const PeerId& peer, const Envelope& message, const Hello& hello,
                         MonotonicMs now);

  std::string job_;
  Welcome welcome_;
  Epoch epoch_;
  std::int64_t silence_ms_;
  std::map<Incarnation, Session> sessions_;
  std::uint64_t sequence_ = 0;
};

}  // namespace decant
