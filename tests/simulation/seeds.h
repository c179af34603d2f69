// Which seeds a test runs. DECANT_SIM_SEED=n runs that one alone, DECANT_SIM_SEEDS=m so many
// instead of the suite's; both: m from n on.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace decant::sim {

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t count = 0;
};

inline std::optional<std::uint64_t> number_from_environment(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

inline Seeds seeds_from_environment(std::uint64_t in_suite) {
  const auto first = number_from_environment("DECANT_SIM_SEED");
  const auto count = number_from_environment("DECANT_SIM_SEEDS");
  return {first.value_or(1), count.value_or(first ? 1 : in_suite)};
}

// The command that repeats a seed.
inline std::string once_more(std::uint64_t seed, const std::string& test) {
  return "Once more: DECANT_SIM_SEED=" + std::to_string(seed) +
         " bin/simulation_test --gtest_filter=" + test;
}

}  // namespace decant::sim
