#include "common/job/fill_in.h"

#include "common/base/variables.h"
#include "common/digest/digest.h"
#include "common/job/entity_plan.h"
#include "common/job/store_template.h"

namespace decant {
namespace {

// 64 bits tell values apart that chance makes differ, and a task may name thousands of stores.
constexpr std::size_t k_digest_length = 16;

// What can be filled in is, also where something else cannot.
Status fill_in_store(StoreSpec& store, const Environment& environment) {
  Status all;
  const auto fill_in = [&](std::string& text) {
    Result<std::string> filled = environment.expand(text);
    if (filled) {
      text = *std::move(filled);
    } else if (all) {
      all = fail(std::move(filled).error());
    }
  };
  fill_in(store.label);
  for (auto& [name, value] : store.values) fill_in(value);
  return all;
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
    const Status filled = fill_in_store(store, environment);
    if (!filled && store.active) not_filled_in.emplace(store.name, filled.error());
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

std::vector<std::string> columns_with_store_values(const EntitySpec& entity) {
  std::vector<std::string> names;
  for (const ColumnSpec& column : entity.columns) {
    if (column.constant && !placeholders_of(*column.constant).empty()) names.push_back(column.name);
  }
  return names;
}

std::string digest_of_store_values(const EntitySpec& entity, const StoreSpec& store) {
  std::string values;  // each behind its length, so that no two lists give the same bytes
  for (const ColumnSpec& column : entity.columns) {
    if (!column.constant || placeholders_of(*column.constant).empty()) continue;
    // What cannot be expanded fails where it is converted.
    const std::string value = expand_store_template(*column.constant, store).value_or("");
    for (const std::string& part : {column.name, value})
      values.append(std::to_string(part.size())).append(":").append(part);
  }
  return values.empty() ? values : sha256_hex(values).substr(0, k_digest_length);
}

}  // namespace decant
