// RunController, its whole: the order of the phases, and what a run tells that ends before the
// last.
#include <algorithm>

#include "common/base/descriptors.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/standby.h"
#include "coordinator/report/run_summary.h"

namespace decant {

namespace {

constexpr const char* k_nothing_done =
    "Nothing was written. The same command starts anew once the cause is mended.";

// Long enough to say that the run has ended.
constexpr std::int64_t k_last_lease_ms = 10'000;

// Of a source that cannot be reached its store is told.
bool lost_target(const Error& error) {
  return error.code == ErrorCode::kUnreachable && error.place.store.empty();
}

}  // namespace

// A run that ends before its reconciliation tells what it knows.
void RunController::report_failure(const Error& error) {
  if (!is_reported_ || options_.plan_only) return;
  // A mistake in the job or its options is all there is to tell.
  if (error.code == ErrorCode::kUsage) return;
  report_.run.state =
      interrupted_ || error.code == ErrorCode::kCancelled ? "interrupted" : "failed";
  report_.run.run = run_;
  report_.target = identity_;
  report_.loads = !options_.read_source_only;
  report_.elapsed_ms = parts_.clock.now().value - started_.value;
  report_.stores = selection_.stores.list();
  report_.entities = selection_.entities;
  report_.rejects = reject_summary_.list();
  report_.is_reconciled = false;
  report_.reconciliation = {};
  sum_up();
  if (loop_) report_.workers = loop_->worker_peaks();
  report_.errors.push_back(masked(error));
  report_.how_to_continue = leads_ ? k_goes_on : k_nothing_done;
  // Where it cannot be written either, the error itself is told all the same.
  if (const auto path = write_report()) parts_.say("report   " + *path);
}

Status RunController::phases() {
  Status counted = settle_adoption();
  if (counted) counted = census();
  if (is_interrupted()) {
    return fail(ErrorCode::kCancelled, "Interrupted before this run had loaded anything.",
                "The same command goes on from here.");
  }
  DECANT_TRY(counted);
  // All before the first table is made: what does not fit is then said with nothing written.
  for (EntityRun& entity : entities_) DECANT_TRY(resolve(entity));
  DECANT_TRY(prepare_and_plan());
  const std::size_t errors_before = report_.errors.size();
  DECANT_TRY(copy());
  if (is_interrupted() || options_.plan_only) return {};
  if (options_.repair && report_.errors.size() == errors_before) {
    DECANT_TRY(repair());
  } else if (options_.repair) {
    report_.notes.push_back(
        "Nothing was repaired, since not all could be loaded: mend what failed and repair again.");
    parts_.say("note     " + report_.notes.back());
  }
  if (is_interrupted()) return {};
  const bool copied = report_.errors.size() == errors_before;
  // Rejects over the limit stop the run, and so does a disk that stays full; another failure leaves
  // the rest to be verified. A table that is not whole gets no key yet, so that the run that goes
  // on can still append.
  for (const Error& error : report_.errors) {
    if (error.code == ErrorCode::kTooManyRejects || error.code == ErrorCode::kNoSpace) return {};
  }
  if (copied) DECANT_TRY(build_keys());
  if (copied && !options_.read_source_only) {
    DECANT_TRY(tell_kept());
    DECANT_TRY(note_rows_that_left());
  }
  if (copied) DECANT_TRY(tell_waiting_rows());
  if (is_interrupted()) return {};
  DECANT_TRY(copied ? read_back_beside_keys() : read_back());
  is_read_back_ = !is_interrupted();
  if (copied && !interrupted_) DECANT_TRY(run_checks());
  return {};
}

// To reconcile makes no tables: an entity that was never loaded is a difference, and the others are
// compared all the same.
Status RunController::prepare_and_plan() {
  std::optional<Error> never_loaded;
  for (auto entity = entities_.begin(); entity != entities_.end();) {
    Status prepared = options_.plan_only ? Status() : prepare_table(*entity);
    if (!prepared && options_.read_source_only && prepared.error().code == ErrorCode::kNotFound) {
      never_loaded = prepared.error();
      const std::string& name = entity->spec->name;
      report_.reconciliation.differences.push_back(
          {DifferenceKind::kRowsUnaccounted,
           {name, {}, {}},
           {},
           name + ": " + never_loaded->message + " " + never_loaded->advice});
      entity = entities_.erase(entity);
      continue;
    }
    DECANT_TRY(std::move(prepared));
    DECANT_TRY(plan(*entity));
    ++entity;
  }
  return entities_.empty() && never_loaded ? fail(std::move(*never_loaded)) : Status();
}

Result<RunResult> RunController::run() {
  Result<RunResult> result = run_to_the_end();
  if (!result) report_failure(result.error());
  return result;
}

// For `status`, and so that the next run need not wait for a lease. Where our session is gone the
// server may be there again; where it is not, the next run finds that this process has ended.
void RunController::tell_end(const RunRecord& record, bool is_cut) {
  const auto tell = [&](TargetAccess& a) -> Result<bool> {
    DECANT_TRY(a.ledger.end_run(record));
    DECANT_TRY(a.ledger.release_leadership(run_, epoch_));
    return true;
  };
  if (target_->call<bool>(tell) || !is_cut || target_is_file_) return;
  const auto again =
      TargetThread::start([this] { return parts_.open_target(connection_); }, job_.ledger_schema);
  if (again) (void)(*again)->call<bool>(tell);
}

// A session that is gone may have been ended by who leads now.
Error RunController::asked_who_leads(Error error) const {
  if (!leads_ || !lost_target(error) || target_is_file_) return error;
  const auto session =
      TargetThread::start([this] { return parts_.open_target(connection_); }, job_.ledger_schema);
  if (!session) return error;
  const auto led = (*session)->call<bool>([&](TargetAccess& a) -> Result<bool> {
    DECANT_TRY(a.ledger.renew_leadership(run_, epoch_, k_last_lease_ms));
    return true;
  });
  return !led && led.error().code == ErrorCode::kFenced ? led.error() : error;
}

Result<RunResult> RunController::run_to_the_end() {
  // Sockets, the target and the files of a run, the stage files that one statement reads (at most
  // 64), and what each local worker is spoken to by.
  DECANT_TRY(allow_descriptors(112 + 4 * std::max(options_.workers, 2)));
  DECANT_TRY(open_target());
  is_reported_ = false;  // who says no needs no report
  DECANT_TRY(ask());
  is_reported_ = true;
  DECANT_TRY(lead());
  RunResult result;
  if (stood_by_for_) {
    result.stood_by_for = stood_by_for_;
    result.exit_status = exit_status_of(*stood_by_for_);
    return result;
  }
  Status status = options_.plan_only ? Status() : keep_leading();
  if (status) status = start_workers();
  if (status) status = phases();
  if (!status) {
    // What is loaded stays loaded and the ledger knows it: the same command goes on from there.
    if (leader_) leader_->stop();
    status = fail(asked_who_leads(status.error()));
    const bool is_cut = lost_target(status.error());
    if (leads_) {
      RunReport told = report_;
      told.errors.push_back(masked(status.error()));
      RunRecord record = report_.run;
      RunSummary summary = summary_of(told);
      summary.exit_status = exit_status_for(status.error().code);
      summary.left_to_standby = is_cut || is_left_to_standby();
      record.summary = summary_json(summary);
      record.state =
          interrupted_ || status.error().code == ErrorCode::kCancelled ? "interrupted" : "failed";
      tell_end(record, is_cut);
    }
    // Whoever leads after a run that lost its tables, its target or its terminal is looked for by
    // its workers.
    if (loop_ && !is_cut && !is_left_to_standby() && status.error().code != ErrorCode::kFenced)
      loop_->drain();
    return fail(std::move(status).error());
  }
  reconcile();
  DECANT_TRY(finish(result));
  if (!is_left_to_standby()) loop_->drain();
  return result;
}

}  // namespace decant
