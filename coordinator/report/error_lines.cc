#include "coordinator/report/error_lines.h"

#include <algorithm>

#include "common/base/printable.h"
#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::size_t k_most_named = 5;

struct Reason {
  std::string text;
  std::vector<std::string> stores;
};

std::string stores_text(const std::vector<std::string>& stores) {
  if (stores.empty()) return {};
  const auto named = static_cast<std::ptrdiff_t>(std::min(stores.size(), k_most_named));
  std::string text = stores.size() == 1 ? "store " : "stores ";
  text += printable(join({stores.begin(), stores.begin() + named}, ", "));
  if (stores.size() > k_most_named)
    text += " and " + std::to_string(stores.size() - k_most_named) + " more";
  return text + ": ";
}

}  // namespace

std::vector<std::string> error_lines(const std::vector<Error>& errors) {
  std::vector<Reason> reasons;
  for (const Error& error : errors) {
    const std::string text = error.to_string();
    auto reason = std::find_if(reasons.begin(), reasons.end(),
                               [&](const Reason& known) { return known.text == text; });
    if (reason == reasons.end()) reason = reasons.insert(reasons.end(), {text, {}});
    const std::string& store = error.place.store;
    auto& stores = reason->stores;
    if (!store.empty() && std::find(stores.begin(), stores.end(), store) == stores.end())
      stores.push_back(store);
  }
  std::vector<std::string> lines;
  for (const Reason& reason : reasons) lines.push_back(stores_text(reason.stores) + reason.text);
  return lines;
}

}  // namespace decant
