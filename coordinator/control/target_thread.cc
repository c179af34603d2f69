#include "coordinator/control/target_thread.h"

#include <utility>

namespace decant {

Result<std::unique_ptr<TargetThread>> TargetThread::start(const Opener& opener,
                                                          const std::string& ledger_schema) {
  std::unique_ptr<TargetThread> self(new TargetThread());
  std::promise<Status> opened;
  std::future<Status> outcome = opened.get_future();
  TargetThread* raw = self.get();
  self->thread_ = std::thread(
      [raw, &opener, ledger_schema, &opened] { raw->run(opener, ledger_schema, opened); });
  DECANT_TRY(outcome.get());
  return self;
}

TargetThread::~TargetThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TargetThread::set_wake(std::function<void()> wake) {
  const std::lock_guard lock(mutex_);
  wake_ = std::move(wake);
}

void TargetThread::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    work_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void TargetThread::run_completions() {
  std::vector<Completion> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(completions_);
  }
  for (const Completion& completion : ready) completion();
}

void TargetThread::abandon_completions() {
  (void)call<bool>([](TargetAccess&) -> Result<bool> { return true; });  // comes after the others
  const std::lock_guard lock(mutex_);
  completions_.clear();
}

std::size_t TargetThread::pending() const {
  const std::lock_guard lock(mutex_);
  return work_.size() + completions_.size() + (busy_ ? 1 : 0);
}

void TargetThread::cancel() {
  const std::lock_guard lock(mutex_);
  if (!busy_ || target_ == nullptr) return;
  cancelled_ = true;
  target_->cancel();
}

void TargetThread::run(const Opener& opener, const std::string& ledger_schema,
                       std::promise<Status>& opened) {
  Result<std::unique_ptr<Target>> target = opener();
  if (!target) {
    opened.set_value(fail(std::move(target).error()));
    return;
  }
  Ledger ledger((*target)->sql(), ledger_schema);
  TargetAccess access{**target, ledger};
  {
    const std::lock_guard lock(mutex_);
    target_ = target->get();
  }
  opened.set_value({});
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      busy_ = false;
      changed_.wait(lock, [this] { return stopping_ || !work_.empty(); });
      if (work_.empty()) {
        target_ = nullptr;
        return;
      }
      work = std::move(work_.front());
      work_.pop_front();
      if (std::exchange(cancelled_, false)) target_->renew();
      busy_ = true;
    }
    Completion completion = work(access);
    const std::lock_guard lock(mutex_);
    if (completion) completions_.push_back(std::move(completion));
    if (wake_) wake_();
  }
}

}  // namespace decant
