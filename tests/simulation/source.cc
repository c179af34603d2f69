#include "tests/simulation/source.h"

#include "common/connector/snapshot_text.h"

namespace decant::sim {
namespace {

constexpr std::int64_t k_keys = 48;       // of each store, about half of which have a row
constexpr std::int64_t k_cell_width = 4;  // keys that a census counts together

std::uint64_t mixed(std::uint64_t value) {
  value ^= value >> 31;
  value *= 0x9e3779b97f4a7c15ULL;
  return value ^ (value >> 29);
}

}  // namespace

SetDigest digest_of(const std::string& store, const Rows& rows) {
  std::uint64_t place = 0;
  for (const char letter : store) place = mixed(place + static_cast<unsigned char>(letter));
  SetDigest digest;
  for (const auto& [key, content] : rows) {
    const std::uint64_t row =
        mixed(mixed(place + static_cast<std::uint64_t>(key)) + static_cast<std::uint64_t>(content));
    digest.add({row, mixed(row), 0, 0});
  }
  return digest;
}

Source::Source(Random& random, int stores) : random_(random), versions_(1) {
  for (int i = 0; i < stores; ++i) {
    const std::string& store = names_.emplace_back("store" + std::to_string(i));
    Rows& rows = versions_[0][store];
    for (std::int64_t key = 0; key < k_keys; ++key) {
      if (random_.one_in(2)) rows[key] = 0;
    }
  }
}

// A stretch of keys fills up or empties, so that chunks would be cut elsewhere; others here and
// there.
void Source::change() {
  Version next = versions_.back();
  for (auto& [store, rows] : next) {
    if (random_.one_in(3)) continue;
    const std::int64_t begin = random_.below(k_keys);
    const bool fills = random_.one_in(2);
    for (std::int64_t key = begin; key < std::min(begin + 3 * k_cell_width, k_keys); ++key) {
      if (fills) {
        rows.try_emplace(key, version() + 1);
      } else {
        rows.erase(key);
      }
    }
    for (int i = 0; i < 3; ++i) rows[random_.below(k_keys)] = version() + 1;
  }
  versions_.push_back(std::move(next));
}

Rows Source::read(const std::string& store, const ValueRange& range, int version) const {
  const Rows& all = versions_.at(static_cast<std::size_t>(version)).at(store);
  const auto begin = range.begin ? all.lower_bound(*range.begin) : all.begin();
  const auto end = range.end ? all.lower_bound(*range.end) : all.end();
  return {begin, end};
}

StoreCensus Source::census(const std::string& store) const {
  CensusExtent extent;
  extent.extent.store = store;
  extent.exact = true;
  std::map<std::int64_t, std::int64_t> counts;
  for (const auto& [key, content] : versions_.back().at(store)) ++counts[key / k_cell_width];
  for (const auto& [cell, rows] : counts) {
    const ValueRange range{cell * k_cell_width, (cell + 1) * k_cell_width};
    extent.cells.push_back({store, std::string(k_all), range, rows});
  }
  StoreCensus census{store, {}};
  census.census.extents.push_back(std::move(extent));
  census.census.snapshot = snapshot_text("exported", std::to_string(version()));
  return census;
}

int Source::version_of(const std::vector<std::string>& snapshots) {
  return std::stoi(std::string(snapshot_content(snapshots.back())));
}

bool Source::is_stalled(const std::string& store, MonotonicMs now) const {
  const auto stalled = stalled_until_.find(store);
  return stalled != stalled_until_.end() && now < stalled->second;
}

}  // namespace decant::sim
