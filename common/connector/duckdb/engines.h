// DuckDB instances in memory that hold nothing, kept from one piece of work to the next: making one
// costs as much as reading thousands of rows. Private to this folder.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/connector/duckdb/database.h"

namespace decant::duck {

// One borrower's, and so one thread's, at a time.
struct Engine {
  Connection connection;
  bool is_spent = false;  // something failed: whoever comes next gets a new one
};

// There are as many as were ever borrowed at the same time. Any thread.
class Engines : public std::enable_shared_from_this<Engines> {
 public:
  explicit Engines(DuckDbOptions options) : options_(std::move(options)) {}
  // Comes back when the last one has let it go, which may be after this object's owner has gone.
  Result<std::shared_ptr<Engine>> borrow();

 private:
  Result<std::unique_ptr<Engine>> take();
  void put_back(std::unique_ptr<Engine> engine);

  const DuckDbOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Engine>> idle_;
};

}  // namespace decant::duck
