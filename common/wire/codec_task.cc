// Tasks and the mapping they carry (proto/task.proto).
#include "common/wire/codec_parts.h"

namespace decant::wire {
namespace {

static_assert(static_cast<int>(TaskKind::kCensus) == pb::TASK_KIND_CENSUS &&
              static_cast<int>(TaskKind::kCopy) == pb::TASK_KIND_COPY &&
              static_cast<int>(TaskKind::kCompare) == pb::TASK_KIND_COMPARE &&
              static_cast<int>(TaskKind::kReadBack) == pb::TASK_KIND_READ_BACK);
static_assert(static_cast<int>(LoadMethod::kAppend) == pb::LOAD_METHOD_APPEND &&
              static_cast<int>(LoadMethod::kReplaceByKey) == pb::LOAD_METHOD_REPLACE_BY_KEY &&
              static_cast<int>(LoadMethod::kReplaceRange) == pb::LOAD_METHOD_REPLACE_RANGE &&
              static_cast<int>(LoadMethod::kUpsert) == pb::LOAD_METHOD_UPSERT &&
              static_cast<int>(LoadMethod::kInsert) == pb::LOAD_METHOD_INSERT);

pb::WriteMode to_wire(WriteMode mode) {
  switch (mode) {
    case WriteMode::kReplace:
      return pb::WRITE_MODE_REPLACE;
    case WriteMode::kUpsert:
      return pb::WRITE_MODE_UPSERT;
    case WriteMode::kInsert:
      return pb::WRITE_MODE_INSERT;
  }
  return pb::WRITE_MODE_UNSPECIFIED;
}

Status from_wire(int wire, WriteMode& mode) {
  switch (wire) {
    case pb::WRITE_MODE_REPLACE:
      mode = WriteMode::kReplace;
      return {};
    case pb::WRITE_MODE_UPSERT:
      mode = WriteMode::kUpsert;
      return {};
    case pb::WRITE_MODE_INSERT:
      mode = WriteMode::kInsert;
      return {};
    default:
      return fail(ErrorCode::kUnsupported,
                  "A task has a write mode that this version does not know.");
  }
}

pb::Fidelity to_wire(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::kExact:
      return pb::FIDELITY_EXACT;
    case Fidelity::kWidening:
      return pb::FIDELITY_WIDENING;
    case Fidelity::kLossy:
      return pb::FIDELITY_LOSSY;
    case Fidelity::kImpossible:
      return pb::FIDELITY_IMPOSSIBLE;
  }
  return pb::FIDELITY_UNSPECIFIED;
}

Status from_wire(int wire, Fidelity& fidelity) {
  switch (wire) {
    case pb::FIDELITY_EXACT:
      fidelity = Fidelity::kExact;
      return {};
    case pb::FIDELITY_WIDENING:
      fidelity = Fidelity::kWidening;
      return {};
    case pb::FIDELITY_LOSSY:
      fidelity = Fidelity::kLossy;
      return {};
    case pb::FIDELITY_IMPOSSIBLE:
      fidelity = Fidelity::kImpossible;
      return {};
    default:
      return fail(ErrorCode::kUnsupported,
                  "A column has a fidelity that this version does not know.");
  }
}

}  // namespace

static void put(const ColumnPlan& from, pb::ColumnPlan& to) {
  to.set_name(from.name);
  put(from.type, *to.mutable_type());
  to.set_nullable(from.nullable);
  to.set_from(from.from);
  put(from.source_type, *to.mutable_source_type());
  if (from.constant) to.set_constant(*from.constant);
  to.set_lossy(from.lossy);
  to.set_is_private(from.is_private);
  to.set_date_format(from.date_format);
  to.set_fidelity(to_wire(from.fidelity));
  if (from.replace_nul) to.set_replace_nul(*from.replace_nul);
  to.set_foreign(from.foreign);
  for (const std::string& text : from.null_texts) to.add_null_texts(text);
  to.set_zero_pad(from.zero_pad);
}

static Status get(const pb::ColumnPlan& from, ColumnPlan& to) {
  to.name = from.name();
  DECANT_TRY(get(from.type(), to.type));
  to.nullable = from.nullable();
  to.from = from.from();
  DECANT_TRY(get(from.source_type(), to.source_type));
  if (from.has_constant()) to.constant = from.constant();
  to.lossy = from.lossy();
  to.is_private = from.is_private();
  to.date_format = from.date_format();
  if (from.has_replace_nul()) to.replace_nul = from.replace_nul();
  to.foreign = from.foreign();
  to.null_texts.assign(from.null_texts().begin(), from.null_texts().end());
  to.zero_pad = from.zero_pad();
  return from_wire(from.fidelity(), to.fidelity);
}

void put(const EntityPlan& from, pb::EntityPlan& to) {
  to.set_entity(from.entity);
  pb::WriteSpec& write = *to.mutable_write();
  write.set_table(from.write.table);
  write.set_mode(to_wire(from.write.mode));
  for (const std::string& column : from.write.key) write.add_key(column);
  write.set_enforce(from.write.enforce);
  for (const std::string& column : from.write.keep_on_update) write.add_keep_on_update(column);
  write.set_latest_by(from.write.latest_by);
  write.set_reject_duplicates(from.write.reject_duplicates);
  for (const ColumnPlan& column : from.columns) put(column, *to.add_columns());
  to.set_source_time(from.source_time);
  to.set_range_column(from.range_column);
  to.set_range_kind(static_cast<pb::TypeKind>(from.range_kind));
  to.set_store_column(from.store_column);
  to.set_source_store(from.source_store);
  for (const std::string& sum : from.control_sums) to.add_control_sums(sum);
  to.set_fingerprint(from.fingerprint);
}

Status get(const pb::EntityPlan& from, EntityPlan& to) {
  to.entity = from.entity();
  const pb::WriteSpec& write = from.write();
  to.write.table = write.table();
  DECANT_TRY(from_wire(write.mode(), to.write.mode));
  to.write.key.assign(write.key().begin(), write.key().end());
  to.write.enforce = write.enforce();
  to.write.keep_on_update.assign(write.keep_on_update().begin(), write.keep_on_update().end());
  to.write.latest_by = write.latest_by();
  to.write.reject_duplicates = write.reject_duplicates();
  to.columns.reserve(static_cast<std::size_t>(from.columns_size()));
  for (const pb::ColumnPlan& column : from.columns())
    DECANT_TRY(get(column, to.columns.emplace_back()));
  to.source_time = from.source_time();
  to.range_column = from.range_column();
  DECANT_TRY(
      get_enum(from.range_kind(), pb::TypeKind_MAX, "type of the range column", to.range_kind));
  to.store_column = from.store_column();
  to.source_store = from.source_store();
  to.control_sums.assign(from.control_sums().begin(), from.control_sums().end());
  to.fingerprint = from.fingerprint();
  return {};
}

void put(const Task& from, pb::Task& to) {
  to.set_run_id(from.run.value);
  to.set_task_id(from.id.value);
  to.set_fence(from.fence.value);
  to.set_kind(static_cast<pb::TaskKind>(from.kind));
  to.set_store(from.store);
  put(from.plan, *to.mutable_plan());
  put(from.census, *to.mutable_census());
  for (const Extent& extent : from.extents) put(extent, *to.add_extents());
  for (const TaskChunk& chunk : from.chunks) {
    pb::TaskChunk& out = *to.add_chunks();
    put(chunk.spec, *out.mutable_spec());
    out.set_is_tried_again(chunk.is_tried_again);
    if (!chunk.prior) continue;
    put(chunk.prior->accepted, *out.mutable_prior()->mutable_accepted());
    out.mutable_prior()->set_fingerprint(chunk.prior->fingerprint);
  }
  to.set_method(static_cast<pb::LoadMethod>(from.method));
  to.set_chunks_are_complete(from.chunks_are_complete);
  to.set_leaves_empty_chunks_out(!from.records_empty_chunks);
  for (const ChunkSpec& chunk : from.passed_over) put(chunk, *to.add_passed_over());
  to.set_leaves_unplaced_out(!from.counts_unplaced);
  to.set_rejects_moved_keys(from.rejects_moved_keys);
  to.set_lets_go(from.lets_go);
  to.set_awaits_parents(from.awaits_parents);
  for (const auto& [store, snapshots] : from.snapshots) {
    pb::StoreSnapshots& out = *to.add_snapshots();
    out.set_store(store);
    for (const std::string& snapshot : snapshots) out.add_snapshots(snapshot);
  }
  for (const auto& [store, digest] : from.store_values) {
    pb::StoreValues& out = *to.add_store_values();
    out.set_store(store);
    out.set_digest(digest);
  }
  for (const std::string& store : from.selected_stores) to.add_selected_stores(store);
}

Status get(const pb::Task& from, Task& to) {
  if (from.task_id() == 0) return fail(ErrorCode::kProtocol, "A task has no number.");
  if (from.chunks_size() > k_max_chunks_per_task ||
      from.passed_over_size() > k_max_chunks_per_task) {
    return fail(ErrorCode::kProtocol, "A task has more chunks than a task may have.");
  }
  to.run = RunId(from.run_id());
  to.id = TaskId(from.task_id());
  to.fence = Fence(from.fence());
  DECANT_TRY(get_enum(from.kind(), pb::TaskKind_MAX, "kind of task", to.kind));
  to.store = from.store();
  DECANT_TRY(get(from.plan(), to.plan));
  DECANT_TRY(get(from.census(), to.census));
  to.extents.reserve(static_cast<std::size_t>(from.extents_size()));
  for (const pb::Extent& extent : from.extents())
    DECANT_TRY(get(extent, to.extents.emplace_back()));
  to.chunks.reserve(static_cast<std::size_t>(from.chunks_size()));
  for (const pb::TaskChunk& chunk : from.chunks()) {
    TaskChunk& out = to.chunks.emplace_back();
    get(chunk.spec(), out.spec);
    out.is_tried_again = chunk.is_tried_again();
    if (!chunk.has_prior()) continue;
    out.prior.emplace();
    DECANT_TRY(get(chunk.prior().accepted(), out.prior->accepted));
    out.prior->fingerprint = chunk.prior().fingerprint();
  }
  DECANT_TRY(get_enum(from.method(), pb::LoadMethod_MAX, "load method", to.method));
  to.chunks_are_complete = from.chunks_are_complete();
  to.records_empty_chunks = !from.leaves_empty_chunks_out();
  to.passed_over.reserve(static_cast<std::size_t>(from.passed_over_size()));
  for (const pb::ChunkSpec& chunk : from.passed_over()) get(chunk, to.passed_over.emplace_back());
  to.counts_unplaced = !from.leaves_unplaced_out();
  to.rejects_moved_keys = from.rejects_moved_keys();
  to.lets_go = from.lets_go();
  to.awaits_parents = from.awaits_parents();
  for (const pb::StoreSnapshots& of : from.snapshots())
    to.snapshots[of.store()].assign(of.snapshots().begin(), of.snapshots().end());
  for (const pb::StoreValues& of : from.store_values()) to.store_values[of.store()] = of.digest();
  to.selected_stores =
      std::vector<std::string>(from.selected_stores().begin(), from.selected_stores().end());
  return {};
}

void put(const Claim& from, pb::Claim& to) { put(from.task, *to.mutable_task()); }

Status get(const pb::Claim& from, Claim& to) { return get(from.task(), to.task); }

void put(const ClaimAck& from, pb::ClaimAck& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
  to.set_adopted(from.adopted);
}

Status get(const pb::ClaimAck& from, ClaimAck& to) {
  to = ClaimAck{TaskId(from.task_id()), Fence(from.fence()), from.adopted()};
  return {};
}

}  // namespace decant::wire
