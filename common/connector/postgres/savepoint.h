// Work that may fail inside a transaction which others go on with.
#pragma once

#include "common/connector/postgres/connection.h"

namespace decant::postgres {

// Work that fails, or is cancelled, leaves an open transaction as it was. It cannot export
// a snapshot, which PostgreSQL does outside of savepoints alone.
template <typename Work>
auto under_savepoint(Connection& connection, const Work& work) -> decltype(work()) {
  if (!connection.in_transaction()) return work();
  DECANT_TRY(connection.run("SAVEPOINT decant_look"));
  auto done = work();
  if (!connection.is_alive()) return done;
  // Where it cannot be rolled back, the session is not usable any more: what failed is told.
  const Status ended = connection.roll_back(done ? "RELEASE decant_look"
                                                 : "ROLLBACK TO decant_look; RELEASE decant_look");
  if (done) DECANT_TRY(ended);
  return done;
}

}  // namespace decant::postgres
