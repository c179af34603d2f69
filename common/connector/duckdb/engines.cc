#include "common/connector/duckdb/engines.h"

namespace decant::duck {

Result<std::shared_ptr<Engine>> Engines::borrow() {
  DECANT_TRY_ASSIGN(std::unique_ptr<Engine> engine, take());
  return std::shared_ptr<Engine>(engine.release(), [home = shared_from_this()](Engine* returned) {
    home->put_back(std::unique_ptr<Engine>(returned));
  });
}

Result<std::unique_ptr<Engine>> Engines::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Engine> engine = std::move(idle_.back());
      idle_.pop_back();
      return engine;
    }
  }
  DECANT_TRY_ASSIGN(const auto database, Database::open({}, options_));
  auto engine = std::make_unique<Engine>();
  DECANT_TRY_ASSIGN(engine->connection, database->connect());
  return engine;
}

void Engines::put_back(std::unique_ptr<Engine> engine) {
  if (engine->is_spent) return;
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(engine));
}

}  // namespace decant::duck
