// RunLoop, what was taken back: the same again, smaller tasks in its place, or set aside.
#include "coordinator/control/run_loop.h"
#include "coordinator/dispatch/second_try.h"
#include "coordinator/plan/halves.h"

namespace decant {
namespace {

// In a row, with nothing done in between: then it is not the tasks.
constexpr int k_most_set_aside_in_a_row = 20;

// What a person may do about reads that take too long, besides waiting.
std::string advice_on(const Error& error) {
  if (error.code != ErrorCode::kTimeout) return {};
  return " Smaller chunks (chunk_rows) where none are recorded yet, or fewer tasks at once "
         "(max_parallel of the store), may spare it that.";
}

}  // namespace

std::int64_t weight_of(const Task& task) {
  std::int64_t rows = 1;
  for (const TaskChunk& chunk : task.chunks) rows += chunk.spec.estimated_rows;
  return rows;
}

// Nobody holds the task any more, and it has not committed.
void RunLoop::settle_reclaimed(TaskId id) {
  const Task& task = tasks_.at(id);
  const int halvings = dispatcher_.tasks().at(id).halvings;
  const Divisibility divisibility{halves_of(task).has_value(), most_halvings(task)};
  dispatcher_.reclaimed(id, false, parts_.clock.now(), divisibility);
  const DispatchTask& state = dispatcher_.tasks().at(id);
  if (state.state == DispatchState::kDivided) divide(id);
  if (state.state == DispatchState::kFailed) tell_set_aside(id);
  if (state.state == DispatchState::kPending && state.halvings > halvings) {
    parts_.logger.warn(chunks_text(task) + " is read in " + std::to_string(1 << state.halvings) +
                       " pieces: " + state.last_error->message + advice_on(*state.last_error));
  }
}

// It is tried again where that may help.
void RunLoop::settle_not_reclaimed(TaskId id, const Error& error) {
  if (take_backs_.is_over(id, error)) return stop(error);
  parts_.logger.warn("Task " + std::to_string(id.value) +
                     " could not be taken back yet: " + error.to_string());
  dispatcher_.reclaim_failed(id, parts_.clock.now());
}

// The old number is fenced off, so that the chunks are only in the parts' hands; and each is in
// those of one.
void RunLoop::divide(TaskId id) {
  const auto halves = halves_of(tasks_.at(id));
  if (!halves)
    return stop(Error{ErrorCode::kInternal, "A task was divided that cannot be.", {}, {}, {}});
  const Error error = dispatcher_.tasks().at(id).last_error.value_or(Error{});
  const std::string& why = error.message;
  view_.tasks += 1;
  parts_.logger.warn(chunks_text(tasks_.at(id)) + " are divided: " + why + advice_on(error));
  for (Task part : {halves->first, halves->second}) {
    part.run = parts_.run;
    part.id = TaskId(next_task_++);
    dispatcher_.add_part(part.id, id, weight_of(part));
    if (logs(part)) parts_.log->task_state(part, "divided", {}, why);
    tasks_.emplace(part.id, std::move(part));
  }
}

void RunLoop::tell_set_aside(TaskId id) {
  const Task& task = tasks_.at(id);
  const DispatchTask& state = dispatcher_.tasks().at(id);
  const Error error = set_aside_error(task, state);
  // A disk that stayed full through all attempts of a task refuses the others too.
  if (error.code == ErrorCode::kNoSpace) return stop(error);
  if (state.ending != TaskEnding::kLost) return;
  if (logs(task)) parts_.log->task_state(task, "failed", {}, error.to_string());
  if (++set_aside_in_a_row_ <= k_most_set_aside_in_a_row) return;
  stop(Error{ErrorCode::kInternal,
             "Workers keep ending, whatever they are given; the last time: " + error.message,
             "Look at the messages above and at the machine's memory.",
             {},
             {}});
}

}  // namespace decant
