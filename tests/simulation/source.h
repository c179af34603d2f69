// What the stores hold, in memory: rows by key. Every version that there ever was can still be read
// under a snapshot of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/digest/digest.h"
#include "coordinator/plan/planner.h"
#include "tests/simulation/random.h"

namespace decant::sim {

using Rows = std::map<std::int64_t, int>;  // key -> content

SetDigest digest_of(const std::string& store, const Rows& rows);

class Source {
 public:
  Source(Random& random, int stores);

  // Rows come, go and are written again: a new version.
  void change();
  int version() const { return static_cast<int>(versions_.size()) - 1; }
  const std::vector<std::string>& stores() const { return names_; }

  Rows read(const std::string& store, const ValueRange& range, int version) const;
  // As a worker counts the newest version, with a snapshot of it.
  StoreCensus census(const std::string& store) const;
  // The version that a task with these snapshots reads.
  static int version_of(const std::vector<std::string>& snapshots);

  // A store that does not answer.
  void stall(const std::string& store, MonotonicMs until) { stalled_until_[store] = until; }
  bool is_stalled(const std::string& store, MonotonicMs now) const;

 private:
  using Version = std::map<std::string, Rows>;
  Random& random_;
  std::vector<std::string> names_;
  std::vector<Version> versions_;
  std::map<std::string, MonotonicMs> stalled_until_;
};

}  // namespace decant::sim
