// Control sums as the JSON text of FORMAT.md; private to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/value/decimal.h"

namespace decant::ledger_internal {

// {"total":"12.5", …} in the order of `names`. As many sums as names; an absent sum (none was
// taken) is left out.
std::string write_control_sums(const std::vector<std::string>& names,
                               const std::vector<ExactSum>& sums);

struct NamedSums {
  std::vector<std::string> names;
  std::vector<ExactSum> sums;
};

// kProtocol when `text` is something else.
Result<NamedSums> read_control_sums(std::string_view text);

// Adds the sums of one more batch, by name. A sum that only some batches have is dropped: it would
// be too small. `batches` says how many there were before.
void merge_control_sums(NamedSums& total, const NamedSums& batch, std::int64_t batches);

}  // namespace decant::ledger_internal
