// decant-worker: connects to a coordinator and does its tasks.
#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>

#include "common/base/clock.h"
#include "common/base/descriptors.h"
#include "common/base/env_file.h"
#include "common/base/failpoint.h"
#include "common/base/log.h"
#include "common/base/name_list.h"
#include "common/base/secrets.h"
#include "common/base/text.h"
#include "common/connector/adapters/adapters.h"
#include "worker/agent/agent.h"
#include "worker/pipeline/pipeline_runner.h"

namespace {

std::atomic<bool> g_stop{false};

extern "C" void on_stop(int) { g_stop = true; }

class AllAdapters final : public decant::AdapterFactory {
 public:
  decant::SourceFactory& sources() override { return *sources_; }
  decant::Result<std::unique_ptr<decant::LoaderFactory>> loaders(
      const std::string& target) override {
    return decant::make_loader_factory(target);
  }

 private:
  std::unique_ptr<decant::SourceFactory> sources_ = decant::make_source_factory();
};

decant::LogLevel level_of(const std::string& name) {
  using decant::LogLevel;
  return name == "debug"   ? LogLevel::kDebug
         : name == "warn"  ? LogLevel::kWarn
         : name == "error" ? LogLevel::kError
                           : LogLevel::kInfo;
}

// The first word that is no option, with the nearest that is one; empty where there is none.
std::string unknown_option(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    if (name.rfind("--", 0) != 0 || std::find(known.begin(), known.end(), name) != known.end())
      continue;
    const std::string near = decant::nearest(name, known);
    return "There is no option " + name + "." +
           (near.empty() ? " --help shows those there are." : " Did you mean \"" + near + "\"?");
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGTERM, on_stop);
  std::signal(SIGINT, on_stop);
  std::signal(SIGPIPE, SIG_IGN);
  decant::explain_lack_of_descriptors();

  CLI::App app{"A worker of Decant: reads stores, loads the target, reports to the coordinator."};
  app.name("decant-worker");
  app.set_version_flag("--version", "decant-worker 0.1.0");
  decant::AgentOptions agent;
  decant::TaskRunnerOptions runner;
  std::string stores, log_level = "info", name;
  int parent = 0;
  app.add_option("--connect", agent.endpoints,
                 "The coordinator: tcp://127.0.0.1:7420 or ipc://…; again for one that stands by")
      ->required();
  app.add_option("--name", name, "Unique among the workers of a run (default: host-pid)");
  app.add_option("--stores", stores, "Only these stores can be reached from here: a,b");
  app.add_option("--slots", agent.slots, "Tasks at a time")->check(CLI::Range(1, 64));
  app.add_option("--env-file", runner.env_file, "Instead of .env beside the job file");
  app.add_option("--work-dir", runner.work_dir,
                 "Folder of spool files (default: the system's temporary folder)");
  app.add_option("--log-level", log_level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--parent", parent, "End with this process")->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::string why =
        error.get_exit_code() == 0 ? std::string() : unknown_option(app, {argv + 1, argv + argc});
    if (why.empty()) return app.exit(error) == 0 ? 0 : 2;
    std::cerr << "decant-worker: " << why << "\n";
    return 2;
  }
  if (parent > 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before the line above.
    if (::getppid() != parent) return 1;
    agent.parent_pid = parent;
  }
  // Sockets of its own, and a few files and sessions for each task.
  if (const auto allowed = decant::allow_descriptors(32 + 8 * agent.slots); !allowed) {
    std::cerr << "decant-worker: " << allowed.error().to_string() << "\n";
    return decant::exit_status_for(allowed.error().code);
  }
  if (const auto readable = decant::check_env_file(runner.env_file); !readable) {
    std::cerr << "decant-worker: " << readable.error().to_string() << "\n";
    return decant::exit_status_for(readable.error().code);
  }
  if (const auto armed = decant::failpoints::arm_from_environment("worker"); !armed) {
    std::cerr << "decant-worker: " << armed.error().to_string() << "\n";
    return decant::exit_status_for(armed.error().code);
  }
  if (name.empty()) {
    char host[256] = "worker";
    ::gethostname(host, sizeof host - 1);
    name = std::string(host) + "-" + std::to_string(::getpid());
  }
  agent.name = decant::WorkerName(name);
  agent.stores = decant::split_names(stores);

  const decant::SystemClock clock;
  decant::SecretMask mask;
  decant::Logger logger(name, level_of(log_level), &mask);
  AllAdapters adapters;
  runner.adapters = &adapters;
  runner.mask = &mask;
  runner.logger = &logger;
  const auto tasks = decant::make_task_runner(runner);
  return decant::run_agent(agent, *tasks, clock, logger, g_stop);
}
