// The chain's configured shops, after origins/retail-sales-etl.md: their names, their shares of the
// trade, when they opened and which months the origin never received.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/retail-sales-etl/month.h"

namespace decant::examples::retail {

// The origin's window: shares below are shares of these thirteen months.
inline constexpr Month k_first_month = Month::of(2024, 9);
inline constexpr int k_month_count = 13;

struct Store {
  std::string_view id;
  std::string_view label;
  int code;    // seeds the store's rows, so it never changes once data was made with it
  int weight;  // hundred thousands of lines in the origin's window
  bool active = true;
  Month opened = {};                // zero: before any month that can be asked for
  std::vector<Month> missing = {};  // months the store traded but that were never received

  bool has_data(Month month) const;
};

// In the order in which files are written and sums are listed.
std::span<const Store> configured_stores();

// Null when no store has this id.
const Store* find_store(std::string_view id);

// The `stores:` mapping of a job file, so that job and data agree.
std::string stores_yaml();

}  // namespace decant::examples::retail
