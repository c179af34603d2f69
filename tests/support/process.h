// Process: a program run by a test, with what it says caught in files, so that no pipe fills up
// however much it says. It dies with the test.
//
// Threads: a Process belongs to one thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace decant::test {

struct Command {
  std::string program;
  std::vector<std::string> arguments;
  // On top of the test's own environment, from which DECANT_… and PG… are taken first.
  std::map<std::string, std::string> environment;
  std::string directory;  // where it runs; empty: where the test runs
  std::string input;      // its standard input
  // Reads and writes only what its owner may, even where the test is the superuser.
  bool heeds_permissions = false;
};

// Whether `heeds_permissions` can be had here.
bool can_heed_permissions();

struct Outcome {
  int status = -1;  // exit status; 128 + signal where a signal ended it, as in a shell
  bool timed_out = false;
  std::string out, err;
  // Everything that is known, for the message of a failed expectation.
  std::string text() const;
};

class Process {
 public:
  static std::unique_ptr<Process> start(const Command& command);
  ~Process();  // kills what still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number);
  bool is_running();
  std::string out() const;  // so far
  std::string err() const;
  // Looks again and again until `condition` holds; false when the time is up or, unless it holds
  // then, the process has ended.
  bool wait_until(const std::function<bool()>& condition,
                  std::chrono::seconds limit = std::chrono::seconds(60));
  // Kills it when the time is up and says so.
  Outcome wait(std::chrono::seconds limit = std::chrono::seconds(120));

 private:
  Process() = default;
  pid_t pid_ = -1;
  int status_ = -1;  // as waitpid gives it
  bool ended_ = false;
  int out_ = -1, err_ = -1;
};

Outcome run_process(const Command& command, std::chrono::seconds limit = std::chrono::seconds(120));

// Looks again and again until `condition` holds; false when the time is up.
bool eventually(const std::function<bool()>& condition,
                std::chrono::seconds limit = std::chrono::seconds(60));

// Ids of the processes whose parent is `parent`.
std::vector<pid_t> children_of(pid_t parent);

}  // namespace decant::test
