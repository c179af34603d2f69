#include "coordinator/control/staged_results.h"

#include <algorithm>
#include <filesystem>

namespace decant {
namespace {

// Bounds what a transaction holds, and what is done again when it fails.
constexpr std::size_t k_most_together = 64;

bool only_appends(const StagedResult& staged) {
  const auto& batches = staged.result.batches;
  return staged.task.method == LoadMethod::kAppend && !batches.empty() &&
         std::none_of(batches.begin(), batches.end(),
                      [](const BatchReport& batch) { return batch.skipped; });
}

LedgerWrites ledger_of(StagedResult& staged) {
  return [&staged](SqlSession& sql, const LoadOutcome& loaded) -> Status {
    RejectSpool none(std::filesystem::path(staged.result.stage_file).parent_path().string());
    DECANT_TRY_ASSIGN(const auto refusals,
                      TargetRefusals::make(staged.task, staged.result.batches, none));
    DECANT_TRY(refusals->check_limit(staged.context.commit.run, staged.result.rows_rejected,
                                     staged.context.max_rejects));
    const EachReject rejects = [&](const TakeReject& take) -> Status {
      if (staged.result.reject_file.empty()) return {};
      return read_reject_file(staged.result.reject_file, take);
    };
    return Ledger::commit_task(sql, staged.context.ledger_schema,
                               make_task_commit(staged.task, staged.context.commit,
                                                staged.result.batches, rejects, loaded));
  };
}

Status commit_together(TargetAccess& access, std::vector<StagedResult>& staged) {
  // Copies, so that what did not happen leaves no trace in the results.
  std::vector<StagedResult> tried = staged;
  std::vector<StagedAppend> appends;
  for (StagedResult& each : tried) {
    appends.push_back({load_plan_of(each.task, each.context.commit.run, each.context.commit.job,
                                    each.context.ledger_schema),
                       each.result.stage_file, ledger_of(each)});
  }
  DECANT_TRY(access.target.commit_appends(appends));
  for (const StagedResult& each : tried) {
    std::error_code ignored;  // the next run clears the folder
    if (!each.result.reject_file.empty()) std::filesystem::remove(each.result.reject_file, ignored);
  }
  staged = std::move(tried);
  return {};
}

}  // namespace

void StagedResults::push(StagedResult staged) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(staged));
}

bool StagedResults::is_empty() const {
  const std::lock_guard lock(mutex_);
  return waiting_.empty();
}

bool StagedResults::is_due(MonotonicMs now, bool are_more_coming) const {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) return false;
  const StagedResult& first = waiting_.front();
  if (!are_more_coming || !go_together(first, first)) return true;
  const std::size_t count = together();
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < count; ++i) rows += waiting_[i].result.rows_read;
  const std::int64_t wait_ms = std::min(rows / k_rows_per_ms_of_waiting, k_longest_wait_ms);
  return count < waiting_.size() || count == k_most_together || rows >= k_rows_together ||
         now.value - first.since.value >= wait_ms;
}

std::size_t StagedResults::together() const {
  std::size_t count = 0;
  std::int64_t rows = 0;
  while (count < waiting_.size() && count < k_most_together && rows < k_rows_together &&
         (count == 0 || go_together(waiting_.front(), waiting_[count]))) {
    rows += waiting_[count++].result.rows_read;
  }
  return count;
}

std::vector<StagedResult> StagedResults::take() {
  const std::lock_guard lock(mutex_);
  std::vector<StagedResult> taken;
  for (std::size_t left = together(); left > 0; --left) {
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return taken;
}

void StagedResults::keep_apart(const std::string& table) {
  const std::lock_guard lock(mutex_);
  apart_.insert(table);
}

bool StagedResults::go_together(const StagedResult& first, const StagedResult& other) const {
  const std::string& table = first.task.plan.write.table;
  return only_appends(first) && only_appends(other) && !apart_.contains(table) &&
         other.task.plan.write.table == table &&
         other.task.plan.fingerprint == first.task.plan.fingerprint;
}

void commit_staged(TargetAccess& access, StagedResults& queue, std::vector<StagedResult>& staged) {
  if (staged.size() > 1) {
    const Status together = commit_together(access, staged);
    const bool is_final = together || together.error().code == ErrorCode::kCancelled;
    for (StagedResult& each : staged) each.committed = together;
    if (is_final) return;
    if (together.error().code == ErrorCode::kDataRefused)
      queue.keep_apart(staged.front().task.plan.write.table);
  }
  for (StagedResult& each : staged)
    each.committed = commit_staged_task(access, each.task, each.context, each.result);
}

}  // namespace decant
