#include "worker/pipeline/task_rejects.h"

#include <algorithm>
#include <filesystem>

#include "common/base/text.h"
#include "common/connector/stage_name.h"
#include "common/job/shown_path.h"

namespace decant {
namespace {

constexpr int k_samples_per_store = 5;
constexpr std::size_t k_max_samples = 100;
constexpr std::size_t k_max_sample_bytes = 300;
constexpr std::size_t k_max_original_bytes = 1000;

std::string cut(const std::string& text, std::size_t most) {
  return std::string(cut_text(text, most));
}

}  // namespace

std::string TaskRejects::source_name(std::size_t extent) const {
  const Extent& e = task_.extents[extent];
  return e.is_file() ? shown_path(e.path, job_directory_, files_) : task_.store;
}

Status TaskRejects::keep(Reject reject, std::size_t extent, int chunk) {
  ++count_;
  // Of a task that will not be loaded so many are kept and the others counted.
  if (over_limit() && spool_.count() >= k_max_kept_rejects) return {};
  reject.place.extent = static_cast<std::uint32_t>(extent);
  const std::string key = reject.place.line == 0 || is_parquet_ ? reject.source : std::string();
  reject.source = source_name(extent) + (key.empty() ? key : " (" + key + ")");
  // A reader knows a column by the source's name.
  const bool is_private =
      std::any_of(task_.plan.columns.begin(), task_.plan.columns.end(), [&](const ColumnPlan& c) {
        return c.is_private && (c.name == reject.column || c.from == reject.column);
      });
  if (is_private) {
    reject.original = "***";
    reject.reason =
        reject.column + ": the value does not fit (" + reject.rule + "); it is private.";
  }
  reject.original = cut(reject.original, k_max_original_bytes);
  remember(reject, chunk);
  return spool(std::move(reject), chunk);
}

// The ledger is in the same database as the table, and can hold no more of its text.
Status TaskRejects::spool(Reject reject, int chunk) {
  if (characters_ != nullptr) {
    for (std::string* text : {&reject.source, &reject.column, &reject.reason, &reject.original}) {
      DECANT_TRY_ASSIGN(*text, characters_->held_text(*text));
    }
  }
  return spool_.add(reject, chunk);
}

void TaskRejects::remember(const Reject& reject, int chunk) {
  if (samples_.size() >= k_max_samples) return;
  const bool known = chunk >= 0 && static_cast<std::size_t>(chunk) < task_.chunks.size();
  int& of_store =
      samples_of_store_[known ? task_.chunks[static_cast<std::size_t>(chunk)].spec.slice.store
                              : task_.store];
  if (of_store >= k_samples_per_store) return;
  ++of_store;
  Reject sample = reject;
  sample.reason = cut(sample.reason, k_max_sample_bytes);
  sample.original = cut(sample.original, k_max_sample_bytes);
  samples_.push_back(std::move(sample));
  chunk_of_sample_.push_back(chunk);
}

Status TaskRejects::count_in(const TargetRefusals& refusals, const RunId& run, TaskResult& result) {
  result.rows_rejected = count_ + refusals.count();
  for (const RefusedRow& row : refusals.first()) remember(row.reject, row.chunk);
  return refusals.check_limit(run, count_, max_);
}

void TaskRejects::give_samples(TaskResult& result) {
  result.rejects = std::move(samples_);
  result.chunk_of_reject = std::move(chunk_of_sample_);
}

std::string TaskRejects::file_path(const Task& task, const LoadPlan& plan) {
  return (std::filesystem::path(plan.stage_folder) /
          (stage_name_prefix(plan.run_id, plan.task_id) + std::to_string(task.fence.value) +
           ".rejects"))
      .string();
}

Status TaskRejects::keep_refused(const RefusedTask& refused, LoaderFactory& loaders,
                                 const LoadPlan& plan, TaskResult& result) {
  DECANT_TRY_ASSIGN(const bool written, loaders.write_ledger(plan, [&](SqlSession& sql) {
    return Ledger::keep_refused(sql, plan.ledger_schema, refused);
  }));
  if (written) return {};
  const std::string path = file_path(task_, plan);
  DECANT_TRY(spool_.save(path, k_max_kept_rejects));
  result.reject_file = path;
  return {};
}

}  // namespace decant
