#include "coordinator/dispatch/wait_notice.h"

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::size_t k_most_named_stores = 5;

std::string tasks_text(std::size_t tasks) {
  return group_digits(static_cast<std::int64_t>(tasks)) + (tasks == 1 ? " task" : " tasks");
}

std::string time_text(std::int64_t ms) {
  const std::int64_t seconds = ms / 1000;
  return seconds < 120 ? std::to_string(seconds) + " s" : std::to_string(seconds / 60) + " min";
}

std::string stores_text(const std::map<std::vector<std::string>, std::size_t>& stores) {
  std::vector<std::string> names;
  std::size_t tasks = 0;
  for (const auto& [store, count] : stores) {
    tasks += count;
    if (names.size() < k_most_named_stores) names.push_back(join(store, " together with "));
  }
  std::string text = join(names, ", ");
  if (stores.size() > names.size())
    text += " and " + std::to_string(stores.size() - names.size()) + " more";
  return text + " (" + tasks_text(tasks) + ")";
}

}  // namespace

std::vector<std::vector<std::string>> WaitNotice::given_up(const WaitState& state,
                                                           MonotonicMs now) {
  if (!state.has_workers) {
    unreached_since_.clear();
    return {};
  }
  std::erase_if(unreached_since_,
                [&](const auto& store) { return !state.tasks_of_stores.contains(store.first); });
  std::vector<std::vector<std::string>> stores;
  for (const auto& [store, tasks] : state.tasks_of_stores) {
    const auto since = unreached_since_.emplace(store, now).first->second;
    if (now.value - since.value >= k_give_up_ms) stores.push_back(store);
  }
  return stores;
}

std::optional<std::string> WaitNotice::due(const WaitState& state, MonotonicMs now) {
  const bool waits = state.tasks > 0 && (!state.has_workers || !state.tasks_of_stores.empty());
  if (!waits) {
    since_.reset();
    last_.reset();
    return std::nullopt;
  }
  if (!since_) since_ = now;
  const bool is_due =
      last_ ? now.value - last_->value >= k_again_ms : now.value - since_->value >= k_first_ms;
  if (!is_due) return std::nullopt;
  last_ = now;
  const std::string time = time_text(now.value - since_->value);
  if (!state.has_workers) {
    return "waiting  for a worker, " + time + " so far: " + tasks_text(state.tasks) +
           " to do and nobody there. Start one: " + how_to_start_;
  }
  return "waiting  for a worker that reaches " + stores_text(state.tasks_of_stores) + ", " + time +
         " so far; those that joined do not. Start one there: " + how_to_start_;
}

}  // namespace decant
