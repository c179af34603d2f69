// A source that takes its time: a PostgreSQL view that sleeps for every row it gives, so that a
// test can look at a run, or end it, half way.
#pragma once

#include <set>

#include "tests/e2e/fixture.h"

namespace decant::test {

class SlowSource : public EveryTarget {
 protected:
  void SetUp() override;

  // A run under way, with at least one chunk loaded and others not.
  std::unique_ptr<Process> half_way(const Words& more = {});
  std::unique_ptr<Process> started(const Words& more = {}) { return start_decant(run_words(more)); }
  // Chunks that the newest run's log says are loaded.
  int loaded_chunks() const;
  // Until the run says it; the endpoint that workers connect to.
  std::string endpoint_of(Process& run) const;
  // rows|sum of the ids|number of rows that stand there twice.
  std::string arrived() const;
  void expect_all_arrived() const { EXPECT_EQ(arrived(), k_all); }

  const std::string& source() const { return source_; }

  static constexpr const char* k_all = "720|259560|0";
  static constexpr int k_chunks = 24;

 private:
  std::string source_;
};

// The same with a gate, which all rows pass, so that a test can hold workers in the middle of their
// tasks for as long as it likes.
class GatedSource : public SlowSource {
 protected:
  void SetUp() override;

  void close_gate() { changed_in(source(), "SELECT setval('gate', 2)"); }
  void open_gate() { changed_in(source(), "SELECT setval('gate', 1)"); }
  // Chunks of the newest run that are in this state now.
  std::set<std::string> chunks_in(const std::string& state) const;
  // Behind a closed gate: waits until what passed it before is loaded. The chunks that are held.
  std::set<std::string> held_at_gate(Process& run) const;
};

}  // namespace decant::test
