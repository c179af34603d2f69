#include "coordinator/control/stage_files.h"

#include <filesystem>

namespace decant {
namespace {

void remove_file(const std::string& path) {
  std::error_code ignored;  // the next run clears the folder
  if (!path.empty()) std::filesystem::remove(path, ignored);
}

}  // namespace

Status commit_staged_task(TargetAccess& access, const Task& task, const StageContext& context,
                          TaskResult& result) {
  std::vector<int> chunks;
  for (const BatchReport& batch : result.batches) {
    if (!batch.skipped) chunks.push_back(batch.chunk);
  }
  RejectSpool by_target(std::filesystem::path(result.stage_file).parent_path().string());
  DECANT_TRY_ASSIGN(const auto refusals, TargetRefusals::make(task, result.batches, by_target));
  const EachReject all = [&](const TakeReject& take) -> Status {
    if (!result.reject_file.empty()) DECANT_TRY(read_reject_file(result.reject_file, take));
    return by_target.each(take);
  };
  std::vector<KeyPlace> moved;
  auto outcome = access.target.commit_stage(
      load_plan_of(task, context.commit.run, context.commit.job, context.ledger_schema),
      result.stage_file, chunks, [&](const RefusedRow& row) { return refusals->take(row); },
      [&](SqlSession& sql, const LoadOutcome& loaded) -> Status {
        if (Status within = refusals->check_limit(context.commit.run, result.rows_rejected,
                                                  context.max_rejects);
            !within) {
          moved = loaded.rivals;
          return within;
        }
        return Ledger::commit_task(
            sql, context.ledger_schema,
            make_task_commit(task, context.commit, result.batches, all, loaded));
      });
  if (outcome) moved = std::move(outcome->keys_elsewhere);
  if (!moved.empty()) {
    hand_back(result, std::move(moved));
    remove_file(result.stage_file);
    remove_file(result.reject_file);
    return {};
  }
  for (const RefusedRow& row : refusals->first()) {
    result.rejects.push_back(row.reject);
    result.chunk_of_reject.push_back(row.chunk);
  }
  result.rows_rejected += refusals->count();
  if (!outcome) {
    if (outcome.error().code == ErrorCode::kTooManyRejects) {
      DECANT_TRY(
          Ledger::keep_refused(access.target.sql(), context.ledger_schema,
                               make_refused_task(task, context.commit, result.rows_read,
                                                 result.rows_rejected, outcome.error(), all)));
      remove_file(result.stage_file);
      remove_file(result.reject_file);
    }
    return fail(outcome.error());
  }
  remove_file(result.reject_file);
  return {};
}

Status keep_reject_file(TargetAccess& access, const Task& task, const StageContext& context,
                        const TaskResult& result) {
  const RefusedTask refused = make_refused_task(
      task, context.commit, result.rows_read, result.rows_rejected, result.error.value_or(Error{}),
      [&](const TakeReject& take) { return read_reject_file(result.reject_file, take); });
  DECANT_TRY(Ledger::keep_refused(access.target.sql(), context.ledger_schema, refused));
  remove_file(result.reject_file);
  return {};
}

}  // namespace decant
