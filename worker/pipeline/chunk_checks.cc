#include "worker/pipeline/chunk_checks.h"

#include <string>

namespace decant {

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
