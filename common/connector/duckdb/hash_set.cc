#include "common/connector/duckdb/hash_set.h"

#include <algorithm>
#include <bit>

namespace decant::duck {
namespace {

// 2^64 divided by the golden ratio: the upper bits of the product hang on all bits of the hash.
constexpr std::uint64_t k_spread = 0x9E3779B97F4A7C15U;
// How far ahead a place is asked for: by then it has come from memory.
constexpr std::size_t k_ahead = 16;

}  // namespace

HashSet::HashSet(std::size_t most)
    : places_(std::bit_ceil(std::max<std::size_t>(most + most / 2, 2))),
      shift_(64 - std::countr_zero(places_.size())) {}

std::size_t HashSet::place_of(std::uint64_t hash) const { return (hash * k_spread) >> shift_; }

bool HashSet::add(std::span<const std::uint64_t> hashes) {
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (i + k_ahead < hashes.size()) __builtin_prefetch(&places_[place_of(hashes[i + k_ahead])], 1);
    const std::uint64_t hash = hashes[i];
    if (hash == 0) {
      if (has_zero_) return false;
      has_zero_ = true;
      continue;
    }
    std::size_t place = place_of(hash);
    while (places_[place] != 0) {
      if (places_[place] == hash) return false;
      place = (place + 1) & (places_.size() - 1);
    }
    places_[place] = hash;
  }
  return true;
}

}  // namespace decant::duck
