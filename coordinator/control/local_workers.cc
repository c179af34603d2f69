#include "coordinator/control/local_workers.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

extern char** environ;

namespace decant {
namespace {

std::string find_program(const std::string& wanted) {
  if (!wanted.empty()) return wanted;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto beside = self.parent_path() / "decant-worker";
    if (::access(beside.c_str(), X_OK) == 0) return beside.string();
  }
  return "decant-worker";
}

}  // namespace

LocalWorkers::~LocalWorkers() {
  for (const Child& child : children_) ::kill(child.pid, SIGTERM);
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.grace_ms);
  for (reap(); !children_.empty() && std::chrono::steady_clock::now() < until; reap())
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  for (const Child& child : children_) ::kill(child.pid, SIGKILL);
  for (const Child& child : children_) ::waitpid(child.pid, nullptr, 0);
}

Status LocalWorkers::start(int count) {
  for (int i = 0; i < count; ++i) DECANT_TRY(start_one());
  return {};
}

Status LocalWorkers::replace() { return start_one(); }

Status LocalWorkers::start_one() {
  const std::string program = find_program(options_.program);
  const std::string name = "local-" + std::to_string(++started_);
  std::vector<std::string> words = {program, "--connect", options_.endpoint,         "--name",
                                    name,    "--parent",  std::to_string(::getpid())};
  const auto add = [&](const char* option, const std::string& value) {
    if (value.empty()) return;
    words.emplace_back(option);
    words.push_back(value);
  };
  add("--env-file", options_.env_file);
  add("--work-dir", options_.work_dir);
  add("--log-level", options_.log_level);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Results of `decant --json` are ours alone; a worker has nothing to say on standard output.
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  // A group of its own, so that Ctrl-C on the terminal reaches the coordinator alone, which then
  // drains its workers.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  pid_t pid = 0;
  const int failed =
      ::posix_spawnp(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) {
    return fail(
        ErrorCode::kNotFound,
        "A local worker cannot be started: " + program + ": " + std::strerror(failed) + ".",
        "Install decant-worker beside decant, or use --workers 0 and start workers elsewhere.");
  }
  children_.push_back({pid, name, false});
  return {};
}

bool LocalWorkers::has(const std::string& name) const {
  return std::any_of(children_.begin(), children_.end(),
                     [&](const Child& child) { return child.name == name; });
}

// At once: it may be stopped, or stuck in the kernel, and would take no other signal.
void LocalWorkers::kill(const std::string& name) {
  for (Child& child : children_) {
    if (child.name != name) continue;
    child.was_killed = true;
    ::kill(child.pid, SIGKILL);
  }
}

std::vector<LocalWorkers::Ended> LocalWorkers::reap() {
  std::vector<Ended> ended;
  for (auto child = children_.begin(); child != children_.end();) {
    int status = 0;
    const pid_t got = ::waitpid(child->pid, &status, WNOHANG);
    if (got == child->pid || (got < 0 && errno == ECHILD)) {
      ended.push_back({child->name, status, child->was_killed});
      child = children_.erase(child);
    } else {
      ++child;
    }
  }
  return ended;
}

}  // namespace decant
