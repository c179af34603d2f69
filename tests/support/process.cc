#include "tests/support/process.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

extern char** environ;

namespace decant::test {
namespace {

constexpr std::chrono::milliseconds k_pause(10);

int memory_file(const std::string& text) {
  const int fd = ::memfd_create("decant-test", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    std::abort();
  ::lseek(fd, 0, SEEK_SET);
  return fd;
}

std::string read_memory_file(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return text;
}

// Limits are those of a machine of one's own. One that others load too may be as many times slower,
// and no test is to fail for that.
constexpr int k_patience = 5;

// What this machine is set up with must not reach into a test.
std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (name.starts_with("DECANT_") || name.starts_with("PG") || command.environment.contains(name))
      continue;
    all.push_back(text);
  }
  for (const auto& [name, value] : command.environment) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

// The superuser's rights to pass over permissions are not handed on by the exec that follows.
bool drop_superuser_reading() {
  if (::geteuid() != 0) return true;
  return ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == 0 &&
         ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0) == 0;
}

}  // namespace

bool can_heed_permissions() {
  return ::geteuid() != 0 || ::prctl(PR_CAPBSET_READ, CAP_SETPCAP, 0, 0, 0) == 1;
}

std::string Outcome::text() const {
  return (timed_out ? "it took too long\n" : "") + std::string("exit status ") +
         std::to_string(status) + "\n--- standard output\n" + out + "\n--- standard error\n" + err;
}

std::unique_ptr<Process> Process::start(const Command& command) {
  std::unique_ptr<Process> process(new Process());
  process->out_ = memory_file("");
  process->err_ = memory_file("");
  const int in = memory_file(command.input);
  // All that allocates is done before the fork, since other threads of the test may hold locks.
  std::vector<std::string> words = {command.program};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment = environment_of(command);
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> variables = pointers(environment);
  process->pid_ = ::fork();
  if (process->pid_ == 0) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(in, STDIN_FILENO);
    ::dup2(process->out_, STDOUT_FILENO);
    ::dup2(process->err_, STDERR_FILENO);
    if (command.heeds_permissions && !drop_superuser_reading()) ::_exit(126);
    if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) ::_exit(126);
    ::execve(arguments[0], arguments.data(), variables.data());
    ::_exit(127);
  }
  ::close(in);
  return process;
}

Process::~Process() {
  if (is_running()) {
    signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(out_);
  ::close(err_);
}

void Process::signal(int number) {
  if (!ended_ && pid_ > 0) ::kill(pid_, number);
}

bool Process::is_running() {
  if (!ended_ && pid_ > 0) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return !ended_ && pid_ > 0;
}

std::string Process::out() const { return read_memory_file(out_); }
std::string Process::err() const { return read_memory_file(err_); }

bool Process::wait_until(const std::function<bool()>& condition, std::chrono::seconds limit) {
  bool holds = false;
  eventually([&] { return (holds = condition()) || !is_running(); }, limit);
  return holds || condition();
}

Outcome Process::wait(std::chrono::seconds limit) {
  Outcome outcome;
  if (!eventually([&] { return !is_running(); }, limit)) {
    outcome.timed_out = true;
    signal(SIGKILL);
    ::waitpid(pid_, &status_, 0);
    ended_ = true;
  }
  outcome.status = WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  outcome.out = out();
  outcome.err = err();
  return outcome;
}

Outcome run_process(const Command& command, std::chrono::seconds limit) {
  return Process::start(command)->wait(limit);
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto until = std::chrono::steady_clock::now() + k_patience * limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(k_pause);
  }
  return true;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", ignored)) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    std::ifstream file(entry.path() / "stat");
    std::string stat;
    std::getline(file, stat);
    // "PID (NAME) STATE PARENT …"; a name may hold blanks and parentheses.
    const std::size_t name_end = stat.rfind(')');
    if (name_end != std::string::npos && name_end + 4 < stat.size() &&
        std::atoi(stat.c_str() + name_end + 4) == parent) {
      children.push_back(pid);
    }
  }
  return children;
}

}  // namespace decant::test
