// RunController: a run from the job file to the report (DESIGN 4). The order of its phases:
//   open the target, ask, take leadership -> census -> resolve mappings, tables -> plan -> copy ->
//   (repair ->) keys, read-back -> reconcile, checks -> report
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/secrets.h"
#include "common/job/store_zones.h"
#include "coordinator/control/entity_run.h"
#include "coordinator/control/holder_socket.h"
#include "coordinator/control/key_builder.h"
#include "coordinator/control/run_loop.h"
#include "coordinator/control/run_options.h"
#include "coordinator/plan/joined.h"
#include "coordinator/plan/kept.h"

namespace decant {

using TargetOpener = std::function<Result<std::unique_ptr<Target>>(const std::string& connection)>;

struct RunParts {
  const Clock& clock;
  Logger& logger;
  SecretMask& mask;
  TargetOpener open_target;
  // Asks a person, who has to type `word` where it is not empty; kCancelled when they say no,
  // kUsage where nobody can be asked.
  std::function<Status(const std::string& question, const std::string& word)> confirm;
  std::function<void(const std::string& line)> say;  // for people, not results
  std::function<void(const ProgressView&)> show_progress;
  const std::atomic<int>& interrupts;
  const std::atomic<bool>& hung_up;  // no person interrupts: who stands by goes on
};

struct RunResult {
  int exit_status = 0;
  // The leader of this run's work, which has ended by itself while this one stood by: nothing else
  // is here then.
  std::optional<LeaderRecord> stood_by_for;
  RunReport report;
  std::string report_path;           // of the JSON report; empty for a plan
  std::string coverage;              // grids, as text
  std::string plan_text, plan_json;  // of a plan
};

class RunController {
 public:
  RunController(JobSpec job, RunOptions options, Environment environment, RunParts parts);
  ~RunController();

  Result<RunResult> run();

 private:
  static constexpr const char* k_goes_on =
      "What is loaded stays and is recorded. The same command goes on from there.";
  // run_setup.cc
  Status open_target();
  Status ask();
  Status resolve_tables();
  Status start_workers();
  Status open_holder();
  // run_lead.cc
  Status lead();
  std::set<std::string> led_tables() const;  // resolved names of what the run writes
  Status take_over(const std::vector<std::string>& tables);
  Status keep_leading();
  Result<std::vector<LeaderRecord>> leaders(const std::vector<std::string>& tables);
  Status stand_by(const std::vector<std::string>& tables);
  Status pause_standby() const;
  // run_adoption.cc
  Status settle_adoption();
  std::vector<TaskId> count_adopted(EntityRun& entity);
  Status look_at_table_again(EntityRun& entity);
  Status withdraw(const EntityRun& entity, const std::vector<TaskId>& misfits);
  // run_plan.cc
  Result<std::vector<ChunkRecord>> recorded_chunks(const std::string& entity);
  Status check_stores();
  Status void_lost_batches(EntityRun& entity, bool was_emptied);
  Result<bool> try_plan(EntityRun& entity);
  PlanInput plan_input(const EntityRun& entity) const;
  Status plan(EntityRun& entity);
  // run_phases.cc
  Status census();
  Result<std::optional<TableShape>> look_at_table(EntityRun& entity);
  Result<std::optional<TableRecord>> recorded_table(const std::string& table);
  Status check_table(const EntitySpec& entity);
  Status check_key(const EntitySpec& entity, const TableShape& shape);
  Status leave_out(const std::vector<Error>& errors);
  Status resolve(EntityRun& entity);
  Status check_new_table(const EntityRun& entity);
  Status prepare_table(EntityRun& entity);
  Status prepare_keys(EntityRun& entity);
  // run_makers.cc
  Schema table_to_come(const EntityRun& entity) const;
  Status find_maker(EntityRun& entity, const Schema& source);
  // run_read_back.cc
  Status read_back();
  Status read_back_entity(EntityRun& entity);
  Status judge_other_stores(EntityRun& entity);
  Status read_held(EntityRun& entity, const SelectedRanges& selected);
  Status count_target_only(EntityRun& entity, const SelectedRanges& selected);
  // run_keys.cc
  Status build_keys();
  Status build_key(EntityRun& entity);
  Status analyze(EntityRun& entity);
  Status check_keys();
  Status look_at_keys();
  KeyRequest key_request(const EntityRun& entity) const;
  bool is_read_back_beside_key(const EntityRun& entity) const;
  Result<std::unique_ptr<TargetThread>> open_key_session();
  Status read_back_beside_keys();
  Status read_back_beside(TargetThread& session, const std::vector<EntityRun*>& unkeyed);
  void take_keys(EntityRun& entity, KeyOutcome outcome);
  // run_copy.cc
  Status copy();
  Status copy_entity(EntityRun& entity);
  bool may_go_on(std::size_t errors_before) const;
  Status set_aside(const EntityRun& entity, std::size_t errors_before);
  void leave_set_aside(EntityRun& entity);
  Result<bool> run_copy(EntityRun& entity, const std::string& phase, std::vector<Task> tasks,
                        std::vector<SumComparison>& comparisons, JoinedChunks& joined,
                        const std::vector<TaskId>& adopted = {});
  Status record_failures(const EntityRun& entity, const PhaseOutcome& outcome);
  Result<bool> finish_comparisons(EntityRun& entity, std::vector<SumComparison>& comparisons,
                                  JoinedChunks& joined, bool may_load);
  Result<bool> load_joined(EntityRun& entity, JoinedChunks& joined);
  Result<bool> load_round(EntityRun& entity, JoinedChunks& joined, const std::string& why);
  // run_rivals.cc
  Result<std::set<std::int64_t>> owners_to_judge(const EntityRun& entity);
  Result<std::vector<ChunkRecord>> chunks_without_claims(const EntityRun& entity);
  Status check_claims(const EntityRun& entity);
  Result<std::set<ChunkName>> chunks_to_judge(const EntityRun& entity,
                                              const std::vector<ChunkRecord>& recorded);
  Status settle_rivals();
  Status add_double_claims(const EntityRun& entity, std::set<ChunkName>& differing);
  Result<bool> settle_rivals(EntityRun& entity);
  Status forget_claims(const EntityRun& entity);
  // run_released.cc
  Status release_left_keys(const EntityRun& entity);
  Status tell_waiting_rows();
  // run_repair.cc
  Status repair();
  Status repair_entity(EntityRun& entity);
  // run_kept.cc
  std::int64_t rows_changed() const;
  void note_kept(KeptRounds& rounds, std::size_t entity, std::int64_t changes);
  Status settle_kept(KeptRounds& rounds);
  Status settle_kept_once(KeptRounds& rounds);
  Status load_kept(std::size_t entity, KeptRounds& rounds);
  Result<bool> awaits_parents(EntityRun& entity);
  bool reads_all(const EntityRun& entity) const;
  bool may_let_go(const EntityRun& entity) const;
  Result<bool> keeps_a_follower(const EntityRun& entity, const std::vector<std::string>& followers);
  void note_waiting();
  void note_not_let_go(EntityRun& entity, const std::string& followers, bool follower_stays);
  Result<bool> let_go(EntityRun& entity);
  Status tell_kept();
  // run_left.cc
  bool reads_a_part() const;   // --from, --to or --stores
  bool leaves_stores() const;  // that the job lists
  bool reads_a_part_of(const EntityRun& entity) const;
  bool may_lose_rows_of(const EntityRun& entity) const;
  Status note_rows_that_left();
  Status note_left_stores(EntityRun& entity);
  Status keep_once_loaded(const EntityRun& entity, std::vector<std::string>& stores);
  void note_keys_in_the_way(EntityRun& entity, const JoinedChunks& joined) const;
  // run_splits.cc
  // Divides recorded chunks at the days of this run; true: the ledger is to be read again.
  Result<bool> split_chunks(EntityRun& entity, const PlanInput& input);
  // run_whole.cc
  Result<RunResult> run_to_the_end();
  Status phases();
  Status prepare_and_plan();
  void report_failure(const Error& error);
  Error asked_who_leads(Error error) const;
  void tell_end(const RunRecord& record, bool is_cut);
  // run_finish.cc
  void sum_up();
  Result<std::string> write_report() const;
  Error masked(Error error) const;
  void reconcile();
  void name_row_changers(EntityRun& entity);
  Status run_checks();
  std::vector<TableRecord> judge_tables(int status);
  Status finish(RunResult& result);
  int exit_status() const;
  // Into the report, and each reason once to people, behind `word`.
  void note_errors(const std::vector<Error>& errors, const std::string& word);
  void note_failures(const PhaseOutcome& outcome);
  bool is_interrupted();  // remembers it
  bool is_left_to_standby() const { return interrupted_ && parts_.hung_up; }
  void judge_rejects(EntityRun& entity);
  void judge_rejects_at_end();
  std::string range_text() const;
  std::string work_digest() const;
  // Where workers stage for a DuckDB file; empty where nothing is staged.
  std::string stage_folder() const;
  Mandate mandate(const std::string& table) const { return {run_, epoch_, table}; }

  JobSpec job_;
  RunOptions options_;
  Environment environment_;
  RunParts parts_;
  Selection selection_;
  std::map<std::string, std::string>
      table_names_;  // as the job spells them, to their resolved names
  RunId run_;
  Epoch epoch_;
  SourceSnapshots snapshots_{job_};
  Ledger::Takeover taken_;  // with what a coordinator that died left open
  std::string connection_;
  TargetIdentity identity_;
  bool target_is_file_ = false;
  std::string runtime_dir_;  // sockets of this run
  std::unique_ptr<TargetThread> target_;
  std::unique_ptr<CompletionLog> log_;
  std::unique_ptr<CoordinatorTransport> transport_;
  std::unique_ptr<LocalWorkers> local_workers_;
  std::unique_ptr<LeaderKeeper> leader_;
  std::unique_ptr<RunLoop> loop_;
  std::unique_ptr<HolderSocket> holder_;
  std::vector<EntityRun> entities_;
  RunReport report_;
  RejectSummary reject_summary_;
  std::mutex live_mutex_;  // the holder's socket reads live_ on its own thread
  std::optional<ProgressView> live_;
  std::set<ChunkName> failed_chunks_;  // several tasks may read parts of one
  std::set<std::string> set_aside_;    // stores: later entities load nothing of theirs
  bool leads_ = false;
  std::optional<LeaderRecord> stood_by_for_;
  bool is_reported_ = false;  // a failure now leaves a report
  bool interrupted_ = false;
  bool is_read_back_ = false;
  bool judges_references_ = false;  // rows that lack their parent are rejects by now
  MonotonicMs started_;
};

}  // namespace decant
