// What a load did, with the rows that it refused beside it.
#pragma once

#include <utility>
#include <vector>

#include "common/connector/target.h"

namespace decant::test {

struct Loaded : LoadOutcome {
  std::vector<RefusedRow> refused;
};

inline TakeRefused take_into(std::vector<RefusedRow>& rows) {
  return [&rows](RefusedRow row) -> Status {
    rows.push_back(std::move(row));
    return {};
  };
}

}  // namespace decant::test
