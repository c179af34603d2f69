// TargetThread: the one thread that talks to the target (a session belongs to one thread, and a
// DuckDB file has one holder). The run loop posts work and goes on answering workers; finished work
// comes back as a completion that the loop runs on its own thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "common/connector/target.h"
#include "common/ledger/ledger.h"

namespace decant {

// What work on the target thread may use.
struct TargetAccess {
  Target& target;
  Ledger& ledger;
};

class TargetThread {
 public:
  using Completion = std::function<void()>;
  using Work = std::function<Completion(TargetAccess&)>;
  using Opener = std::function<Result<std::unique_ptr<Target>>()>;

  // Opens the target on the new thread. `wake` is called from it after every piece of work (the
  // transport's wake).
  static Result<std::unique_ptr<TargetThread>> start(const Opener& opener,
                                                     const std::string& ledger_schema);
  ~TargetThread();  // finishes what was posted, closes the target
  TargetThread(const TargetThread&) = delete;
  TargetThread& operator=(const TargetThread&) = delete;

  void set_wake(std::function<void()> wake);
  // Work is done in the order of posting. Its completion is run by run_completions().
  void post(Work work);
  // Runs the completions of finished work on the calling thread.
  void run_completions();
  std::size_t pending() const;
  // Ends the statement of the work under way, which fails with kCancelled; later work is not
  // touched. May block for a moment.
  void cancel();
  // Waits until all that was posted is done, and forgets its completions: whoever they were for
  // goes away.
  void abandon_completions();

  // Does `work` on the thread and waits for it without serving anybody: for the time before and
  // after a run.
  template <typename T>
  Result<T> call(std::function<Result<T>(TargetAccess&)> work) {
    std::promise<Result<T>> promise;
    std::future<Result<T>> future = promise.get_future();
    post([&](TargetAccess& access) -> Completion {
      promise.set_value(work(access));
      return {};
    });
    return future.get();
  }

 private:
  TargetThread() = default;
  void run(const Opener& opener, const std::string& ledger_schema, std::promise<Status>& opened);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> work_;
  std::vector<Completion> completions_;
  std::function<void()> wake_;
  Target* target_ = nullptr;  // while it is open
  bool busy_ = false;
  bool cancelled_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace decant
