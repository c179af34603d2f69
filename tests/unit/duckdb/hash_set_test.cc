#include "common/connector/duckdb/hash_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace decant::duck {
namespace {

TEST(HashSet, AHashThatComesTwiceIsFoundWhereverItStands) {
  constexpr std::size_t k_size = 100;
  for (std::size_t place = 0; place < k_size; ++place) {
    std::vector<std::uint64_t> hashes(k_size);
    for (std::size_t i = 0; i < k_size; ++i) hashes[i] = i * 0x9E3779B97F4A7C15U;
    EXPECT_TRUE(HashSet(k_size).add(hashes));
    hashes[place] = hashes[(place + 37) % k_size];
    EXPECT_FALSE(HashSet(k_size).add(hashes)) << place;
  }
}

TEST(HashSet, ZeroIsAHashLikeOthers) {
  HashSet seen(4);
  const std::vector<std::uint64_t> zero = {0};
  EXPECT_TRUE(seen.add(zero));
  EXPECT_FALSE(seen.add(zero));
}

TEST(HashSet, HashesThatFallIntoOnePlaceAreToldApart) {
  HashSet seen(1'000);
  std::vector<std::uint64_t> near;
  for (std::uint64_t i = 1; i <= 1'000; ++i) near.push_back(i);
  EXPECT_TRUE(seen.add(near)) << "the lower bits alone differ";
  for (const std::uint64_t hash : near)
    EXPECT_FALSE(seen.add(std::vector<std::uint64_t>{hash})) << hash;
}

TEST(HashSet, SaysWhatASetSays) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    const std::size_t size = 1 + random() % 3'000;
    std::vector<std::uint64_t> hashes(size);
    // Now and then of so few values that one of them comes twice.
    const std::uint64_t values = seed % 2 == 0 ? size * size : ~0ULL;
    for (std::uint64_t& hash : hashes) hash = random() % values;
    const bool all_new = std::set<std::uint64_t>(hashes.begin(), hashes.end()).size() == size;
    HashSet seen(size);
    bool found_new = true;
    for (std::size_t begin = 0; begin < size && found_new; begin += 100) {
      const std::size_t end = std::min(size, begin + 100);
      found_new = seen.add({hashes.data() + begin, end - begin});
    }
    EXPECT_EQ(found_new, all_new) << "seed " << seed;
  }
}

}  // namespace
}  // namespace decant::duck
