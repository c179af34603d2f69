// Sessions, leases and partings (proto/session.proto).
#include "common/wire/codec_parts.h"

namespace decant::wire {

static_assert(static_cast<int>(Refusal::Code::kVersion) == pb::REFUSAL_CODE_VERSION &&
              static_cast<int>(Refusal::Code::kUnknownSession) ==
                  pb::REFUSAL_CODE_UNKNOWN_SESSION &&
              static_cast<int>(Refusal::Code::kUnsupported) == pb::REFUSAL_CODE_UNSUPPORTED &&
              static_cast<int>(Refusal::Code::kWrongJob) == pb::REFUSAL_CODE_WRONG_JOB &&
              static_cast<int>(Refusal::Code::kName) == pb::REFUSAL_CODE_NAME);

void put(const Hello& from, pb::Hello& to) {
  to.set_major(from.major);
  to.set_minor(from.minor);
  to.set_slot_count(from.slots);
  for (const std::string& store : from.stores) to.add_stores(store);
  to.set_host(from.host);
  to.set_process_id(from.process_id);
  to.set_build_version(from.build_version);
  for (const TaskInFlight& task : from.in_flight) {
    pb::TaskInFlight& out = *to.add_in_flight();
    out.set_task_id(task.task.value);
    out.set_fence(task.fence.value);
  }
}

Status get(const pb::Hello& from, Hello& to) {
  if (from.slot_count() < 1)
    return fail(ErrorCode::kProtocol, "A worker says Hello without a slot.");
  to.major = from.major();
  to.minor = from.minor();
  to.slots = from.slot_count();
  to.stores.assign(from.stores().begin(), from.stores().end());
  to.host = from.host();
  to.process_id = from.process_id();
  to.build_version = from.build_version();
  for (const pb::TaskInFlight& task : from.in_flight()) {
    to.in_flight.push_back(TaskInFlight{TaskId(task.task_id()), Fence(task.fence())});
  }
  return {};
}

void put(const Welcome& from, pb::Welcome& to) {
  to.set_run_id(from.run.value);
  to.set_lease_ms(from.lease_ms);
  to.set_job_text(from.job_text);
  to.set_job_directory(from.job_directory);
  to.set_stage_folder(from.stage_folder);
  to.set_log_level(from.log_level);
  for (const RunId& run : from.continued_runs) to.add_continued_run_ids(run.value);
}

Status get(const pb::Welcome& from, Welcome& to) {
  if (from.lease_ms() <= 0) return fail(ErrorCode::kProtocol, "A Welcome has no lease.");
  to.run = RunId(from.run_id());
  to.lease_ms = from.lease_ms();
  to.job_text = from.job_text();
  to.job_directory = from.job_directory();
  to.stage_folder = from.stage_folder();
  to.log_level = from.log_level();
  for (const std::string& run : from.continued_run_ids()) to.continued_runs.emplace_back(run);
  return {};
}

void put(const Refusal& from, pb::Refusal& to) {
  to.set_code(static_cast<pb::RefusalCode>(from.code));
  to.set_text(from.text);
}

Status get(const pb::Refusal& from, Refusal& to) {
  DECANT_TRY(get_enum(from.code(), pb::RefusalCode_MAX, "reason of a refusal", to.code));
  to.text = from.text();
  return {};
}

void put(const Credit& from, pb::Credit& to) { to.set_task_count(from.tasks); }

Status get(const pb::Credit& from, Credit& to) {
  if (from.task_count() < 0) return fail(ErrorCode::kProtocol, "A worker gives a negative credit.");
  to.tasks = from.task_count();
  return {};
}

void put(const CreditAck&, pb::CreditAck&) {}
Status get(const pb::CreditAck&, CreditAck&) { return {}; }

void put(const Accept& from, pb::Accept& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
}

Status get(const pb::Accept& from, Accept& to) {
  to = Accept{TaskId(from.task_id()), Fence(from.fence())};
  return {};
}

void put(const Progress& from, pb::Progress& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
  to.set_row_count(from.rows);
  to.set_stage(from.stage);
  to.set_renewal(from.renewal);
}

Status get(const pb::Progress& from, Progress& to) {
  to = Progress{TaskId(from.task_id()), Fence(from.fence()), from.row_count(), from.stage(),
                from.renewal()};
  return {};
}

void put(const ProgressAck& from, pb::ProgressAck& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
  to.set_still_yours(from.still_yours);
  to.set_renewal(from.renewal);
}

Status get(const pb::ProgressAck& from, ProgressAck& to) {
  to = ProgressAck{TaskId(from.task_id()), Fence(from.fence()), from.still_yours(), from.renewal()};
  return {};
}

void put(const ResultAck& from, pb::ResultAck& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
}

Status get(const pb::ResultAck& from, ResultAck& to) {
  to = ResultAck{TaskId(from.task_id()), Fence(from.fence())};
  return {};
}

void put(const Cancel& from, pb::Cancel& to) {
  to.set_task_id(from.task.value);
  to.set_fence(from.fence.value);
  to.set_reason(from.reason);
}

Status get(const pb::Cancel& from, Cancel& to) {
  to = Cancel{TaskId(from.task_id()), Fence(from.fence()), from.reason()};
  return {};
}

void put(const Drain& from, pb::Drain& to) { to.set_reason(from.reason); }

Status get(const pb::Drain& from, Drain& to) {
  to.reason = from.reason();
  return {};
}

void put(const Goodbye& from, pb::Goodbye& to) { to.set_reason(from.reason); }

Status get(const pb::Goodbye& from, Goodbye& to) {
  to.reason = from.reason();
  return {};
}

}  // namespace decant::wire
