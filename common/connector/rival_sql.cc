#include "common/connector/rival_sql.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/present_sql.h"
#include "common/connector/row_order.h"
#include "common/digest/digest.h"

namespace decant {
namespace {

const std::string k_owner(k_owner_column);

bool has_latest(const EntityPlan& plan) { return !plan.write.latest_by.empty(); }

std::string keys_of(const EntityPlan& plan, std::string_view alias) {
  std::string out;
  for (const std::string& name : plan.write.key)
    out += (out.empty() ? "" : ", ") + std::string(alias) + quote_identifier(name);
  return out;
}

// The value by which the latest of equal keys is told.
std::string latest_of(const EntityPlan& plan, std::string_view alias) {
  if (!has_latest(plan)) return "CAST(NULL AS TEXT)";
  return std::string(alias) + quote_identifier(plan.write.latest_by);
}

// A value is later than none.
std::string is_later(const std::string& a, const std::string& b) {
  return "coalesce(" + a + " > " + b + ", " + a + " IS NOT NULL AND " + b + " IS NULL)";
}

// The plan with the columns by which rows of one key are ordered.
EntityPlan judged_columns(const EntityPlan& plan) {
  EntityPlan judged = plan;
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::erase_if(judged.columns, [&](const ColumnPlan& column) {
    return is_in(plan.write.key, column.name) || is_in(plan.write.keep_on_update, column.name);
  });
  return judged;
}

// Whether the table's row `decant_t` holds the key against the staged row `decant_s`.
std::string table_stays(const LoadSqlInput& input) {
  const EntityPlan& plan = input.plan->entity;
  const std::string by_columns =
      "NOT " + comes_before(input.dialect, judged_columns(plan), "decant_s.", "decant_t.");
  if (!has_latest(plan)) return by_columns;
  const std::string of_table = latest_of(plan, "decant_t.");
  const std::string of_stage = latest_of(plan, "decant_s.");
  return is_later(of_table, of_stage) + " OR (NOT " + is_later(of_stage, of_table) + " AND " +
         by_columns + ")";
}

std::string owners_of(const LoadSqlInput& input) {
  std::string out;
  for (const int position : input.chunks) {
    const ChunkSpec& chunk = input.plan->chunks[static_cast<std::size_t>(position)];
    out += (out.empty() ? "" : ", ") + std::to_string(key_owner(input.plan->job, chunk));
  }
  return out;
}

std::string waits_of(const LoadSqlInput& input) {
  return quote_table(wait_table_name(input.plan->ledger_schema, input.plan->entity));
}

// Of decant_latest, what it is and by which column; without latest_by it stays NULL, whatever its
// type.
struct Latest {
  std::string columns, values;
};

Latest latest_values(const EntityPlan& plan, const std::string& value) {
  if (!has_latest(plan)) return {"decant_by, ", "'', "};
  return {"decant_latest, decant_by, ", value + ", " + quote_literal(plan.write.latest_by) + ", "};
}

// Whether `decant_w` waits by the same column, and that value is known.
std::string waits_by(const EntityPlan& plan) {
  return "decant_w.decant_by = " + quote_literal(plan.write.latest_by);
}

std::string is_kept(const LoadSqlInput& input) {
  return "NOT EXISTS (SELECT 1 FROM " + input.temporary("decant_refused") +
         " AS decant_x WHERE decant_x.decant_row = decant_r.decant_row)";
}

}  // namespace

std::vector<std::string> lock_claims(const LoadSqlInput& input) {
  if (input.dialect == Dialect::kDuckDb || input.key_table.empty()) return {};
  const std::string digest = sha256_hex("decant claims " + input.key_table);
  const auto number = static_cast<std::int64_t>(std::stoull(digest.substr(0, 16), nullptr, 16));
  // Others may be before it with large tasks: it waits as long as they take, as for a turn.
  return {"SELECT set_config('decant.lock_timeout', current_setting('lock_timeout'), true)",
          "SET LOCAL lock_timeout = 0",
          "SELECT pg_advisory_xact_lock(" + std::to_string(number) + ")",
          "SELECT set_config('lock_timeout', current_setting('decant.lock_timeout'), true)"};
}

// Keys are counted first: mostly none is there twice, and nothing has to be sorted.
std::string refuse_equal_keys(const LoadSqlInput& input, const std::string& staged) {
  const EntityPlan& plan = input.plan->entity;
  const bool upserts = input.plan->method == LoadMethod::kUpsert;
  const bool by_latest = upserts && has_latest(plan);
  const std::string keys = keys_of(plan, "");
  const auto latest_first = [&](const std::string& alias) {
    const std::string latest = latest_of(plan, alias);
    // A NULL is older than any value; `IS NULL` sorts FALSE first in both dialects.
    return by_latest ? latest + " IS NULL, " + latest + " DESC, " : std::string();
  };
  // Of a chunk the first row of a key, and among these the one that holds it (see the header).
  std::string order = latest_first("decant_c.") + "decant_c.decant_row";
  if (upserts) {
    const std::string by_columns =
        order_by_columns(input.dialect, judged_columns(plan), "decant_c.");
    order = "decant_c.decant_rank, " + latest_first("decant_c.") +
            (by_columns.empty() ? std::string() : by_columns + ", ") + "decant_c.decant_row";
  } else if (plan.write.reject_duplicates) {
    // As among the rows of a first load, whose order the table does not know.
    order = order_by_columns(input.dialect, plan, "decant_c.") + ", decant_c.decant_row";
  }
  return "CREATE TEMPORARY TABLE " + input.temporary("decant_refused") +
         " AS WITH decant_k AS (SELECT " + keys + " FROM (" + staged + ") AS decant_s GROUP BY " +
         keys + " HAVING count(*) > 1) SELECT decant_row, CAST(" +
         quote_literal(by_latest ? "superseded" : "unique") +
         " AS TEXT) AS decant_rule FROM (SELECT decant_c.decant_row, row_number() OVER (PARTITION "
         "BY " +
         keys_of(plan, "decant_c.") + " ORDER BY " + order +
         ") AS decant_place FROM (SELECT decant_s1.*, row_number() OVER (PARTITION BY " +
         keys_of(plan, "decant_s1.") + ", decant_s1.decant_chunk ORDER BY " +
         latest_first("decant_s1.") + "decant_s1.decant_row) AS decant_rank FROM (" + staged +
         ") AS decant_s1 JOIN decant_k ON " + same_key(plan, "decant_k.", "decant_s1.") +
         ") AS decant_c) AS decant_ranked WHERE decant_place > 1";
}

namespace {

// Somebody took the row out of the table that another chunk claims, and ours waited behind it: it
// takes its place and the claim, and that chunk is judged again. Both would claim the key else. Who
// waits is asked first: mostly nobody does, and the claims, which are many, are not looked at.
std::string claims_without_a_row(const LoadSqlInput& input, const std::string& staged) {
  const EntityPlan& plan = input.plan->entity;
  return "INSERT INTO " + input.temporary("decant_rivals") +
         " SELECT decant_s.decant_row, decant_s.decant_chunk, " + keys_of(plan, "decant_s.") +
         ", NULL, FALSE, FALSE, decant_k." + k_owner + " FROM (" + staged + ") AS decant_s JOIN " +
         quote_table(input.key_table) + " AS decant_k ON " +
         same_key(plan, "decant_k.", "decant_s.") + " WHERE decant_k." + k_owner + " NOT IN (0, " +
         owners_of(input) + ") AND EXISTS (SELECT 1 FROM " + waits_of(input) +
         " AS decant_w WHERE " + same_key(plan, "decant_w.", "decant_s.") +
         ") AND NOT EXISTS (SELECT 1 FROM " + quote_table(plan.write.table) +
         " AS decant_t WHERE " + same_key(plan, "decant_t.", "decant_s.") + ")";
}

}  // namespace

std::vector<std::string> refuse_by_rivals(const LoadSqlInput& input, const std::string& staged) {
  const EntityPlan& plan = input.plan->entity;
  const std::string later =
      has_latest(plan) ? is_later(latest_of(plan, "decant_t."), latest_of(plan, "decant_s."))
                       : "FALSE";
  std::vector<std::string> out;
  std::string met = "CREATE TEMPORARY TABLE " + input.temporary("decant_met") +
                    " AS SELECT decant_s.decant_row, decant_s.decant_chunk, " +
                    keys_of(plan, "decant_s.") + ", " + latest_of(plan, "decant_t.") +
                    " AS decant_latest, " + later + " AS decant_is_later, " + table_stays(input) +
                    " AS decant_stays FROM (" + staged + ") AS decant_s JOIN " +
                    quote_table(plan.write.table) + " AS decant_t ON " +
                    same_key(plan, "decant_t.", "decant_s.");
  if (!input.key_table.empty()) {
    met += " WHERE NOT EXISTS (SELECT 1 FROM " + quote_table(input.key_table) +
           " AS decant_k WHERE decant_k." + k_owner + " IN (0, " + owners_of(input) + ") AND " +
           same_key(plan, "decant_k.", "decant_s.") + ")";
  }
  out.push_back(std::move(met));
  const std::string rivals =
      "CREATE TEMPORARY TABLE " + input.temporary("decant_rivals") + " AS SELECT decant_m.*, ";
  if (input.key_table.empty()) {
    out.push_back(rivals + "CAST(NULL AS BIGINT) AS " + k_owner + " FROM " +
                  input.temporary("decant_met") + " AS decant_m WHERE FALSE");
  } else {
    out.push_back(rivals + "decant_k." + k_owner + " FROM " + input.temporary("decant_met") +
                  " AS decant_m JOIN " + quote_table(input.key_table) + " AS decant_k ON " +
                  same_key(plan, "decant_k.", "decant_m."));
    out.push_back(claims_without_a_row(input, staged));
  }
  out.push_back("INSERT INTO " + input.temporary("decant_refused") +
                " SELECT DISTINCT decant_r.decant_row, " +
                quote_literal(has_latest(plan) ? "superseded" : "unique") + " FROM " +
                input.temporary("decant_rivals") + " AS decant_r WHERE decant_r.decant_stays");
  // A row that is nobody's of ours.
  out.push_back("INSERT INTO " + input.temporary("decant_refused") +
                " SELECT decant_m.decant_row, 'superseded' FROM " + input.temporary("decant_met") +
                " AS "
                "decant_m WHERE "
                "decant_m.decant_is_later AND NOT EXISTS (SELECT 1 FROM " +
                input.temporary("decant_rivals") +
                " AS decant_r WHERE "
                "decant_r.decant_row = "
                "decant_m.decant_row)");
  return out;
}

std::string select_rivals(const LoadSqlInput& input) {
  const EntityPlan& plan = input.plan->entity;
  if (has_latest(plan)) return {};  // who loses is no reject
  std::string columns;
  for (const ColumnPlan& column : plan.columns)
    columns += ", decant_t." + quote_identifier(column.name);
  return "SELECT decant_r.decant_chunk, CAST('moved' AS TEXT) AS decant_rule, CAST(0 AS BIGINT) AS "
         "decant_row" +
         columns + " FROM " + input.temporary("decant_rivals") + " AS decant_r JOIN " +
         quote_table(plan.write.table) + " AS decant_t ON " +
         same_key(plan, "decant_t.", "decant_r.") + " WHERE decant_r.decant_stays LIMIT " +
         std::to_string(k_max_key_places);
}

namespace {

// Claims of other chunks that rows of these take over: those wait, and are free.
std::vector<std::string> take_over(const LoadSqlInput& input) {
  const EntityPlan& plan = input.plan->entity;
  const Latest latest = latest_values(plan, "decant_r.decant_latest");
  return {"INSERT INTO " + waits_of(input) + " (" + keys_of(plan, "") + ", " + k_owner + ", " +
              latest.columns + "decant_free) SELECT " + keys_of(plan, "decant_r.") + ", decant_r." +
              k_owner + ", " + latest.values + "TRUE FROM " + input.temporary("decant_rivals") +
              " AS decant_r WHERE " + is_kept(input),
          "DELETE FROM " + quote_table(input.key_table) + " AS decant_k USING " +
              input.temporary("decant_rivals") + " AS decant_r WHERE decant_k." + k_owner +
              " = decant_r." + k_owner + " AND " + same_key(plan, "decant_k.", "decant_r.") +
              " AND " + is_kept(input)};
}

// Keys that these chunks have no longer become nobody's, and who waited for them is free.
std::vector<std::string> let_go(const LoadSqlInput& input, const std::string& kept) {
  const EntityPlan& plan = input.plan->entity;
  const std::string keys = quote_table(input.key_table);
  const std::string owners = owners_of(input);
  return {"CREATE TEMPORARY TABLE " + input.temporary("decant_dropped") + " AS SELECT " +
              keys_of(plan, "decant_k.") + " FROM " + keys + " AS decant_k WHERE decant_k." +
              k_owner + " IN (" + owners + ") AND NOT EXISTS (SELECT 1 FROM (" + kept +
              ") AS decant_s WHERE " + same_key(plan, "decant_s.", "decant_k.") + ")",
          "UPDATE " + waits_of(input) + " AS decant_w SET decant_free = TRUE FROM " +
              input.temporary("decant_dropped") + " AS decant_d " +
              "WHERE NOT decant_w.decant_free AND " + same_key(plan, "decant_w.", "decant_d."),
          "INSERT INTO " + keys + " (" + keys_of(plan, "") + ", " + k_owner + ") SELECT DISTINCT " +
              keys_of(plan, "decant_d.") + ", CAST(0 AS BIGINT) FROM " +
              input.temporary("decant_dropped") + " AS decant_d WHERE NOT EXISTS (SELECT 1 FROM " +
              keys + " AS decant_k WHERE " + same_key(plan, "decant_k.", "decant_d.") +
              " AND decant_k." + k_owner + " NOT IN (" + owners + "))",
          "DELETE FROM " + keys + " AS decant_k WHERE decant_k." + k_owner +
              " = 0 AND EXISTS (SELECT 1 FROM (" + kept + ") AS decant_s WHERE " +
              same_key(plan, "decant_s.", "decant_k.") + ")"};
}

// Who waits behind a row that has changed is free, unless the row is later as it is now. Of chunks
// that were loaded under another mapping all rows count as changed: another order may have held.
std::string free_behind_changes(const LoadSqlInput& input, const std::string& kept) {
  const EntityPlan& plan = input.plan->entity;
  const std::string rows = "SELECT " + keys_of(plan, "decant_s.") + ", " +
                           latest_of(plan, "decant_s.") + " AS decant_latest FROM (" + kept +
                           ") AS decant_s";
  std::string changed = rows + " JOIN " + input.temporary("decant_diff") +
                        " AS decant_d ON decant_d.decant_row = decant_s.decant_row";
  std::string remapped;
  for (const int position : input.plan->remapped)
    remapped += (remapped.empty() ? "" : ", ") + std::to_string(position);
  if (!remapped.empty())
    changed += " UNION ALL " + rows + " WHERE decant_s.decant_chunk IN (" + remapped + ")";
  std::string out = "UPDATE " + waits_of(input) + " AS decant_w SET decant_free = TRUE FROM (" +
                    changed + ") AS decant_n WHERE NOT decant_w.decant_free AND " +
                    same_key(plan, "decant_w.", "decant_n.");
  if (has_latest(plan)) {
    out += " AND NOT coalesce(" + waits_by(plan) + " AND " +
           is_later("decant_n.decant_latest", "decant_w.decant_latest") + ", FALSE)";
  }
  return out;
}

// PostgreSQL orders some types and has no max() of them.
std::string greatest(const EntityPlan& plan, const std::string& column) {
  const auto latest = std::find_if(
      plan.columns.begin(), plan.columns.end(),
      [&](const ColumnPlan& candidate) { return candidate.name == plan.write.latest_by; });
  const TypeKind kind = latest == plan.columns.end() ? TypeKind::kText : latest->type.kind;
  const bool has_max = kind == TypeKind::kInt64 || kind == TypeKind::kDecimal ||
                       kind == TypeKind::kFloat64 || kind == TypeKind::kDate ||
                       kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
  if (has_max) return "max(" + column + ")";
  return "(array_agg(" + column + " ORDER BY " + column + " DESC NULLS LAST))[1]";
}

// These chunks' own rows that wait: each key once, and none that the chunk claims itself.
std::vector<std::string> write_waits(const LoadSqlInput& input, const std::string& kept,
                                     const std::string& all) {
  const EntityPlan& plan = input.plan->entity;
  const Latest latest = latest_values(plan, greatest(plan, latest_of(plan, "decant_s.")));
  return {
      "DELETE FROM " + waits_of(input) + " WHERE " + k_owner + " IN (" + owners_of(input) + ")",
      "INSERT INTO " + waits_of(input) + " (" + keys_of(plan, "") + ", " + k_owner + ", " +
          latest.columns + "decant_free) SELECT " + keys_of(plan, "decant_s.") + ", decant_o." +
          k_owner + ", " + latest.values + "FALSE FROM (" + all + ") AS decant_s JOIN " +
          input.temporary("decant_refused") +
          " AS decant_r ON decant_r.decant_row = "
          "decant_s.decant_row JOIN (VALUES " +
          owners_by_position(*input.plan, input.chunks) + ") AS decant_o(decant_chunk, " + k_owner +
          ") ON decant_o.decant_chunk = decant_s.decant_chunk WHERE NOT EXISTS (SELECT 1 FROM (" +
          kept + ") AS decant_b WHERE decant_b.decant_chunk = decant_s.decant_chunk AND " +
          same_key(plan, "decant_b.", "decant_s.") + ") GROUP BY " + keys_of(plan, "decant_s.") +
          ", decant_o." + k_owner};
}

std::string keys_claimed_twice(const EntityPlan& plan, const std::string& keys) {
  const std::string key = keys_of(plan, "");
  return "SELECT " + key + " FROM " + keys + " WHERE " + k_owner + " <> 0 GROUP BY " + key +
         " HAVING count(*) > 1";
}

}  // namespace

std::vector<std::string> settle_claims(const LoadSqlInput& input, const std::string& kept,
                                       const std::string& all) {
  std::vector<std::string> out = take_over(input);
  const auto append = [&](std::vector<std::string> more) {
    out.insert(out.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  append(let_go(input, kept));
  out.push_back(free_behind_changes(input, kept));
  append(write_waits(input, kept, all));
  return out;
}

std::vector<std::string> take_claims_over(const LoadSqlInput& input, const std::string& kept) {
  if (chunks_tried_again(input).empty()) return {};
  const EntityPlan& plan = input.plan->entity;
  return {"DELETE FROM " + quote_table(input.key_table) + " AS decant_k USING (SELECT " +
          keys_of(plan, "decant_s.") + " FROM (" + kept + ") AS decant_s JOIN " +
          input.temporary("decant_diff") +
          " AS decant_d ON decant_d.decant_row = decant_s.decant_row "
          "AND decant_d.decant_operation = "
          "'inserted') AS decant_n WHERE decant_k." +
          k_owner + " NOT IN (0, " + owners_of(input) + ") AND " +
          same_key(plan, "decant_k.", "decant_n.")};
}

std::string select_owners_of_one_key(const EntityPlan& plan, std::string_view ledger_schema) {
  const std::string keys = quote_table(key_table_name(ledger_schema, plan));
  return "SELECT DISTINCT decant_k." + k_owner + " FROM " + keys + " AS decant_k JOIN (" +
         keys_claimed_twice(plan, keys) + ") AS decant_d ON " +
         same_key(plan, "decant_d.", "decant_k.") + " WHERE decant_k." + k_owner + " <> 0";
}

std::string forget_claims_of_one_key(const EntityPlan& plan, std::string_view ledger_schema) {
  const std::string keys = quote_table(key_table_name(ledger_schema, plan));
  return "DELETE FROM " + keys + " AS decant_k USING (" + keys_claimed_twice(plan, keys) +
         ") AS decant_d WHERE " + same_key(plan, "decant_d.", "decant_k.");
}

namespace {

// Somebody made a row that is nobody's of ours an earlier one than what waits behind it.
std::string behind_nobodys_row(const EntityPlan& plan, std::string_view ledger_schema) {
  if (!has_latest(plan)) return {};
  return " OR EXISTS (SELECT 1 FROM " + quote_table(plan.write.table) + " AS decant_t WHERE " +
         same_key(plan, "decant_t.", "decant_w.") + " AND " + waits_by(plan) + " AND " +
         is_later("decant_w.decant_latest", latest_of(plan, "decant_t.")) +
         " AND NOT EXISTS (SELECT 1 FROM " + quote_table(key_table_name(ledger_schema, plan)) +
         " AS decant_k WHERE decant_k." + k_owner + " <> 0 AND " +
         same_key(plan, "decant_k.", "decant_w.") + "))";
}

}  // namespace

std::string select_owners_to_judge(const EntityPlan& plan, std::string_view ledger_schema) {
  return "SELECT DISTINCT decant_w." + k_owner + " FROM " +
         quote_table(wait_table_name(ledger_schema, plan)) +
         " AS decant_w WHERE decant_w.decant_free OR NOT EXISTS (SELECT 1 FROM " +
         quote_table(plan.write.table) + " AS decant_t WHERE " +
         same_key(plan, "decant_t.", "decant_w.") + ")" + behind_nobodys_row(plan, ledger_schema);
}

std::string count_claimed_rows(const EntityPlan& plan, std::string_view ledger_schema) {
  return "SELECT decant_k." + k_owner + ", count(*) FROM " + quote_table(plan.write.table) +
         " AS decant_t LEFT JOIN " + quote_table(key_table_name(ledger_schema, plan)) +
         " AS decant_k ON " + same_key(plan, "decant_t.", "decant_k.") + " GROUP BY 1";
}

}  // namespace decant
