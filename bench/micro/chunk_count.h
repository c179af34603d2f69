// How many chunks the coordinator's deciders are measured with.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace decant::bench {

// DECANT_BENCH_CHUNKS; a hundred thousand unless it says otherwise. Ten million take some 5 GB of
// memory and several minutes.
inline std::int64_t chunk_count() {
  const char* chosen = std::getenv("DECANT_BENCH_CHUNKS");
  const std::int64_t count = chosen ? std::atoll(chosen) : 100'000;
  return count < 1000 ? 1000 : count;
}

}  // namespace decant::bench
