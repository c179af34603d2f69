// Local worker processes: started by `decant run`, connected over ipc, gone when it is gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace decant {

struct LocalWorkerOptions {
  std::string program;  // path of decant-worker; empty: beside this program, then on PATH
  std::string endpoint;
  std::string env_file;
  std::string work_dir;
  std::string log_level;
  std::int64_t grace_ms = 1'000;  // at the end, from SIGTERM to SIGKILL
};

class LocalWorkers {
 public:
  explicit LocalWorkers(LocalWorkerOptions options) : options_(std::move(options)) {}
  ~LocalWorkers();  // SIGTERM, a moment later SIGKILL, and waits
  LocalWorkers(const LocalWorkers&) = delete;
  LocalWorkers& operator=(const LocalWorkers&) = delete;

  // kNotFound when decant-worker is not there.
  Status start(int count);
  struct Ended {
    std::string name;
    int status = 0;           // as waitpid gives it
    bool was_killed = false;  // by kill()
  };
  // Workers that have ended since the last call. They are not started again by themselves.
  std::vector<Ended> reap();
  // Ends one that gives no sign of life; reap() tells of it. Nothing where there is none so named.
  void kill(const std::string& name);
  // A worker of a new name in place of one that died.
  Status replace();
  bool has(const std::string& name) const;
  std::size_t running() const { return children_.size(); }

 private:
  struct Child {
    pid_t pid;
    std::string name;
    bool was_killed = false;
  };
  Status start_one();

  LocalWorkerOptions options_;
  std::vector<Child> children_;
  int started_ = 0;
};

}  // namespace decant
