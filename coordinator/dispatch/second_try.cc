#include "coordinator/dispatch/second_try.h"

#include <algorithm>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::int64_t k_longest_pause_ms = 60'000;
// What cannot be read in smaller pieces is asked for once more.
constexpr int k_attempts_in_one_piece = 2;
// A server without a free connection has one when others have ended.
constexpr int k_patience_with_full_servers = 4;
constexpr const char* k_too_many_connections = "53300";

// The source, or somebody on it, did not let the statement run for so long. Locks and sessions that
// were in each other's way are no matter of its size.
bool took_too_long(const DispatchTask& task) {
  if (task.ending != TaskEnding::kFailed || !task.last_error) return false;
  const Error& error = *task.last_error;
  return error.code == ErrorCode::kTimeout && error.sqlstate != "55P03" &&
         !error.sqlstate.starts_with("40");
}

bool was_unreachable(const DispatchTask& task) {
  return task.ending == TaskEnding::kFailed && task.last_error &&
         task.last_error->code == ErrorCode::kUnreachable;
}

bool was_full(const DispatchTask& task) {
  return was_unreachable(task) && task.last_error->sqlstate == k_too_many_connections;
}

Error lost_error(const Task& task, const DispatchTask& state) {
  const std::string chunks = chunks_text(task);
  return Error{
      ErrorCode::kTimeout,
      chunks + (task.chunks.size() > 1 ? " cost " : " costs ") + "whoever takes " +
          (task.chunks.size() > 1 ? "them: " : "it: ") + join(state.lost, ", ") + ".",
      "It is set aside. Look at the workers' messages and at the memory of their machines; "
      "`decant explain` shows which rows it has. Then run the same command again.",
      {},
      {}};
}

Error too_long_error(const Task& task, const DispatchTask& state) {
  Error error = *state.last_error;
  error.message =
      chunks_text(task) + " cannot be read" +
      (state.halvings > 0 ? ", not even in " + std::to_string(1 << state.halvings) + " pieces"
                          : "") +
      ": " + error.message;
  error.advice =
      "Give the column that it is cut by an index, let fewer tasks read the store at once "
      "(max_parallel), or allow more time (chunk_timeout, or the server's own limit); smaller "
      "chunks (chunk_rows) help where none are recorded yet. Then run the same command again.";
  return error;
}

}  // namespace

std::string chunks_text(const Task& task) {
  if (task.chunks.empty()) return task.plan.entity;
  const std::string first = task.chunks.front().spec.name().value;
  if (task.chunks.size() == 1) return first;
  return group_digits(std::ssize(task.chunks)) + " chunks from " + first + " to " +
         task.chunks.back().spec.name().value;
}

SecondTry second_try(const DispatchTask& task, const DispatchLimits& limits,
                     Divisibility divisibility, StoreSigns signs) {
  const bool is_divisible = divisibility.by_chunks;
  if (limits.max_losses > 0 && task.losses >= limits.max_losses)
    return is_divisible ? SecondTry::kDivide : SecondTry::kSetAside;
  if (took_too_long(task)) {
    if (is_divisible) return SecondTry::kDivide;
    if (task.halvings < divisibility.most_halvings) return SecondTry::kAgainInHalves;
    const bool is_small = task.halvings > 0 || task.is_part;
    return is_small || task.attempts >= k_attempts_in_one_piece ? SecondTry::kSetAside
                                                                : SecondTry::kAgain;
  }
  const bool waits = was_full(task) && signs.answers;
  if (task.attempts < limits.max_attempts * (waits ? k_patience_with_full_servers : 1))
    return SecondTry::kAgain;
  // Others can be read there, or nobody else was about to try: some of its chunks may be, too.
  const bool may_be_the_task = task.ending != TaskEnding::kFailed ||
                               (was_unreachable(task) && (signs.answers || !signs.has_others));
  return is_divisible && may_be_the_task ? SecondTry::kDivide : SecondTry::kSetAside;
}

bool is_store_away(const DispatchTask& task, StoreSigns signs) {
  return was_unreachable(task) && !signs.answers;
}

std::int64_t pause_before_next_ms(const DispatchTask& task, const DispatchLimits& limits) {
  const int doublings = std::clamp(task.attempts - 1, 0, 16);
  const std::int64_t pause_ms = std::min(limits.retry_pause_ms << doublings, k_longest_pause_ms);
  std::uint64_t mix = task.id.value * 0x9e3779b97f4a7c15ULL;
  mix = (mix ^ (mix >> 29) ^ static_cast<std::uint64_t>(task.attempts)) * 0xbf58476d1ce4e5b9ULL;
  return pause_ms +
         static_cast<std::int64_t>((mix >> 32) % static_cast<std::uint64_t>(pause_ms / 2 + 1));
}

Error set_aside_error(const Task& task, const DispatchTask& state) {
  Error error = state.last_error.value_or(Error{ErrorCode::kInternal, "It failed.", {}, {}, {}});
  if (state.ending == TaskEnding::kLost) {
    error = lost_error(task, state);
  } else if (took_too_long(state)) {
    error = too_long_error(task, state);
  } else if (state.is_part && was_unreachable(state)) {
    error.message = chunks_text(task) + " cannot be read: " + error.message;
  }
  std::string chunk = task.chunks.size() == 1 ? task.chunks.front().spec.name().value : "";
  return std::move(error).at({{}, task.plan.entity, task.store, std::move(chunk)});
}

}  // namespace decant
