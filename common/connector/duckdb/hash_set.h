// A set of 64-bit hashes, to tell whether one of many comes twice. Open addressing with linear
// probing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L) in one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace decant::duck {

class HashSet {
 public:
  // Room for `most` hashes: 12 to 24 bytes each, got at once.
  explicit HashSet(std::size_t most);

  // Adds hashes until one is there already; whether all were new. No more than `most` in all.
  bool add(std::span<const std::uint64_t> hashes);

 private:
  std::size_t place_of(std::uint64_t hash) const;

  std::vector<std::uint64_t> places_;  // 0: free
  int shift_ = 0;
  bool has_zero_ = false;
};

}  // namespace decant::duck
