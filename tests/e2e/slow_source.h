// A source that takes its time: a PostgreSQL view that sleeps for every row it gives, so that a
// test can look at a run, or end it, half way.
#pragma once

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

}  // namespace decant::test
