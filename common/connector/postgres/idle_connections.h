// IdleConnections: sessions with the target whose task is committed, for the next one. To make one
// takes PostgreSQL longer than to look a table up in one that knows it already. Private to this
// folder. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/connector/postgres/connection.h"

namespace decant::postgres {

class IdleConnections {
 public:
  explicit IdleConnections(std::string url) : url_(std::move(url)) {}
  // One that is kept and still answers, as new, or a new one.
  Result<std::unique_ptr<Connection>> take(const ConnectOptions& options);
  // Drops what is in a transaction or was called off: a cancel may still be on its way to it.
  void keep(std::unique_ptr<Connection> connection);

 private:
  std::unique_ptr<Connection> take_kept();

  std::string url_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> kept_;
};

}  // namespace decant::postgres
