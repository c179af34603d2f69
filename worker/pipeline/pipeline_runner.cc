#include "worker/pipeline/pipeline_runner.h"

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "worker/pipeline/copy_task.h"
#include "worker/pipeline/read_back.h"
#include "worker/pipeline/sessions.h"
#include "worker/pipeline/source_watch.h"

namespace decant {
namespace {

// Whose sessions a slot keeps: a run, and the one that it goes on with.
constexpr std::size_t k_most_runs = 2;

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

class PipelineRunner final : public TaskRunner {
 public:
  explicit PipelineRunner(const TaskRunnerOptions& options) : options_(options) {
    if (options_.work_dir.empty()) {
      std::error_code ignored;
      options_.work_dir = std::filesystem::temp_directory_path(ignored).string() + "/decant";
    }
  }

  Status begin_run(const Welcome& welcome, const WorkerName& worker) override {
    end_run();
    DECANT_TRY_ASSIGN(job_, parse_job(welcome.job_text, welcome.job_directory));
    const std::string env_file =
        options_.env_file.empty() ? welcome.job_directory + "/.env" : options_.env_file;
    DECANT_TRY_ASSIGN(environment_, Environment::load(env_file));
    not_filled_in_ = fill_in_stores(*job_, *environment_);
    DECANT_TRY_ASSIGN(const std::string target, environment_->expand(job_->target));
    options_.mask->learn(target);
    DECANT_TRY_ASSIGN(loaders_, options_.adapters->loaders(target));
    target_ = target;
    run_ = welcome.run;
    worker_ = worker;
    stage_folder_ = welcome.stage_folder;
    return {};
  }

  TaskResult run(const Task& task, TaskControl& control) override {
    TaskResult result;
    switch (task.kind) {
      case TaskKind::kCensus:
        result = run_census(task, control);
        break;
      case TaskKind::kReadBack:
        result = run_read_back(task, target_, *job_, options_.adapters->sources(), control);
        break;
      case TaskKind::kCopy:
      case TaskKind::kCompare: {
        CopyContext context{*job_,   sessions(task),    *loaders_,    run_of(task),
                            worker_, options_.work_dir, stage_folder_};
        result = CopyTask(task, context, control).run();
        break;
      }
    }
    result.task = task.id;
    result.fence = task.fence;
    result.peak_memory_bytes = peak_memory_bytes();
    if (result.error) result.error->message = options_.mask->mask(result.error->message);
    return result;
  }

  void end_run() override {
    const std::lock_guard lock(sessions_mutex_);
    sessions_.clear();
    loaders_.reset();
  }

 private:
  // A coordinator that goes on with the run of another one has tasks of both.
  const RunId& run_of(const Task& task) const { return task.run.value.empty() ? run_ : task.run; }

  // A session belongs to one thread, so each slot's thread has its own; and to one run, which is to
  // see the sources as they are in its time.
  SourceSessions& sessions(const Task& task) {
    const std::lock_guard lock(sessions_mutex_);
    SlotSessions& mine = sessions_[std::this_thread::get_id()];
    const RunId& run = run_of(task);
    std::unique_ptr<SourceSessions>& of_run = mine[run];
    if (of_run) return *of_run;
    of_run = std::make_unique<SourceSessions>(*job_, not_filled_in_, *environment_, *options_.mask,
                                              options_.adapters->sources(),
                                              "decant/" + run.value + "/" + worker_.value);
    // Those of the run before stay: the new ones import their snapshots.
    std::erase_if(mine, [&](const auto& other) {
      return mine.size() > k_most_runs && other.first != run && other.first != run_;
    });
    return *of_run;
  }

  TaskResult run_census(const Task& task, TaskControl& control) {
    TaskResult result;
    OpenSource open;
    const auto census = [&]() -> Result<CensusResult> {
      DECANT_TRY_ASSIGN(open,
                        sessions(task).open(task.census.entity, task.census.store, task.snapshots));
      const TaskControl::Hook hook(control, [&open] { open.source->cancel(); });
      // Files are read through for it, however large they are; a database answers a query.
      const bool is_query = open.entity->read.files.empty();
      SourceWatch watch(is_query ? silence_limit(*job_) : std::nullopt,
                        [&open] { open.source->cancel(); });
      auto taken = [&] {
        const SourceWatch::Wait wait(watch);
        return open.source->census(*job_, *open.entity, task.census);
      }();
      if (!taken) return fail(watch.judged(std::move(taken).error()));
      CensusResult found = std::move(*taken);
      found.snapshot = open.snapshot;
      found.store_values = open.store_values;
      return found;
    };
    Result<CensusResult> found = census();
    if (found) {
      if (!found->snapshot.empty()) result.snapshots[task.census.store] = found->snapshot;
      result.census = std::move(*found);
    } else {
      // Other entities share it, and it may be the last that holds their snapshot.
      const bool is_gone = remedy_for(found.error().code) == Remedy::kReconnect;
      if (open.snapshot.empty() || is_gone || !open.source->is_usable())
        sessions(task).close(task.census.entity, task.census.store);
      result.outcome = control.cancelled() ? TaskOutcome::kCancelled : TaskOutcome::kFailed;
      result.error =
          std::move(found).error().at({job_->name, task.census.entity, task.census.store, {}});
    }
    return result;
  }

  TaskRunnerOptions options_;
  std::optional<JobSpec> job_;  // its stores filled in
  StoresNotFilledIn not_filled_in_;
  std::optional<Environment> environment_;
  using SlotSessions = std::map<RunId, std::unique_ptr<SourceSessions>>;
  std::mutex sessions_mutex_;
  std::map<std::thread::id, SlotSessions> sessions_;
  std::unique_ptr<LoaderFactory> loaders_;
  std::string target_;
  RunId run_;
  WorkerName worker_;
  std::string stage_folder_;
};

}  // namespace

std::unique_ptr<TaskRunner> make_task_runner(const TaskRunnerOptions& options) {
  return std::make_unique<PipelineRunner>(options);
}

}  // namespace decant
