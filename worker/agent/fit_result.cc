#include "worker/agent/fit_result.h"

#include "common/wire/codec.h"

namespace decant {
namespace {

constexpr std::size_t k_kept_text_bytes = 100;

bool fits(const TaskResult& result) {
  Envelope envelope;
  envelope.body = result;
  const auto bytes = encode(envelope);
  // Room for the job's and the worker's names.
  return bytes && bytes->size() + 4'096 <= k_max_message_bytes;
}

void cut(std::string& text) {
  if (text.size() > k_kept_text_bytes) text = text.substr(0, k_kept_text_bytes) + "…";
}

}  // namespace

void fit_result(TaskResult& result, TaskKind kind) {
  if (fits(result)) return;
  for (Reject& reject : result.rejects) {
    cut(reject.original);
    cut(reject.reason);
  }
  if (fits(result)) return;
  TaskResult small;
  small.task = result.task;
  small.fence = result.fence;
  small.rows_read = result.rows_read;
  small.rows_rejected = result.rows_rejected;
  small.times = result.times;
  small.peak_memory_bytes = result.peak_memory_bytes;
  if (result.outcome == TaskOutcome::kDone && kind == TaskKind::kCopy) {
    small.outcome = TaskOutcome::kCommitUnknown;
  } else {
    small.outcome = TaskOutcome::kFailed;
    small.error = Error{ErrorCode::kUnsupported,
                        "The result of this task is too large for a message.",
                        "Cover fewer months or stores in one run.",
                        {},
                        {}};
  }
  result = std::move(small);
}

}  // namespace decant
