#include "coordinator/dispatch/slowest.h"

#include <algorithm>
#include <set>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::int64_t k_long_task_ms = 60'000;
constexpr std::size_t k_most_of_error = 60;

struct StoreWork {
  std::int64_t rows_left = 0;
  std::int64_t tasks_left = 0;
  const DispatchTask* failing = nullptr;
  const DispatchTask* oldest = nullptr;  // that a worker has
};

bool has_ended(const DispatchTask& task) {
  return task.state == DispatchState::kDone || task.state == DispatchState::kFailed;
}

std::string reason_of(const StoreWork& work, MonotonicMs now) {
  if (work.failing != nullptr) {
    const Error& error = *work.failing->last_error;
    std::string text = error.message.substr(0, error.message.find('\n'));
    if (text.size() > k_most_of_error) text = std::string(cut_text(text, k_most_of_error)) + "…";
    return "after " + std::to_string(work.failing->attempts) +
           (work.failing->attempts == 1 ? " attempt: " : " attempts: ") + text;
  }
  if (work.oldest != nullptr) {
    const std::int64_t held_ms = now.value - work.oldest->assigned_at.value;
    if (held_ms >= k_long_task_ms) return "a task for " + std::to_string(held_ms / 1000) + " s";
  }
  return group_digits(work.rows_left) + (work.rows_left == 1 ? " row" : " rows") + " left in " +
         group_digits(work.tasks_left) + (work.tasks_left == 1 ? " task" : " tasks");
}

}  // namespace

std::optional<SlowStore> slowest_store(const std::map<TaskId, DispatchTask>& tasks,
                                       MonotonicMs now) {
  std::map<std::string, StoreWork> stores;
  for (const auto& [id, task] : tasks) {
    if (task.store().empty() || task.parked || task.withdrawn) continue;
    StoreWork& work = stores[task.store()];
    if (has_ended(task)) continue;
    ++work.tasks_left;
    work.rows_left += std::max<std::int64_t>(0, task.weight - task.rows);
    if (task.last_error && (work.failing == nullptr || task.attempts > work.failing->attempts))
      work.failing = &task;
    const bool is_held = task.state == DispatchState::kAssigned;
    if (is_held && (work.oldest == nullptr || task.assigned_at < work.oldest->assigned_at))
      work.oldest = &task;
  }
  if (stores.size() < 2) return std::nullopt;
  const auto slowest =
      std::max_element(stores.begin(), stores.end(), [](const auto& a, const auto& b) {
        const bool fails = b.second.failing != nullptr;
        if ((a.second.failing != nullptr) != fails) return fails;
        return a.second.rows_left < b.second.rows_left;
      });
  if (slowest->second.tasks_left == 0) return std::nullopt;
  return SlowStore{slowest->first, reason_of(slowest->second, now)};
}

}  // namespace decant
