#include "common/connector/duckdb/key_check.h"

#include "common/base/text.h"
#include "common/connector/duckdb/errors.h"
#include "common/connector/duckdb/hash_set.h"
#include "common/connector/duckdb_names.h"
#include "common/connector/key_parts.h"

namespace decant::duck {
namespace {

constexpr const char* k_failed = "The key could not be checked";
// Hashes that are held at a time: with them 128 MiB, beside what DuckDB may use.
constexpr std::int64_t k_hashes_of_a_part = 11'000'000;

Status refuse_null_keys(Connection& connection, const EntityPlan& plan) {
  std::string condition;
  for (const std::string& name : plan.write.key) {
    condition += (condition.empty() ? "" : " OR ") + quote_identifier(name) + " IS NULL";
  }
  DECANT_TRY_ASSIGN(const std::int64_t rows,
                    connection.number("SELECT count(*) FROM " + quote_table(plan.write.table) +
                                          " WHERE " + condition,
                                      k_failed));
  if (rows == 0) return {};
  return fail(ErrorCode::kDataRefused,
              plan.write.table + " has " + group_digits(rows) +
                  " rows without a value in the key (" + join(plan.write.key, ", ") + ").",
              "Fill the column, or choose another key.");
}

// Adds the hashes of a part of the keys; false as soon as one comes twice, where they are more than
// there is room for, and where they are none that DuckDB's own hash() gives. Equal values have
// equal hashes.
Result<bool> are_hashes_new(Connection& connection, const std::string& query, std::int64_t most) {
  DECANT_TRY_ASSIGN(const Prepared statement, connection.prepare(query, k_failed));
  DECANT_TRY_ASSIGN(QueryResult result, connection.stream(statement, k_failed));
  if (duckdb_column_type(result.get(), 0) != DUCKDB_TYPE_UBIGINT) return false;
  HashSet seen(static_cast<std::size_t>(most));
  std::int64_t rows = 0;
  while (true) {
    const DataChunk chunk(duckdb_fetch_chunk(*result.get()));
    const idx_t size = chunk ? duckdb_data_chunk_get_size(chunk.get()) : 0;
    if (size == 0) break;
    rows += static_cast<std::int64_t>(size);
    const void* hashes = duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), 0));
    if (rows > most || !seen.add({static_cast<const std::uint64_t*>(hashes), size})) return false;
  }
  // The end and an error look alike, but for the error that is left behind.
  const char* text = duckdb_result_error(result.get());
  if (text == nullptr || *text == '\0') return true;
  return tl::unexpected<Error>(
      statement_error(duckdb_result_error_type(result.get()), text, k_failed));
}

// All keys differ if all their hashes do, which takes less than half the time of grouping the keys.
Result<bool> are_all_hashes_new(Connection& connection, const EntityPlan& plan, std::int64_t rows) {
  const std::int64_t parts = rows / k_hashes_of_a_part + 1;
  // Parts are not quite equal.
  const std::int64_t most = parts == 1 ? rows : rows / parts + rows / parts / 100 + 1000;
  const std::string hash =
      own_function(Dialect::kDuckDb, "hash") + "(" + quote_identifiers(plan.write.key) + ")";
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::string of_part =
        parts == 1 ? ""
                   : " WHERE " + hash + " % " + std::to_string(parts) + " = " + std::to_string(i);
    DECANT_TRY_ASSIGN(
        const bool all_new,
        are_hashes_new(connection,
                       "SELECT " + hash + " FROM " + quote_table(plan.write.table) + of_part,
                       most));
    if (!all_new) return false;
  }
  return true;
}

Status refuse_equal_keys(Connection& connection, const EntityPlan& plan) {
  DECANT_TRY_ASSIGN(
      const std::int64_t rows,
      connection.number("SELECT count(*) FROM " + quote_table(plan.write.table), k_failed));
  DECANT_TRY_ASSIGN(const bool all_differ, are_all_hashes_new(connection, plan, rows));
  if (all_differ) return {};
  const auto look = [&](const KeyPart& part) -> Status {
    DECANT_TRY_ASSIGN(
        const std::int64_t found,
        connection.number("SELECT count(*) FROM (" + select_doubled_keys(plan, part) + " LIMIT 1)",
                          k_failed));
    if (found == 0) return {};
    return fail(ErrorCode::kDataRefused,
                "Some keys of " + plan.write.table + " (" + join(plan.write.key, ", ") +
                    ") are there more than once.",
                "Mend them at the source, or take a key that tells the rows apart.");
  };
  DECANT_TRY(for_each_key_part(Dialect::kDuckDb, rows, look));
  return {};
}

}  // namespace

Status check_key(Connection& connection, const EntityPlan& plan) {
  DECANT_TRY(refuse_null_keys(connection, plan));
  return refuse_equal_keys(connection, plan);
}

}  // namespace decant::duck
