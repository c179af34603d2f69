// Big-endian integers of PostgreSQL's binary format.
#pragma once

#include <cstdint>
#include <cstring>

namespace decant::postgres {

template <typename T>
T swap_bytes(T value) {
  if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(static_cast<std::uint16_t>(value)));
  if constexpr (sizeof(T) == 4)
    return static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)));
  if constexpr (sizeof(T) == 8)
    return static_cast<T>(__builtin_bswap64(static_cast<std::uint64_t>(value)));
}

template <typename T>
T load_big(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return swap_bytes(value);
}

template <typename T>
char* store_big(char* to, T value) {
  const T swapped = swap_bytes(value);
  std::memcpy(to, &swapped, sizeof swapped);
  return to + sizeof swapped;
}

}  // namespace decant::postgres
