#include "common/connector/postgres/idle_connections.h"

#include <utility>

namespace decant::postgres {

std::unique_ptr<Connection> IdleConnections::take_kept() {
  const std::lock_guard lock(mutex_);
  if (kept_.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(kept_.back());
  kept_.pop_back();
  return connection;
}

Result<std::unique_ptr<Connection>> IdleConnections::take(const ConnectOptions& options) {
  while (std::unique_ptr<Connection> connection = take_kept()) {
    if (connection->start_over(options)) return connection;
  }
  return Connection::open(url_, options);
}

void IdleConnections::keep(std::unique_ptr<Connection> connection) {
  if (!connection->is_alive() || connection->in_transaction() || connection->is_cancelled()) return;
  const std::lock_guard lock(mutex_);
  kept_.push_back(std::move(connection));
}

}  // namespace decant::postgres
