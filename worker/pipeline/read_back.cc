#include "worker/pipeline/read_back.h"

#include "common/base/failpoint.h"
#include "common/connector/load_sql.h"
#include "common/connector/read_back_rows.h"
#include "worker/pipeline/stopwatch.h"

namespace decant {
namespace {

// The target's table as an entity that is read: its columns in the plan's order, under their own
// names.
EntitySpec entity_of_table(const EntityPlan& plan, const std::string& select) {
  EntitySpec entity;
  entity.name = plan.entity;
  (select.empty() ? entity.read.table : entity.read.sql) =
      select.empty() ? plan.write.table : select;
  return entity;
}

Status read_back(const Task& task, const std::string& target, const JobSpec& job,
                 SourceFactory& sources, TaskControl& control, TaskResult& result) {
  std::vector<ChunkSpec> chunks;
  for (const TaskChunk& chunk : task.chunks) chunks.push_back(chunk.spec);
  DECANT_TRY_ASSIGN(SelectedRanges selected,
                    SelectedRanges::make(job, task.census.days, task.plan.range_kind));
  DECANT_TRY_ASSIGN(const auto rows,
                    ReadBackRows::make(task.plan, chunks, std::move(selected),
                                       task.selected_stores.list(), inactive_stores(job)));
  pass(Failpoint::kBeforeReadBack);
  const EntitySpec entity = entity_of_table(task.plan, rows->select(job.name, job.ledger_schema));
  SourceRequest request;
  request.connection = target;
  request.directory = job.directory;
  request.application_name = "decant/read-back/" + task.plan.entity;
  DECANT_TRY_ASSIGN(const auto source, sources.open(request, entity));
  const TaskControl::Hook hook(control, [&source] { source->cancel(); });
  for (const Extent& extent : task.extents) {
    ReadRequest read;
    read.entity = &entity;
    for (const ColumnPlan& column : task.plan.columns) read.columns.push_back(column.name);
    if (entity.read.table.empty()) read.columns.emplace_back(k_chunk_column);
    read.extent = extent;
    DECANT_TRY_ASSIGN(const auto row_source, source->open(read));
    DECANT_TRY(rows->take_all(*row_source, [&](std::int64_t count) {
      control.set_rows(count);
      return !control.cancelled();
    }));
  }
  result.batches.resize(chunks.size());
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    result.batches[i].chunk = static_cast<std::int32_t>(i);
    result.batches[i].accepted = rows->totals()[i];
  }
  const std::int64_t others = rows->foreign_rows() + rows->claimed_rows();
  if (others > 0) result.strays.push_back({{}, {}, others});
  if (!rows->first_foreign().empty()) {
    Reject& first = result.rejects.emplace_back();
    first.source = rows->first_foreign();
  }
  for (const auto& [store, count] : rows->other_stores())
    result.strays.push_back({store, {}, count});
  result.rows_read = rows->row_count();
  return {};
}

}  // namespace

TaskResult run_read_back(const Task& task, const std::string& target, const JobSpec& job,
                         SourceFactory& sources, TaskControl& control) {
  TaskResult result;
  std::int64_t total_us = 0;
  {
    const Stopwatch watch(total_us);
    if (Status status = read_back(task, target, job, sources, control, result); !status) {
      result.outcome = control.cancelled() ? TaskOutcome::kCancelled : TaskOutcome::kFailed;
      result.error = std::move(status).error().at({job.name, task.plan.entity, {}, {}});
    }
  }
  result.times.total_ms = total_us / 1000;
  return result;
}

}  // namespace decant
