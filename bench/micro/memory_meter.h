// Bytes that the program has from the allocator, for what a chunk or task takes in memory.
#pragma once

#include <malloc.h>

#include <cstdint>

namespace decant::bench {

inline std::int64_t allocated_bytes() {
  const struct mallinfo2 now = mallinfo2();
  return static_cast<std::int64_t>(now.uordblks + now.hblkhd);
}

}  // namespace decant::bench
