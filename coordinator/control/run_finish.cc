// RunController, the end: reconciliation, checks, report, exit status.
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "common/base/descriptors.h"
#include "common/base/text.h"
#include "common/connector/chunk_digester.h"
#include "coordinator/control/checks.h"
#include "coordinator/control/counted_rows.h"
#include "coordinator/control/entity_notes.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/report/plan_view.h"
#include "coordinator/report/run_summary.h"

namespace decant {

namespace {

constexpr const char* k_differs =
    "What is loaded stays, and a chunk is loaded again when its source changes. Where the target's "
    "rows were changed by others, `decant reconcile --repair` loads their chunks again.";
constexpr const char* k_checks_differ =
    "What is loaded stays and agrees with the source. The same command checks it again.";

// What a person should know of how an upserted or inserted entity was compared.
void add_mode_notes(const EntityPlan& plan, std::int64_t target_only_rows,
                    std::vector<std::string>& notes) {
  if (target_only_rows > 0) {
    notes.push_back(plan.entity + ": the target holds " + group_digits(target_only_rows) +
                    (target_only_rows == 1 ? " row" : " rows") +
                    " in the range of the run that the source does not have; mode " +
                    (plan.write.mode == WriteMode::kUpsert ? "upsert" : "insert") +
                    " leaves such rows alone.");
  }
  if (plan.write.mode == WriteMode::kUpsert && !plan.write.keep_on_update.empty()) {
    notes.push_back(plan.entity + ": columns that updates leave alone (" +
                    join(plan.write.keep_on_update, ", ") + ") are not compared.");
  }
}

bool is_of_the_target(const Difference& difference) {
  return difference.kind == DifferenceKind::kCountDiffers ||
         difference.kind == DifferenceKind::kSumDiffers ||
         difference.kind == DifferenceKind::kDigestDiffers;
}

}  // namespace

// What was done, over all entities.
void RunController::sum_up() {
  report_.chunks_loaded = report_.chunks_skipped = 0;
  report_.rows_inserted = report_.rows_updated = report_.rows_deleted = 0;
  for (const EntityRun& entity : entities_) {
    for (const auto& [name, chunk] : entity.evidence) {
      if (chunk.is_whole()) ++(chunk.skipped ? report_.chunks_skipped : report_.chunks_loaded);
    }
    report_.rows_inserted += entity.rows_inserted;
    report_.rows_updated += entity.rows_updated;
    report_.rows_deleted += entity.rows_deleted;
    report_.notes.insert(report_.notes.end(), entity.notes.begin(), entity.notes.end());
    if (const auto note = note_on_unsteady(entity)) report_.notes.push_back(*note);
  }
  for (const auto& [entity, what] : snapshots_.not_held()) {
    report_.notes.push_back(entity + ": no snapshot holds what it reads (" +
                            join({what.begin(), what.end()}, "; ") +
                            "): a row that changed while this run read may be missing or there "
                            "twice until the next run compares it.");
  }
  report_.divided_sources = snapshots_.divided();
  for (const auto& [source, count] : report_.divided_sources) {
    report_.notes.push_back(std::to_string(count) + " snapshots of the source of " + source +
                            " were used, since no worker was left that held the first: a row that "
                            "changed meanwhile may "
                            "be missing or there twice until the next run compares it.");
  }
}

void RunController::reconcile() {
  // The level that was reached, not the one that was asked for.
  const VerifyLevel level = is_read_back_ ? options_.verify : VerifyLevel::kLedger;
  report_.reconciliation.level = level;
  for (const CheckResult& check : report_.checks) {
    if (check.passed) continue;
    report_.reconciliation.differences.push_back(
        {DifferenceKind::kCheckFailed,
         {},
         {},
         "The check \"" + check.name + "\" failed: " + check.text + "."});
  }
  for (EntityRun& entity : entities_) {
    ReconcileInput input;
    input.entity = entity.spec->name;
    input.sum_names = entity.plan.control_sums;
    for (auto& [name, chunk] : entity.evidence) input.evidence.push_back(chunk);
    input.level = level;
    input.foreign_rows = entity.foreign_rows;
    input.first_foreign = entity.first_foreign;
    input.target_only_rows = entity.target_only_rows;
    input.loaded_is_partial = !columns_left_to_others(entity.plan).empty();
    input.counted = counted_rows(job_, selection_, entity, snapshots_);
    std::vector<Difference>& differences = report_.reconciliation.differences;
    const std::size_t others = differences.size();
    report_.reconciliation.entities.push_back(reconcile_entity(input, differences));
    if (std::any_of(differences.begin() + static_cast<std::ptrdiff_t>(others), differences.end(),
                    is_of_the_target))
      name_row_changers(entity);
    add_mode_notes(entity.plan, entity.target_only_rows, entity.notes);
  }
  sum_up();
}

// What may have made the table's rows others than those that were sent.
void RunController::name_row_changers(EntityRun& entity) {
  const std::string table = entity.plan.write.table;
  const auto shape = loop_->on_target<std::optional<TableShape>>(
      [table](TargetAccess& a) { return a.target.describe(table); });
  if (!shape || !*shape || (*shape)->row_changers.empty()) return;
  entity.notes.push_back(entity.spec->name + ": rows of " + table +
                         " are not as they were sent, and the table has " +
                         join((*shape)->row_changers, ", ") +
                         ", which may change rows or leave them out as they are written.");
}

Status RunController::run_checks() {
  if (!job_.checks.empty()) loop_->begin_phase("checks", std::ssize(job_.checks));
  for (const CheckSpec& check : job_.checks) {
    const std::string sql = limited_check(check.sql);
    auto rows = loop_->on_target<std::vector<SqlRow>>(
        [sql](TargetAccess& a) { return a.target.run_check(sql); });
    if (!rows && is_interrupted()) return fail(std::move(rows).error());
    report_.checks.push_back(judge_check(check, rows));
    loop_->step_done();
    if (is_interrupted()) return {};
  }
  return {};
}

// DESIGN 8: the first that applies of 2, 130, 5, 1, 4, 3, 0.
int RunController::exit_status() const {
  if (interrupted_) return 130;
  bool failed = false, rejects = false, differs = !report_.reconciliation.equal();
  for (const Error& error : report_.errors) {
    const int status = exit_status_for(error.code);
    if (status == 5) return 5;
    failed = failed || status == 1 || status == 2;
    rejects = rejects || status == 4;
    differs = differs || status == 3;
  }
  return failed ? 1 : rejects ? 4 : differs ? 3 : 0;
}

// Tables whose state changes with how the run ended: verified is what a whole run that compared
// digests found equal, keyed what is not.
std::vector<TableRecord> RunController::judge_tables(int status) {
  std::vector<TableRecord> changed;
  if (options_.read_source_only) return changed;
  const bool is_verified = status == 0 && report_.reconciliation.level == VerifyLevel::kDigests;
  for (EntityRun& entity : entities_) {
    TableState& state = entity.table.state;
    if (state != TableState::kKeyed && state != TableState::kVerified) continue;
    const TableState judged = is_verified ? TableState::kVerified : TableState::kKeyed;
    if (state == judged) continue;
    state = judged;
    changed.push_back(entity.table);
  }
  return changed;
}

Status RunController::finish(RunResult& result) {
  report_.loads = !options_.read_source_only;
  report_.elapsed_ms = parts_.clock.now().value - started_.value;
  report_.stores = selection_.stores.list();
  report_.entities = selection_.entities;
  report_.workers = loop_->worker_peaks();
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  report_.coordinator_peak_bytes = static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
  if (log_ && !log_->is_whole()) {
    report_.notes.push_back("Lines of the completion log " + log_->path() +
                            " could not be written: " + log_->why_not() +
                            ". The ledger has all that they would tell (`decant explain`); free "
                            "disk space there, or give another folder with --log-dir.");
  }
  judge_rejects_at_end();
  report_.rejects = reject_summary_.list();
  result.exit_status = exit_status();
  if (options_.plan_only) {
    std::vector<EntityPlanView> views;
    for (const EntityRun& entity : entities_) views.push_back(plan_view(entity));
    result.plan_text = plan_text(views) + rejects_text(report_.rejects);
    for (const Error& error : report_.errors) {
      if (error.code == ErrorCode::kTooManyRejects) result.plan_text += error.to_string() + "\n";
    }
    for (const Difference& difference : report_.reconciliation.differences)
      result.plan_text += difference.text + "\n";
    result.plan_json = plan_json(run_.value, job_.name, views);
    result.report = report_;
    return {};
  }
  report_.run.state = result.exit_status == 0     ? "done"
                      : result.exit_status == 130 ? "interrupted"
                      : result.exit_status == 3   ? "differs"
                                                  : "failed";
  const std::vector<TableRecord> judged = judge_tables(result.exit_status);
  if (leader_) leader_->stop();
  RunSummary summary = summary_of(report_);
  summary.exit_status = result.exit_status;
  summary.left_to_standby = is_left_to_standby();
  report_.run.summary = summary_json(summary);
  const RunRecord record = report_.run;
  const RunId run = run_;
  const Epoch epoch = epoch_;
  // An interrupt may not keep the run's end from the ledger.
  DECANT_TRY(target_->call<bool>([=](TargetAccess& a) -> Result<bool> {
    for (const TableRecord& table : judged)
      DECANT_TRY(a.ledger.put_table({run, epoch, table.table}, table));
    DECANT_TRY(a.ledger.end_run(record));
    DECANT_TRY(a.ledger.release_leadership(run, epoch));
    return true;
  }));
  leads_ = false;
  for (const EntityRun& entity : entities_) {
    Query query;
    query.command = "coverage";
    query.entity = entity.spec->name;
    query.from = options_.from;
    query.to = options_.to;
    query.stores = options_.stores;
    query.columns = options_.columns;
    query.colour = options_.colour;
    DECANT_TRY_ASSIGN(const std::string grid,
                      loop_->on_target<std::string>([this, query](TargetAccess& a) {
                        return answer(query, job_, a.ledger, std::nullopt);
                      }));
    result.coverage += (result.coverage.empty() ? "" : "\n") + grid;
  }
  const auto& differences = report_.reconciliation.differences;
  const bool agrees = std::all_of(
      differences.begin(), differences.end(),
      [](const Difference& difference) { return difference.kind == DifferenceKind::kCheckFailed; });
  if (result.exit_status != 0) {
    report_.how_to_continue = report_.run.state != "differs" ? k_goes_on
                              : agrees                       ? k_checks_differ
                                                             : k_differs;
  }
  DECANT_TRY_ASSIGN(result.report_path, write_report());
  result.report = report_;
  return {};
}

bool RunController::is_interrupted() {
  interrupted_ = interrupted_ || parts_.interrupts > 0;
  return interrupted_;
}

Result<std::string> RunController::write_report() const {
  std::error_code error;
  std::filesystem::create_directories(options_.report_dir, error);
  const std::string path = options_.report_dir + "/" + run_.value + ".json";
  errno = 0;
  std::ofstream out(path);
  out << report_json(report_);
  out.close();
  if (out) return path;
  const int why = errno;
  std::filesystem::remove(path, error);  // nobody shall take a part of it for the report
  return fail(why == ENOSPC || why == EDQUOT || why == EMFILE ? ErrorCode::kNoSpace
                                                              : ErrorCode::kPermission,
              "The report " + path + " cannot be written" +
                  (why == 0 ? "" : std::string(": ") + std::strerror(why)) + ".",
              "What is loaded stays; give another folder with --report-dir and run again.");
}

Error RunController::masked(Error error) const {
  error.message = parts_.mask.mask(error.message);
  error.advice = parts_.mask.mask(error.advice);
  return error;
}

}  // namespace decant
