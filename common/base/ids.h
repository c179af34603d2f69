// Strong types for the identities of DESIGN 2, so that a run id is never taken for a worker's name.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace decant {

template <typename Tag, typename Value>
struct StrongId {
  Value value{};
  StrongId() = default;
  explicit StrongId(Value v) : value(std::move(v)) {}
  auto operator<=>(const StrongId&) const = default;
};

using RunId = StrongId<struct RunIdTag, std::string>;          // 20240831T210500Z-k3f9
using ChunkName = StrongId<struct ChunkNameTag, std::string>;  // ventas/tienda_01/2024-08/003
using WorkerName =
    StrongId<struct WorkerNameTag, std::string>;           // unique among live workers of a run
using TaskId = StrongId<struct TaskIdTag, std::uint64_t>;  // unique within a run, counted from 1
using Fence = StrongId<struct FenceTag, std::int64_t>;     // grows with every assignment of a task
using Epoch = StrongId<struct EpochTag, std::int64_t>;  // grows with every leader of a target table
using Incarnation =
    StrongId<struct IncarnationTag, std::array<std::uint8_t, 16>>;  // one life of a worker process

// A run id from a UTC time (seconds since 1970) and four random characters.
RunId make_run_id(std::int64_t unix_seconds, std::uint32_t random);

// 128 random bits from the operating system.
Incarnation make_incarnation();

std::string to_hex(const Incarnation& incarnation);

}  // namespace decant

template <typename Tag, typename Value>
struct std::hash<decant::StrongId<Tag, Value>> {
  std::size_t operator()(const decant::StrongId<Tag, Value>& id) const noexcept {
    if constexpr (requires { std::hash<Value>{}(id.value); }) {
      return std::hash<Value>{}(id.value);
    } else {
      std::size_t h = 14695981039346656037ULL;
      for (auto b : id.value) h = (h ^ b) * 1099511628211ULL;
      return h;
    }
  }
};
