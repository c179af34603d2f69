#include "common/connector/release_sql.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/temporary_table.h"

namespace decant {
namespace {

constexpr std::size_t k_values_of_statement = 1'000;

std::string listed_in(Dialect dialect) { return temporary(dialect, "decant_released"); }

void list_owners(Dialect dialect, const std::vector<std::int64_t>& owners,
                 std::vector<std::string>& out) {
  out.push_back("CREATE TEMPORARY TABLE " + listed_in(dialect) + " (decant_owner BIGINT)" +
                (dialect == Dialect::kPostgres ? " ON COMMIT DROP" : ""));
  for (std::size_t begin = 0; begin < owners.size(); begin += k_values_of_statement) {
    const std::size_t end = std::min(owners.size(), begin + k_values_of_statement);
    std::string values;
    for (std::size_t i = begin; i < end; ++i)
      values += (i == begin ? "(" : ", (") + std::to_string(owners[i]) + ")";
    out.push_back("INSERT INTO " + listed_in(dialect) + " VALUES " + values);
  }
}

const std::string k_count_by_owners =
    "SELECT decant_w.decant_owner, decant_k.decant_owner, count(*) FROM ";
const std::string k_of_others =
    " WHERE decant_k.decant_owner NOT IN (0, decant_w.decant_owner) GROUP BY 1, 2";

std::string waits_behind(const EntityPlan& plan, std::string_view ledger_schema) {
  return quote_table(wait_table_name(ledger_schema, plan)) + " AS decant_w JOIN " +
         quote_table(key_table_name(ledger_schema, plan)) + " AS decant_k ON " +
         same_key(plan, "decant_w.", "decant_k.");
}

}  // namespace

std::vector<std::string> release_claims(Dialect dialect, const EntityPlan& plan,
                                        std::string_view ledger_schema,
                                        const std::vector<std::int64_t>& owners) {
  const std::string keys = quote_table(key_table_name(ledger_schema, plan));
  const std::string waits = quote_table(wait_table_name(ledger_schema, plan));
  const std::string released =
      "decant_owner IN (SELECT decant_g.decant_owner FROM " + listed_in(dialect) + " AS decant_g)";
  std::vector<std::string> out;
  list_owners(dialect, owners, out);
  out.push_back("UPDATE " + waits + " AS decant_w SET decant_free = TRUE FROM " + keys +
                " AS decant_k WHERE NOT decant_w.decant_free AND decant_k." + released + " AND " +
                same_key(plan, "decant_w.", "decant_k."));
  out.push_back("DELETE FROM " + waits + " WHERE " + released);
  // A key that somebody else claims, too, is theirs.
  out.push_back("DELETE FROM " + keys + " AS decant_k USING " + keys +
                " AS decant_o WHERE decant_k." + released + " AND NOT decant_o." + released +
                " AND " + same_key(plan, "decant_o.", "decant_k."));
  out.push_back("UPDATE " + keys + " SET decant_owner = 0 WHERE " + released);
  out.push_back("DROP TABLE " + listed_in(dialect));
  return out;
}

std::string take_released(const EntityPlan& plan, const std::string& key_table,
                          const std::string& rows) {
  return "DELETE FROM " + quote_table(key_table) + " AS decant_k USING (" + rows +
         ") AS decant_s WHERE decant_k.decant_owner = 0 AND " +
         same_key(plan, "decant_k.", "decant_s.");
}

std::string select_waits_behind(const EntityPlan& plan, std::string_view ledger_schema) {
  return k_count_by_owners + waits_behind(plan, ledger_schema) + k_of_others;
}

std::string select_ties_behind(const EntityPlan& plan, std::string_view ledger_schema) {
  return k_count_by_owners + waits_behind(plan, ledger_schema) + " JOIN " +
         quote_table(plan.write.table) + " AS decant_t ON " +
         same_key(plan, "decant_t.", "decant_w.") +
         " AND decant_w.decant_by = " + quote_literal(plan.write.latest_by) + " AND decant_t." +
         quote_identifier(plan.write.latest_by) + " IS NOT DISTINCT FROM decant_w.decant_latest" +
         k_of_others;
}

}  // namespace decant
