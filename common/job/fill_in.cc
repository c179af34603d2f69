#include "common/job/fill_in.h"

#include "common/base/variables.h"
#include "common/job/store_template.h"

namespace decant {
namespace {

Status fill_in_store(StoreSpec& store, const Environment& environment) {
  DECANT_TRY_ASSIGN(const std::string label, environment.expand(store.label));
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : store.values) {
    DECANT_TRY_ASSIGN(values[name], environment.expand(value));
  }
  store.label = label;
  store.values = std::move(values);
  return {};
}

// As a template of paths writes a name that is no pattern: each of its signs in brackets.
std::string as_plain_path(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const bool is_sign = c == '*' || c == '?' || c == '[' || c == '{';
    if (is_sign) {
      out.append("[").append(1, c).append("]");
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

StoresNotFilledIn fill_in_stores(JobSpec& job, const Environment& environment) {
  StoresNotFilledIn not_filled_in;
  for (StoreSpec& store : job.stores) {
    if (!store.active) continue;
    const Status filled = fill_in_store(store, environment);
    if (!filled) not_filled_in.emplace(store.name, filled.error());
  }
  return not_filled_in;
}

Result<std::string> fill_in_connection(std::string_view source, const StoreSpec* store,
                                       const Environment& environment) {
  if (store == nullptr) return environment.expand(source);
  return expand_around(source, *store, {},
                       [&](std::string_view text) { return environment.expand(text); });
}

Result<std::string> fill_in_files(std::string_view files, const Environment& environment) {
  std::string out;
  for (const TextPart& part : parts_with_variables(files)) {
    DECANT_TRY_ASSIGN(const std::string filled, environment.expand(part.text));
    out += part.is_variable ? as_plain_path(filled) : filled;
  }
  return out;
}

}  // namespace decant
