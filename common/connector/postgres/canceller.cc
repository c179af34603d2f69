#include "common/connector/postgres/canceller.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

namespace decant::postgres {

struct Canceller::State {
  explicit State(PGcancel* of) : cancel(of) {}
  ~State() {
    if (cancel != nullptr) PQfreeCancel(cancel);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // Blocks.
  void request() {
    char reason[256];
    PQcancel(cancel, reason, sizeof reason);
    {
      const std::lock_guard lock(mutex);
      pending = false;
    }
    answered.notify_all();
  }

  PGcancel* const cancel;
  std::mutex mutex;
  std::condition_variable answered;
  bool pending = false;
};

Canceller::Canceller(PGconn* conn) : state_(std::make_shared<State>(PQgetCancel(conn))) {}

void Canceller::send() {
  constexpr std::chrono::seconds k_patience(2);
  if (state_->cancel == nullptr) return;
  std::unique_lock lock(state_->mutex);
  if (state_->pending) return;
  state_->pending = true;
  try {
    std::thread([state = state_] { state->request(); }).detach();
  } catch (const std::system_error&) {  // no thread can be had
    state_->pending = false;
    return;
  }
  state_->answered.wait_for(lock, k_patience, [this] { return !state_->pending; });
}

bool Canceller::is_pending() const {
  const std::lock_guard lock(state_->mutex);
  return state_->pending;
}

}  // namespace decant::postgres
