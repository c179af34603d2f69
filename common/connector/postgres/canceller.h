// Canceller: asks a server to end the statement of a session. libpq's own call connects and waits
// for the answer without any limit: a server that stands still would hold the caller for ever, and
// with it the thread that watches over that very server.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace decant::postgres {

class Canceller {
 public:
  // Of a session that is connected; the session may end before this.
  explicit Canceller(PGconn* conn);

  // From any thread. Returns when the server has answered, or after a second or two; the request
  // goes on then, and is not repeated.
  void send();
  // Whether a request is still under way: it could end any statement that is sent now.
  bool is_pending() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // also of the thread that sends
};

}  // namespace decant::postgres
