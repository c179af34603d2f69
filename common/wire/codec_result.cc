// Results of tasks (proto/result.proto).
#include "common/wire/codec_parts.h"

namespace decant::wire {

static_assert(static_cast<int>(TaskOutcome::kDone) == pb::TASK_OUTCOME_DONE &&
              static_cast<int>(TaskOutcome::kStaged) == pb::TASK_OUTCOME_STAGED &&
              static_cast<int>(TaskOutcome::kFenced) == pb::TASK_OUTCOME_FENCED &&
              static_cast<int>(TaskOutcome::kFailed) == pb::TASK_OUTCOME_FAILED &&
              static_cast<int>(TaskOutcome::kCancelled) == pb::TASK_OUTCOME_CANCELLED &&
              static_cast<int>(TaskOutcome::kCommitUnknown) == pb::TASK_OUTCOME_COMMIT_UNKNOWN);

static void put(const BatchReport& from, pb::BatchReport& to) {
  to.set_chunk(from.chunk);
  to.set_skipped(from.skipped);
  to.set_read_row_count(from.rows_read);
  to.set_rejected_row_count(from.rows_rejected);
  to.set_superseded_row_count(from.rows_superseded);
  put(from.accepted, *to.mutable_accepted());
  put(from.loaded, *to.mutable_loaded());
  to.set_inserted_row_count(from.counts.inserted);
  to.set_updated_row_count(from.counts.updated);
  to.set_deleted_row_count(from.counts.deleted);
}

static Status get(const pb::BatchReport& from, BatchReport& to) {
  if (from.chunk() < 0 || from.chunk() >= k_max_chunks_per_task) {
    return fail(ErrorCode::kProtocol, "A result names a chunk that no task can have.");
  }
  to.chunk = from.chunk();
  to.skipped = from.skipped();
  to.rows_read = from.read_row_count();
  to.rows_rejected = from.rejected_row_count();
  to.rows_superseded = from.superseded_row_count();
  DECANT_TRY(get(from.accepted(), to.accepted));
  DECANT_TRY(get(from.loaded(), to.loaded));
  to.counts =
      ChunkCounts{from.inserted_row_count(), from.updated_row_count(), from.deleted_row_count()};
  return {};
}

static void put(const Reject& from, pb::Reject& to) {
  to.set_extent(from.place.extent);
  to.set_line(from.place.line);
  to.set_offset_bytes(from.place.byte_offset);
  to.set_source(from.source);
  to.set_column(from.column);
  to.set_rule(from.rule);
  to.set_reason(from.reason);
  to.set_original(from.original);
}

static void get(const pb::Reject& from, Reject& to) {
  to.place = RowPlace{from.extent(), from.line(), from.offset_bytes()};
  to.source = from.source();
  to.column = from.column();
  to.rule = from.rule();
  to.reason = from.reason();
  to.original = from.original();
}

static void put(const StageTimes& from, pb::StageTimes& to) {
  to.set_extract_ms(from.extract_ms);
  to.set_convert_ms(from.convert_ms);
  to.set_digest_ms(from.digest_ms);
  to.set_load_ms(from.load_ms);
  to.set_commit_ms(from.commit_ms);
  to.set_total_ms(from.total_ms);
}

static StageTimes times_from(const pb::StageTimes& from) {
  return {from.extract_ms(), from.convert_ms(), from.digest_ms(),
          from.load_ms(),    from.commit_ms(),  from.total_ms()};
}

void put(const TaskResult& from, pb::TaskResult& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
  to.set_outcome(static_cast<pb::TaskOutcome>(from.outcome));
  if (from.error) put(*from.error, *to.mutable_error());
  for (const BatchReport& batch : from.batches) put(batch, *to.add_batches());
  for (const StrayRows& stray : from.strays) {
    pb::StrayRows& out = *to.add_strays();
    out.set_store(stray.store);
    out.set_period(stray.period);
    out.set_row_count(stray.rows);
  }
  for (const Reject& reject : from.rejects) put(reject, *to.add_rejects());
  for (const std::int32_t chunk : from.chunk_of_reject) to.add_chunk_of_reject(chunk);
  to.set_read_row_count(from.rows_read);
  to.set_rejected_row_count(from.rows_rejected);
  for (const KeyPlace& place : from.keys_elsewhere) {
    pb::KeyPlace& out = *to.add_keys_elsewhere();
    out.set_chunk(place.chunk);
    out.set_store(place.store);
    if (place.value) out.set_value(*place.value);
  }
  if (from.census) put(*from.census, *to.mutable_census());
  for (const auto& [store, snapshot] : from.snapshots) {
    pb::StoreSnapshot& out = *to.add_snapshots();
    out.set_store(store);
    out.set_snapshot(snapshot);
  }
  to.set_stage_file(from.stage_file);
  to.set_stage_size_bytes(from.stage_size_bytes);
  to.set_reject_file(from.reject_file);
  put(from.times, *to.mutable_times());
  to.set_peak_memory_bytes(from.peak_memory_bytes);
}

Status get(const pb::TaskResult& from, TaskResult& to) {
  to.task = TaskId(from.task_id());
  to.fence = Fence(from.fence());
  DECANT_TRY(get_enum(from.outcome(), pb::TaskOutcome_MAX, "outcome", to.outcome));
  if (from.has_error()) DECANT_TRY(get(from.error(), to.error.emplace()));
  to.batches.reserve(static_cast<std::size_t>(from.batches_size()));
  for (const pb::BatchReport& batch : from.batches())
    DECANT_TRY(get(batch, to.batches.emplace_back()));
  for (const pb::StrayRows& stray : from.strays()) {
    to.strays.push_back(StrayRows{stray.store(), stray.period(), stray.row_count()});
  }
  for (const pb::Reject& reject : from.rejects()) get(reject, to.rejects.emplace_back());
  to.chunk_of_reject.assign(from.chunk_of_reject().begin(), from.chunk_of_reject().end());
  to.rows_read = from.read_row_count();
  to.rows_rejected = from.rejected_row_count();
  for (const pb::KeyPlace& place : from.keys_elsewhere()) {
    KeyPlace& out = to.keys_elsewhere.emplace_back();
    out.chunk = place.chunk();
    out.store = place.store();
    if (place.has_value()) out.value = place.value();
  }
  if (from.has_census()) DECANT_TRY(get(from.census(), to.census.emplace()));
  for (const pb::StoreSnapshot& of : from.snapshots()) to.snapshots[of.store()] = of.snapshot();
  to.stage_file = from.stage_file();
  to.stage_size_bytes = from.stage_size_bytes();
  to.reject_file = from.reject_file();
  to.times = times_from(from.times());
  to.peak_memory_bytes = from.peak_memory_bytes();
  return {};
}

}  // namespace decant::wire
