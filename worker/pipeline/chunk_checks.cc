#include "worker/pipeline/chunk_checks.h"

#include <string>

namespace decant {
namespace {

bool meet(const Extent& a, const Extent& b) {
  if (a.store != b.store || a.is_file() || b.is_file()) return false;
  if (a.kind == ExtentKind::kAll || b.kind == ExtentKind::kAll) return true;
  // Of two ranges their values tell, unless these are the same.
  const bool is_by_blocks = a.end_block > 0 && b.end_block > 0;
  if (!is_by_blocks) return a == b;
  if (a.kind == ExtentKind::kRange && b.kind == ExtentKind::kRange &&
      (a.range != b.range || a.undated != b.undated))
    return false;
  return a.begin_block < b.end_block && b.begin_block < a.end_block;
}

}  // namespace

Status check_extents_apart(const Task& task) {
  for (std::size_t i = 0; i < task.extents.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!meet(task.extents[i], task.extents[j])) continue;
      return fail(ErrorCode::kInternal,
                  task.plan.entity + ": a task was to read rows of its source twice.",
                  "Nothing was loaded; please report this as a defect.");
    }
  }
  return {};
}

bool is_as_before(const Task& task, const BatchReport& report) {
  const auto& prior = task.chunks[static_cast<std::size_t>(report.chunk)].prior;
  return prior && prior->accepted == report.accepted.digest &&
         prior->fingerprint == task.plan.fingerprint;
}

Status check_accounts(const Task& task, const std::vector<BatchReport>& batches) {
  for (const BatchReport& report : batches) {
    if (report.rows_read == report.accepted.digest.row_count + report.rows_rejected) continue;
    return fail(ErrorCode::kInternal,
                task.chunks[static_cast<std::size_t>(report.chunk)].spec.name().value + ": " +
                    std::to_string(report.rows_read) + " rows were read, but " +
                    std::to_string(report.accepted.digest.row_count) + " accepted and " +
                    std::to_string(report.rows_rejected) + " refused.",
                "Nothing was loaded; please report this as a defect.");
  }
  return {};
}

Status refuse_changed_inserts(const Task& task, const std::vector<BatchReport>& batches,
                              const std::vector<int>& to_load) {
  if (task.method != LoadMethod::kInsert || task.kind != TaskKind::kCopy) return {};
  for (const int chunk : to_load) {
    const TaskChunk& changed = task.chunks[static_cast<std::size_t>(chunk)];
    const BatchReport& report = batches[static_cast<std::size_t>(chunk)];
    if (!changed.prior || is_as_before(task, report)) continue;
    const std::string name = changed.spec.name().value;
    if (changed.prior->accepted == report.accepted.digest) {
      return fail(ErrorCode::kDiffers,
                  name +
                      " was loaded as the job had it before (its mode, key or columns), and "
                      "mode insert loads no chunk a second time.",
                  "Put the job back as it was, or use mode replace or upsert.");
    }
    return fail(ErrorCode::kDiffers,
                name + " has changed since it was loaded, and mode insert follows no changes.",
                "Use mode replace or upsert, or load the new rows as a job of their own.");
  }
  return {};
}

}  // namespace decant
