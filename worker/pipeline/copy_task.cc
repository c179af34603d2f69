#include "worker/pipeline/copy_task.h"

#include <algorithm>
#include <utility>

#include "common/base/failpoint.h"
#include "common/connector/row_text.h"
#include "common/ledger/table_lock.h"
#include "common/wire/task_stores.h"
#include "worker/pipeline/chunk_checks.h"
#include "worker/pipeline/home_chunk.h"
#include "worker/pipeline/read_ahead.h"
#include "worker/pipeline/source_watch.h"
#include "worker/pipeline/stopwatch.h"

namespace decant {
namespace {

constexpr int k_unplaced = ChunkRouter::k_no_chunk;

std::vector<std::string> source_columns(const EntityPlan& plan) {
  std::vector<std::string> columns;
  for (const ColumnPlan& column : plan.columns) {
    if (column.constant) continue;
    if (std::find(columns.begin(), columns.end(), column.from) == columns.end())
      columns.push_back(column.from);
  }
  return columns;
}

// The job's entity with a type for each of its columns, as it lands: a JSON file gives other texts
// for one that is JSON.
EntitySpec with_resolved_types(EntitySpec entity, const EntityPlan& plan) {
  for (const ColumnPlan& column : plan.columns) {
    const auto same = [&](const ColumnSpec& spec) { return spec.name == column.name; };
    auto spec = std::find_if(entity.columns.begin(), entity.columns.end(), same);
    if (spec == entity.columns.end()) {
      spec = entity.columns.insert(entity.columns.end(), ColumnSpec());
      spec->name = column.name;
      spec->from = column.from;
    }
    spec->type = column.type;
  }
  return entity;
}

LoadPlan load_plan_of(const Task& task, const CopyContext& context) {
  LoadPlan plan = load_plan_of(task, context.run, context.job.name, context.job.ledger_schema);
  plan.stage_folder = context.stage_folder;
  plan.application_name = session_of_task(context.run, task.id) + std::to_string(task.fence.value);
  return plan;
}

}  // namespace

CopyTask::CopyTask(const Task& task, CopyContext& context, TaskControl& control)
    : task_(task), context_(context), control_(control) {}

TaskResult CopyTask::run() {
  {
    const Stopwatch total(result_.times.total_ms);
    if (Status status = run_or_fail(); !status) {
      Error error =
          std::move(status).error().at({context_.job.name, task_.plan.entity, task_.store, {}});
      drop_loader();
      if (error.code == ErrorCode::kTooManyRejects) keep_refused(error);
      result_.outcome = error.sqlstate == k_commit_unknown ? TaskOutcome::kCommitUnknown
                        : control_.cancelled()             ? TaskOutcome::kCancelled
                        : error.code == ErrorCode::kFenced ? TaskOutcome::kFenced
                                                           : TaskOutcome::kFailed;
      result_.error = std::move(error);
      result_.batches.clear();
    }
    if (rejects_) rejects_->give_samples(result_);
  }
  // Measured in microseconds up to here.
  for (std::int64_t* us :
       {&result_.times.extract_ms, &result_.times.convert_ms, &result_.times.digest_ms,
        &result_.times.load_ms, &result_.times.commit_ms, &result_.times.total_ms}) {
    *us /= 1000;
  }
  drop_loader();
  return std::move(result_);
}

// Rolls back what is not committed.
void CopyTask::drop_loader() {
  loader_hook_.reset();
  loader_.reset();
}

Status CopyTask::run_or_fail() {
  DECANT_TRY(check_extents_apart(task_));
  DECANT_TRY_ASSIGN(const OpenSource open, open_source(task_.store));
  pass(Failpoint::kBeforeExtract);
  DECANT_TRY(prepare(open));
  for (std::size_t extent = 0; extent < task_.extents.size(); ++extent) {
    const std::string& store = decant::store_of(task_, task_.extents[extent]);
    DECANT_TRY_ASSIGN(const OpenSource of_store, open_source(store));
    if (Status status = read_extent(of_store, extent); !status) {
      if (remedy_for(status.error().code) == Remedy::kReconnect || !of_store.source->is_usable())
        context_.sessions.close(task_.plan.entity, store);
      if (is_refused_ && !control_.cancelled()) break;  // what was read tells enough
      return fail(std::move(status).error().at({{}, {}, store, {}}));
    }
  }
  if (is_refused_) {
    return fail(too_many_rejects(task_, context_.run, result_.rows_read, result_.rows_rejected,
                                 rejects_->max()));
  }
  return finish();
}

// Under the snapshot that the run has of the store's source.
Result<OpenSource> CopyTask::open_source(const std::string& store) {
  DECANT_TRY_ASSIGN(OpenSource open,
                    context_.sessions.open(task_.plan.entity, store, task_.snapshots));
  if (!open.snapshot.empty()) result_.snapshots[store] = open.snapshot;
  DECANT_TRY(check_reads_what_was_counted(task_, store, open, context_.worker));
  return open;
}

Status CopyTask::begin_loader() {
  DECANT_TRY_ASSIGN(loader_, context_.loaders.begin(load_plan_of(task_, context_)));
  loader_hook_.emplace(control_, [loader = loader_.get()] { loader->cancel(); });
  return {};
}

Status CopyTask::prepare(const OpenSource& open) {
  schema_ = std::make_shared<const Schema>(task_.plan.target_schema());
  std::vector<ChunkSpec> chunks;
  for (const TaskChunk& chunk : task_.chunks) chunks.push_back(chunk.spec);
  chunks.insert(chunks.end(), task_.passed_over.begin(), task_.passed_over.end());
  DECANT_TRY_ASSIGN(ControlSums sums, ControlSums::make(task_.plan.control_sums, *schema_));
  router_ = std::make_unique<RowRouter>(task_.plan, chunks);
  DECANT_TRY_ASSIGN(places_, RowPlaces::make(task_, context_.job, *schema_));
  if (auto left_out = columns_left_to_others(task_.plan); !left_out.empty())
    written_ = std::make_unique<ChunkDigester>(sums, task_.chunks.size(), std::move(left_out));
  digester_ = std::make_unique<ChunkDigester>(std::move(sums), task_.chunks.size());
  DECANT_TRY_ASSIGN(characters_, context_.loaders.characters(load_plan_of(task_, context_)));
  rejects_ = std::make_unique<TaskRejects>(task_, *open.entity, context_.job.directory,
                                           context_.work_dir, characters_.get());
  for (std::size_t i = 0; i < task_.chunks.size(); ++i) {
    BatchReport report;
    report.chunk = static_cast<std::int32_t>(i);
    result_.batches.push_back(std::move(report));
  }
  const bool any_prior =
      std::any_of(task_.chunks.begin(), task_.chunks.end(),
                  [](const TaskChunk& chunk) { return chunk.prior.has_value(); });
  if (task_.kind == TaskKind::kCompare) return {};
  if (any_prior) {
    spool_ = std::make_unique<SpooledRows>(context_.work_dir, schema_,
                                           task_.method == LoadMethod::kReplaceByKey);
  } else {
    DECANT_TRY(begin_loader());
  }
  return {};
}

Status CopyTask::read_extent(const OpenSource& open, std::size_t extent) {
  home_chunk_ = home_chunk(task_, extent);
  DECANT_TRY(places_->begin(task_.extents[extent], store_of(extent)));
  ReadRequest request;
  const EntitySpec entity = with_resolved_types(*open.entity, task_.plan);
  request.entity = &entity;
  request.columns = source_columns(task_.plan);
  request.range_column = task_.plan.source_time;
  request.range_kind = task_.plan.range_kind;
  request.extent = task_.extents[extent];
  const TaskControl::Hook hook(control_, [&open] { open.source->cancel(); });
  SourceWatch watch(silence_limit(context_.job), [&open] { open.source->cancel(); });
  const auto opened = [&] {
    const SourceWatch::Wait wait(watch);
    return open.source->open(request);
  }();
  if (!opened) return fail(watch.judged(opened.error()));
  const std::unique_ptr<RowSource>& rows = *opened;
  auto transform =
      Transform::make(task_.plan, *open.entity, open.store, *rows->schema(), open.time_zone,
                      context_.loaders.limits(),
                      task_.plan.source_store.empty() ? open.time_zone : open.local_time_zone);
  DECANT_TRY_ASSIGN(rules_, make_rules(open.entity->rules, *schema_, open.time_zone));
  if (!transform) {
    Error error = std::move(transform).error();
    if (request.extent.is_file()) error.message = request.extent.path + ": " + error.message;
    return fail(std::move(error));
  }
  transform_ = std::move(*transform);
  ReadAhead ahead(*rows);
  for (;;) {
    if (control_.cancelled()) {
      open.source->cancel();  // the reading thread is waited for
      return fail(ErrorCode::kCancelled, "The task was called off.");
    }
    const auto next = [&] {
      const SourceWatch::Wait wait(watch);
      return ahead.next();
    }();
    if (!next) return fail(watch.judged(next.error()));
    ReadAhead::Item* item = *next;
    if (item == nullptr) return {};
    result_.times.extract_ms += item->read_us;
    for (const Reject& reject : item->faults) DECANT_TRY(refuse(reject, extent, k_unplaced));
    DECANT_TRY(take(item->batch, extent));
    control_.set_rows(result_.rows_read);
    give_up_if_over_limit();
  }
}

// A task that is over the limit by itself is never loaded; its other rows are still read, so that a
// person sees all that has to be mended at once. Comparing loads nothing, and goes on.
void CopyTask::give_up_if_over_limit() {
  if (is_refused_ || !rejects_->over_limit() || task_.kind == TaskKind::kCompare) return;
  is_refused_ = true;
  drop_loader();
  spool_.reset();
}

Status CopyTask::take(RowBatch& source_batch, std::size_t extent) {
  if (source_batch.rows == 0) return {};
  {
    const Stopwatch watch(result_.times.convert_ms);
    transform_->apply(source_batch, batch_, faults_);
    if (characters_) DECANT_TRY(characters_->refuse_missing(batch_, faults_));
    rules_->check(batch_, faults_);
    router_->route(batch_, store_of(extent), chunk_of_row_);
    DECANT_TRY(place_rows(extent));
  }
  if (is_refused_) return {};
  const bool is_spooled_digested = spool_ && spool_->takes_canonical();
  Status spooled;
  {
    const Stopwatch watch(result_.times.digest_ms);
    if (is_spooled_digested) {
      digester_->add_and_give(batch_, chunk_of_row_,
                              [&](int chunk, std::string_view row, const RowDigest& digest) {
                                if (spooled) spooled = spool_->add(chunk, row, digest);
                              });
    } else {
      digester_->add(batch_, chunk_of_row_, {});
    }
    if (written_) written_->add(batch_, chunk_of_row_, {});
  }
  if (is_spooled_digested) return spooled;
  const Stopwatch watch(result_.times.load_ms);
  if (spool_) return spool_->add(batch_, chunk_of_row_);
  return loader_ ? loader_->write(batch_, chunk_of_row_) : Status{};
}

// Counts each row where it belongs. Afterwards chunk_of_row_ is -1 for every row that is not to be
// loaded.
Status CopyTask::place_rows(std::size_t extent) {
  RowPlaces::Strays strays;
  places_->judge(batch_, chunk_of_row_, faults_, strays);
  for (std::size_t row = 0; row < batch_.rows; ++row) {
    int& chunk = chunk_of_row_[row];
    if (chunk < 0 || faults_.has(row)) continue;
    if (is_passed_over(chunk)) {
      chunk = k_unplaced;
      continue;
    }
    ++result_.batches[static_cast<std::size_t>(chunk)].rows_read;
    ++result_.rows_read;
  }
  for (auto& entry : faults_.entries()) {
    if (entry.row < batch_.places.size()) entry.reject.place = batch_.places[entry.row];
    entry.reject.source = key_text(task_.plan, batch_, entry.row);
    DECANT_TRY(refuse(std::move(entry.reject), extent,
                      std::exchange(chunk_of_row_[entry.row], k_unplaced)));
  }
  for (const auto& [store, rows] : strays) result_.strays.push_back({store, {}, rows});
  return {};
}

// A chunk of another task, which the router knows behind ours.
bool CopyTask::is_passed_over(int chunk) const {
  return chunk >= static_cast<int>(task_.chunks.size());
}

// A row that is refused counts as read and rejected: of its chunk, else of its extent's, else of
// the first one.
Status CopyTask::refuse(Reject reject, std::size_t extent, int chunk) {
  if (chunk == k_unplaced) chunk = home_chunk_;
  if (is_passed_over(chunk) || (chunk == k_unplaced && !task_.counts_unplaced)) return {};
  const int counted_at = std::max(chunk, 0);
  BatchReport& batch = result_.batches[static_cast<std::size_t>(counted_at)];
  ++batch.rows_read;
  ++batch.rows_rejected;
  ++result_.rows_read;
  ++result_.rows_rejected;
  return rejects_->keep(std::move(reject), extent, counted_at);
}

// Chunks whose content differs from what the ledger holds, that hold nothing yet, or that are tried
// again.
std::vector<int> CopyTask::chunks_to_load() {
  std::vector<int> chunks;
  for (std::size_t i = 0; i < task_.chunks.size(); ++i) {
    BatchReport& report = result_.batches[i];
    report.accepted = digester_->totals()[i];
    report.loaded = written_ ? written_->totals()[i] : report.accepted;
    report.skipped = is_as_before(task_, report) && !task_.chunks[i].is_tried_again;
    if (!report.skipped) chunks.push_back(static_cast<int>(i));
  }
  return chunks;
}

Status CopyTask::load_from_spool(const std::vector<int>& chunks) {
  const Stopwatch watch(result_.times.load_ms);
  DECANT_TRY(begin_loader());
  if (chunks.empty()) return {};
  return spool_->load_differences(*loader_, chunks, [this] { return control_.cancelled(); });
}

// With another loader, since the first one has rolled back.
Result<LoadOutcome> CopyTask::load_all_rows(const std::vector<int>& chunks,
                                            const TakeRefused& refused,
                                            const LedgerWrites& ledger) {
  drop_loader();
  DECANT_TRY(begin_loader());
  DECANT_TRY(spool_->load_all(*loader_, chunks));
  return loader_->finish(chunks, refused, ledger);
}

Status CopyTask::finish() {
  pass(Failpoint::kAfterExtract);
  const std::vector<int> chunks = chunks_to_load();
  DECANT_TRY(check_accounts(task_, result_.batches));
  DECANT_TRY(refuse_changed_inserts(task_, result_.batches, chunks));
  if (task_.kind == TaskKind::kCompare) {
    if (!task_.records_empty_chunks) {
      std::erase_if(result_.batches, [](const BatchReport& batch) { return batch.rows_read == 0; });
    }
    return {};
  }
  if (spool_) {
    pass(Failpoint::kBeforeSpool);
    DECANT_TRY(load_from_spool(chunks));
    pass(Failpoint::kAfterSpool);
  }
  return commit(chunks);
}

Status CopyTask::commit(const std::vector<int>& chunks) {
  const Stopwatch watch(result_.times.commit_ms);
  const CommitContext context = commit_context();
  DECANT_TRY_ASSIGN(const auto refusals,
                    TargetRefusals::make(task_, result_.batches, rejects_->spool()));
  std::vector<KeyPlace> rivals;
  const LedgerWrites ledger = [&](SqlSession& sql, const LoadOutcome& outcome) -> Status {
    if (control_.cancelled()) return fail(ErrorCode::kCancelled, "The task was called off.");
    if (Status within = rejects_->count_in(*refusals, context_.run, result_); !within) {
      rivals = outcome.rivals;  // joined with them, these rows may be no rejects
      return within;
    }
    return Ledger::commit_task(
        sql, context_.job.ledger_schema,
        make_task_commit(task_, context, result_.batches, rejects_->each(), outcome));
  };
  const auto refused = [&](const RefusedRow& row) { return refusals->take(row); };
  Result<LoadOutcome> finished = loader_->finish(chunks, refused, ledger);
  if (!rivals.empty()) {
    drop_loader();
    hand_back(result_, std::move(rivals));
    return {};
  }
  if (!finished) return fail(std::move(finished).error());
  LoadOutcome outcome = std::move(*finished);
  if (outcome.wants_all_rows) {
    DECANT_TRY_ASSIGN(outcome, load_all_rows(chunks, refused, ledger));
  }
  if (!outcome.keys_elsewhere.empty()) hand_back(result_, std::move(outcome.keys_elsewhere));
  if (!outcome.staged) return {};
  DECANT_TRY(rejects_->count_in(*refusals, context_.run, result_));  // no stage file holds them
  result_.outcome = TaskOutcome::kStaged;
  result_.stage_file = outcome.stage_file;
  result_.stage_size_bytes = outcome.stage_size_bytes;
  if (rejects_->spool().count() == 0) return {};
  result_.reject_file = TaskRejects::file_path(task_, load_plan_of(task_, context_));
  return rejects_->spool().save(result_.reject_file, INT64_MAX);
}

// What cannot be kept is said; the task has failed for its rejects all the same.
void CopyTask::keep_refused(Error& error) {
  if (!rejects_ || task_.kind != TaskKind::kCopy) return;
  const CommitContext context = commit_context();
  const RefusedTask refused = make_refused_task(task_, context, result_.rows_read,
                                                result_.rows_rejected, error, rejects_->each());
  const Status kept =
      rejects_->keep_refused(refused, context_.loaders, load_plan_of(task_, context_), result_);
  if (kept) return;
  if (kept.error().code == ErrorCode::kFenced) {
    error = kept.error();
  } else {
    error.message += " They could not be kept in the ledger: " + kept.error().message;
  }
}

}  // namespace decant
