#include "common/connector/key_parts.h"

#include <algorithm>

#include "common/connector/duckdb_names.h"

namespace decant {
namespace {

// 8,000,000 keys of four columns fit into the 512 MB that DuckDB has by default; 40,000,000 do not.
constexpr std::int64_t k_rows_of_a_part = 8'000'000;
constexpr std::int64_t k_most_parts = 10'000;

Status look_at(Dialect dialect, const KeyPart& part,
               const std::function<Status(const KeyPart&)>& look, std::int64_t& most_parts) {
  most_parts = std::max(most_parts, part.of);
  Status looked = look(part);
  const bool fits =
      looked || dialect != Dialect::kDuckDb || looked.error().code != ErrorCode::kNoSpace;
  if (fits || part.of > k_most_parts) return looked;
  const std::int64_t halves = part.of * 2;
  DECANT_TRY(look_at(dialect, {part.number, halves}, look, most_parts));
  return look_at(dialect, {part.number + part.of, halves}, look, most_parts);
}

}  // namespace

std::string select_doubled_keys(const EntityPlan& plan, const KeyPart& part) {
  const std::string keys = quote_identifiers(plan.write.key);
  const std::string of_part = part.of == 1 ? ""
                                           : " WHERE " + own_function(Dialect::kDuckDb, "hash") +
                                                 "(" + keys + ") % " + std::to_string(part.of) +
                                                 " = " + std::to_string(part.number);
  return "SELECT " + keys + ", count(*) AS decant_rows FROM " + quote_table(plan.write.table) +
         of_part + " GROUP BY " + keys + " HAVING count(*) > 1";
}

Result<std::int64_t> for_each_key_part(Dialect dialect, std::int64_t rows,
                                       const std::function<Status(const KeyPart&)>& look) {
  const std::int64_t parts = dialect == Dialect::kDuckDb ? rows / k_rows_of_a_part + 1 : 1;
  std::int64_t most_parts = parts;
  for (std::int64_t i = 0; i < parts; ++i)
    DECANT_TRY(look_at(dialect, {i, parts}, look, most_parts));
  return most_parts;
}

}  // namespace decant
