#include "common/ledger/control_sums_text.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

namespace decant::ledger_internal {

std::string write_control_sums(const std::vector<std::string>& names,
                               const std::vector<ExactSum>& sums) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < std::min(names.size(), sums.size()); ++i)
    object[names[i]] = sums[i].to_string();
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<NamedSums> read_control_sums(std::string_view text) {
  const auto object = nlohmann::ordered_json::parse(text, nullptr, false);
  if (!object.is_object())
    return fail(ErrorCode::kProtocol, "Control sums in the ledger are not a JSON object.");
  NamedSums result;
  for (const auto& [name, value] : object.items()) {
    if (!value.is_string())
      return fail(ErrorCode::kProtocol, "A control sum in the ledger is not a text.");
    ExactSum sum;
    DECANT_TRY(sum.add_text(value.get_ref<const std::string&>()));
    result.names.push_back(name);
    result.sums.push_back(std::move(sum));
  }
  return result;
}

void merge_control_sums(NamedSums& total, const NamedSums& batch, std::int64_t batches) {
  if (batches == 0) {
    total = batch;
    return;
  }
  NamedSums kept;
  for (std::size_t i = 0; i < total.names.size(); ++i) {
    const auto found = std::find(batch.names.begin(), batch.names.end(), total.names[i]);
    if (found == batch.names.end()) continue;
    total.sums[i].merge(batch.sums[static_cast<std::size_t>(found - batch.names.begin())]);
    kept.names.push_back(std::move(total.names[i]));
    kept.sums.push_back(std::move(total.sums[i]));
  }
  total = std::move(kept);
}

}  // namespace decant::ledger_internal
