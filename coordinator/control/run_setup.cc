// RunController, the part before the first task: target, question, workers.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>

#include "common/base/text.h"
#include "coordinator/control/process_identity.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/control/stage_folder.h"
#include "coordinator/control/table_checks.h"

namespace decant {
namespace {

constexpr std::int64_t k_task_lease_ms = 30'000;
constexpr int k_max_losses = 3;

std::map<std::string, std::int64_t> reject_limits(const JobSpec& job) {
  std::map<std::string, std::int64_t> limits;
  for (const EntitySpec& entity : job.entities) limits[entity.name] = entity.rejects.max;
  return limits;
}

// Before hours are spent on what it shall tell. Nothing is made yet: a mistake of the job needs no
// report.
Status check_folder(const std::string& report_dir) {
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(report_dir, error);
  while (!error && !std::filesystem::exists(there) && there.has_relative_path())
    there = there.parent_path();
  errno = ENOTDIR;
  if (std::filesystem::is_directory(there) && ::access(there.c_str(), W_OK) == 0) return {};
  return fail(ErrorCode::kPermission,
              "The report cannot be written into " + report_dir + ": " + std::strerror(errno) + ".",
              "Give another folder with --report-dir.");
}

}  // namespace

RunController::RunController(JobSpec job, RunOptions options, Environment environment,
                             RunParts parts)
    : job_(std::move(job)),
      options_(std::move(options)),
      environment_(std::move(environment)),
      parts_(std::move(parts)),
      started_(parts_.clock.now()) {}

RunController::~RunController() {
  holder_.reset();
  loop_.reset();
  leader_.reset();
  local_workers_.reset();
  transport_.reset();
  target_.reset();
  std::error_code ignored;
  if (!runtime_dir_.empty()) std::filesystem::remove_all(runtime_dir_, ignored);
  // Goes only when it is empty: a stage file that was not committed stays until the next run.
  if (const std::string folder = stage_folder(); !folder.empty()) {
    std::filesystem::remove(folder, ignored);
  }
}

std::string RunController::range_text() const {
  if (options_.from.empty() && options_.to.empty()) return "everything";
  return (options_.from.empty() ? "the beginning" : options_.from) + " .. " +
         (options_.to.empty() ? "now" : options_.to);
}

Status RunController::open_target() {
  DECANT_TRY_ASSIGN(const DayRange days, parse_day_range(options_.from, options_.to));
  DECANT_TRY_ASSIGN(selection_, select(job_, days, options_.stores, options_.entities));
  std::random_device random;
  run_ = make_run_id(parts_.clock.wall_us() / 1'000'000, random());
  DECANT_TRY_ASSIGN(connection_, environment_.expand(job_.target));
  report_.run.run = run_;
  report_.run.job = job_.name;
  report_.run.command = parts_.mask.mask(options_.command);
  report_.run.range = range_text();
  report_.run.coordinator = process_identity();
  is_reported_ = true;
  parts_.mask.learn(connection_);
  const TargetOpener& open = parts_.open_target;
  const std::string connection = connection_;
  DECANT_TRY_ASSIGN(target_, TargetThread::start([&open, connection] { return open(connection); },
                                                 job_.ledger_schema));
  DECANT_TRY_ASSIGN(identity_,
                    target_->call<TargetIdentity>([](TargetAccess& a) -> Result<TargetIdentity> {
                      return a.target.identity();
                    }));
  DECANT_TRY_ASSIGN(
      const bool workers_load,
      target_->call<bool>([](TargetAccess& a) -> Result<bool> { return a.target.workers_load(); }));
  target_is_file_ = !workers_load;
  return {};
}

// Promise 7: nothing is written before a person, or --yes, has seen where it goes.
Status RunController::ask() {
  std::string where = identity_.engine + ", ";
  if (identity_.host.empty()) {
    where +=
        identity_.database.empty() ? "a file that a run would make" : "file " + identity_.database;
  } else {
    where +=
        "host " + identity_.host + ", database " + identity_.database + ", user " + identity_.user;
  }
  parts_.say("job      " + job_.name + (job_.production ? " (production)" : ""));
  parts_.say("range    " + range_text());
  // Where a column says the store, a job need not list any.
  const std::string listed = job_.stores.empty()
                                 ? " that " + job_.store_from_column + " names"
                                 : " of " + std::to_string(job_.stores.size()) + " configured";
  parts_.say("stores   " + (selection_.stores.empty()
                                ? std::string("all that the source names")
                                : std::to_string(selection_.stores.size()) + listed));
  parts_.say("entities " + join(selection_.entities, ", "));
  parts_.say("target   " + parts_.mask.mask(where));
  if (options_.plan_only || options_.read_source_only || options_.yes) return {};
  return parts_.confirm("Load into this target?", job_.production ? job_.name : std::string());
}

// One table however it is spelt: what is led and recorded goes by the name that the target gives
// it.
Status RunController::resolve_tables() {
  std::vector<std::string> tables;
  for (const EntitySpec& entity : job_.entities) tables.push_back(entity.write.table);
  using Names = std::map<std::string, std::string>;
  DECANT_TRY_ASSIGN(table_names_, target_->call<Names>([&](TargetAccess& a) -> Result<Names> {
    Names names;
    for (const std::string& table : tables) {
      DECANT_TRY_ASSIGN(names[table], a.target.resolve_name(table));
    }
    return names;
  }));
  DECANT_TRY(check_outside_ledger(job_, table_names_));
  return check_shared_tables(job_, table_names_);
}

std::string RunController::stage_folder() const {
  const bool stages = target_is_file_ && !options_.plan_only && !identity_.database.empty();
  return stages ? identity_.database + ".stage" : std::string();
}

Status RunController::start_workers() {
  // Sockets live in a folder of their own with a short name: a Unix socket's path has room for
  // about 100 bytes.
  const char* base = std::getenv("XDG_RUNTIME_DIR");
  std::string pattern =
      std::string(base != nullptr && ::access(base, W_OK) == 0 ? base : "/tmp") + "/decant-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return fail(ErrorCode::kPermission,
                "No folder for the run's sockets can be made: " + pattern + ".",
                "Make /tmp or XDG_RUNTIME_DIR writable.");
  }
  runtime_dir_ = pattern;
  const std::string local = "ipc://" + runtime_dir_ + "/coordinator";
  std::vector<std::string> endpoints = {local};
  endpoints.insert(endpoints.end(), options_.listen.begin(), options_.listen.end());
  std::vector<std::string> bound;
  DECANT_TRY_ASSIGN(transport_, bind_coordinator(endpoints, bound));
  std::string how_to_start = "decant-worker --connect " + local;
  for (const std::string& endpoint : bound) {
    if (endpoint.rfind("tcp://", 0) != 0) continue;
    parts_.say("listening on " + endpoint + " for workers");
    how_to_start = "decant-worker --connect " + endpoint;
  }
  if (!options_.plan_only) {
    DECANT_TRY(check_folder(options_.report_dir));
    DECANT_TRY_ASSIGN(log_,
                      CompletionLog::open(options_.log_dir + "/" + run_.value, run_, parts_.clock));
    parts_.say("log      " + log_->path());
  }
  const int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int count = options_.workers >= 0 ? options_.workers : cores;
  LocalWorkerOptions workers;
  workers.program = options_.worker_program;
  workers.endpoint = local;
  workers.env_file = options_.env_file;
  workers.work_dir = options_.work_dir;
  workers.log_level = options_.log_level == "info" ? "warn" : options_.log_level;
  local_workers_ = std::make_unique<LocalWorkers>(workers);
  DECANT_TRY(local_workers_->start(count));
  if (count == 0 && options_.listen.empty()) {
    return fail(
        ErrorCode::kUsage, "There are no local workers and no endpoint for others.",
        "Give --workers N, or --listen tcp://127.0.0.1:7420 and start decant-worker there.");
  }

  Welcome welcome;
  welcome.run = run_;
  welcome.lease_ms = k_task_lease_ms;
  welcome.job_text = job_.text;
  welcome.job_directory = job_.directory;
  welcome.log_level = options_.log_level;
  welcome.continued_runs = taken_.continued;
  if (target_is_file_) {
    welcome.stage_folder = stage_folder();
    // This process holds the file, so whatever lies there was left by a run that died before it was
    // committed.
    if (!welcome.stage_folder.empty()) clean_stage_folder(welcome.stage_folder, taken_.open);
  }
  DispatchLimits limits;
  limits.lease_ms = k_task_lease_ms;
  limits.hands_ahead = target_is_file_;
  limits.max_losses = k_max_losses;
  const auto show = [this](const ProgressView& view) {
    {
      const std::lock_guard lock(live_mutex_);
      live_ = view;
    }
    if (leader_) leader_->tell(progress_json(view));
    parts_.show_progress(view);
  };
  LoopParts loop{*transport_,
                 *target_,
                 parts_.clock,
                 parts_.logger,
                 log_.get(),
                 local_workers_.get(),
                 leader_.get(),
                 parts_.interrupts,
                 job_.name,
                 job_.ledger_schema,
                 run_,
                 reject_limits(job_),
                 !options_.plan_only,
                 show,
                 parts_.say,
                 how_to_start,
                 table_names_,
                 &snapshots_,
                 taken_};
  loop_ = std::make_unique<RunLoop>(std::move(loop), std::move(welcome), epoch_, limits);
  for (const StoreSpec& store : job_.stores) {
    if (store.max_parallel > 0) loop_->set_store_limit(store.name, store.max_parallel);
  }
  if (target_is_file_ && !options_.plan_only) {
    DECANT_TRY(open_holder());
  }
  return {};
}

// Questions go over a session of their own, so that none waits behind a read-back, and are answered
// for the job that asks.
Status RunController::open_holder() {
  DECANT_TRY_ASSIGN(auto opened, target_->call<std::unique_ptr<SqlSession>>(
                                     [](TargetAccess& a) { return a.target.second_session(); }));
  const std::shared_ptr<SqlSession> session = std::move(opened);
  const auto reply = [this, session](const Query& query) -> Result<std::string> {
    DECANT_TRY_ASSIGN(const JobSpec job, parse_job(query.job_text, query.job_directory));
    std::optional<ProgressView> live;
    if (job.name == job_.name) {
      const std::lock_guard lock(live_mutex_);
      live = live_;
    }
    Ledger ledger(*session, job.ledger_schema);
    Query mine = query;
    mine.holds_file = true;
    return answer(mine, job, ledger, live);
  };
  DECANT_TRY_ASSIGN(holder_, HolderSocket::listen(identity_.database, reply));
  return {};
}

}  // namespace decant
