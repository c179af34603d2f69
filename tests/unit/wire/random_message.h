// Envelopes of every kind with every field set at random, from a seed.
#pragma once

#include <random>

#include "common/wire/messages.h"

namespace decant::test {

class RandomMessage {
 public:
  explicit RandomMessage(std::uint64_t seed) : random_(seed) {}
  Envelope envelope();
  Task task();
  TaskResult result();
  std::string text();

 private:
  std::int64_t number();
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }
  bool coin() { return below(2) == 1; }
  Type type();
  ValueRange range();
  ChunkSpec chunk();
  RecordMark mark();
  Extent extent();
  SetDigest digest();
  ChunkTotals totals();
  Error error();
  EntityPlan plan();
  CensusRequest census_request();
  CensusResult census();
  Hello hello();
  Body body();

  std::mt19937_64 random_;
};

}  // namespace decant::test
