#include "common/connector/rival_sql.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/present_sql.h"
#include "common/connector/surplus_sql.h"
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

// Whether row `a` comes before row `b` by its columns, as order_by_columns orders them.
std::string comes_before(Dialect dialect, const EntityPlan& plan, const std::string& a,
                         const std::string& b) {
  std::string out = "FALSE";
  const EntityPlan judged = judged_columns(plan);
  for (auto column = judged.columns.rbegin(); column != judged.columns.rend(); ++column) {
    const TypeKind kind = column->type.kind;
    const bool as_text = kind == TypeKind::kText || kind == TypeKind::kJson;
    const auto value = [&](const std::string& alias) {
      const std::string name = alias + quote_identifier(column->name);
      if (!as_text) return name;
      return "CAST(" + name + " AS TEXT)" +
             (dialect == Dialect::kPostgres ? " COLLATE \"C\"" : std::string());
    };
    const std::string less = "coalesce(" + value(a) + " < " + value(b) + ", " + value(a) +
                             " IS NOT NULL AND " + value(b) + " IS NULL)";
    out = "(" + less + " OR (" + value(a) + " IS NOT DISTINCT FROM " + value(b) + " AND " + out +
          "))";
  }
  return out;
}

// Whether the table's row `t` holds the key against the staged row `s`.
std::string table_stays(const LoadSqlInput& input) {
  const EntityPlan& plan = input.plan->entity;
  const std::string by_columns = "NOT " + comes_before(input.dialect, plan, "s.", "t.");
  if (!has_latest(plan)) return by_columns;
  const std::string of_table = latest_of(plan, "t.");
  const std::string of_stage = latest_of(plan, "s.");
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

// Whether `w` waits by the same column, and that value is known.
std::string waits_by(const EntityPlan& plan) {
  return "w.decant_by = " + quote_literal(plan.write.latest_by);
}

constexpr std::string_view k_is_kept =
    "NOT EXISTS (SELECT 1 FROM decant_refused AS x WHERE x.decant_row = r.decant_row)";

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
  std::string order = latest_first("c.") + "c.decant_row";
  if (upserts) {
    const std::string by_columns = order_by_columns(input.dialect, judged_columns(plan), "c.");
    order = "c.decant_rank, " + latest_first("c.") +
            (by_columns.empty() ? std::string() : by_columns + ", ") + "c.decant_row";
  } else if (plan.write.reject_duplicates) {
    // As among the rows of a first load, whose order the table does not know.
    order = order_by_columns(input.dialect, plan, "c.") + ", c.decant_row";
  }
  return "CREATE TEMPORARY TABLE decant_refused AS WITH k AS (SELECT " + keys + " FROM (" + staged +
         ") AS s GROUP BY " + keys + " HAVING count(*) > 1) SELECT decant_row, CAST(" +
         quote_literal(by_latest ? "superseded" : "unique") +
         " AS TEXT) AS decant_rule FROM (SELECT c.decant_row, row_number() OVER (PARTITION BY " +
         keys_of(plan, "c.") + " ORDER BY " + order +
         ") AS decant_place FROM (SELECT s1.*, row_number() OVER (PARTITION BY " +
         keys_of(plan, "s1.") + ", s1.decant_chunk ORDER BY " + latest_first("s1.") +
         "s1.decant_row) AS decant_rank FROM (" + staged + ") AS s1 JOIN k ON " +
         same_key(plan, "k.", "s1.") + ") AS c) AS ranked WHERE decant_place > 1";
}

namespace {

// Somebody took the row out of the table that another chunk claims, and ours waited behind it: it
// takes its place and the claim, and that chunk is judged again. Both would claim the key else. Who
// waits is asked first: mostly nobody does, and the claims, which are many, are not looked at.
std::string claims_without_a_row(const LoadSqlInput& input, const std::string& staged) {
  const EntityPlan& plan = input.plan->entity;
  return "INSERT INTO decant_rivals SELECT s.decant_row, s.decant_chunk, " + keys_of(plan, "s.") +
         ", NULL, FALSE, FALSE, k." + k_owner + " FROM (" + staged + ") AS s JOIN " +
         quote_table(input.key_table) + " AS k ON " + same_key(plan, "k.", "s.") + " WHERE k." +
         k_owner + " NOT IN (0, " + owners_of(input) + ") AND EXISTS (SELECT 1 FROM " +
         waits_of(input) + " AS w WHERE " + same_key(plan, "w.", "s.") +
         ") AND NOT EXISTS (SELECT 1 FROM " + quote_table(plan.write.table) + " AS t WHERE " +
         same_key(plan, "t.", "s.") + ")";
}

}  // namespace

std::vector<std::string> refuse_by_rivals(const LoadSqlInput& input, const std::string& staged) {
  const EntityPlan& plan = input.plan->entity;
  const std::string later =
      has_latest(plan) ? is_later(latest_of(plan, "t."), latest_of(plan, "s.")) : "FALSE";
  std::vector<std::string> out;
  std::string met = "CREATE TEMPORARY TABLE decant_met AS SELECT s.decant_row, s.decant_chunk, " +
                    keys_of(plan, "s.") + ", " + latest_of(plan, "t.") + " AS decant_latest, " +
                    later + " AS decant_is_later, " + table_stays(input) +
                    " AS decant_stays FROM (" + staged + ") AS s JOIN " +
                    quote_table(plan.write.table) + " AS t ON " + same_key(plan, "t.", "s.");
  if (!input.key_table.empty()) {
    met += " WHERE NOT EXISTS (SELECT 1 FROM " + quote_table(input.key_table) + " AS k WHERE k." +
           k_owner + " IN (0, " + owners_of(input) + ") AND " + same_key(plan, "k.", "s.") + ")";
  }
  out.push_back(std::move(met));
  const std::string rivals = "CREATE TEMPORARY TABLE decant_rivals AS SELECT m.*, ";
  if (input.key_table.empty()) {
    out.push_back(rivals + "CAST(NULL AS BIGINT) AS " + k_owner +
                  " FROM decant_met AS m WHERE FALSE");
  } else {
    out.push_back(rivals + "k." + k_owner + " FROM decant_met AS m JOIN " +
                  quote_table(input.key_table) + " AS k ON " + same_key(plan, "k.", "m."));
    out.push_back(claims_without_a_row(input, staged));
  }
  out.push_back("INSERT INTO decant_refused SELECT DISTINCT r.decant_row, " +
                quote_literal(has_latest(plan) ? "superseded" : "unique") +
                " FROM decant_rivals AS r WHERE r.decant_stays");
  // A row that is nobody's of ours.
  out.push_back(
      "INSERT INTO decant_refused SELECT m.decant_row, 'superseded' FROM decant_met AS m WHERE "
      "m.decant_is_later AND NOT EXISTS (SELECT 1 FROM decant_rivals AS r WHERE r.decant_row = "
      "m.decant_row)");
  return out;
}

std::string select_rivals(const LoadSqlInput& input) {
  const EntityPlan& plan = input.plan->entity;
  if (has_latest(plan)) return {};  // who loses is no reject
  std::string columns;
  for (const ColumnPlan& column : plan.columns) columns += ", t." + quote_identifier(column.name);
  return "SELECT r.decant_chunk, CAST('moved' AS TEXT) AS decant_rule, CAST(0 AS BIGINT) AS "
         "decant_row" +
         columns + " FROM decant_rivals AS r JOIN " + quote_table(plan.write.table) + " AS t ON " +
         same_key(plan, "t.", "r.") + " WHERE r.decant_stays LIMIT " +
         std::to_string(k_max_key_places);
}

namespace {

// Claims of other chunks that rows of these take over: those wait, and are free.
std::vector<std::string> take_over(const LoadSqlInput& input) {
  const EntityPlan& plan = input.plan->entity;
  const Latest latest = latest_values(plan, "r.decant_latest");
  return {"INSERT INTO " + waits_of(input) + " (" + keys_of(plan, "") + ", " + k_owner + ", " +
              latest.columns + "decant_free) SELECT " + keys_of(plan, "r.") + ", r." + k_owner +
              ", " + latest.values + "TRUE FROM decant_rivals AS r WHERE " + std::string(k_is_kept),
          "DELETE FROM " + quote_table(input.key_table) +
              " AS k USING decant_rivals AS r WHERE k." + k_owner + " = r." + k_owner + " AND " +
              same_key(plan, "k.", "r.") + " AND " + std::string(k_is_kept)};
}

// Keys that these chunks have no longer become nobody's, and who waited for them is free.
std::vector<std::string> let_go(const LoadSqlInput& input, const std::string& kept) {
  const EntityPlan& plan = input.plan->entity;
  const std::string keys = quote_table(input.key_table);
  const std::string owners = owners_of(input);
  return {"CREATE TEMPORARY TABLE decant_dropped AS SELECT " + keys_of(plan, "k.") + " FROM " +
              keys + " AS k WHERE k." + k_owner + " IN (" + owners +
              ") AND NOT EXISTS (SELECT 1 FROM (" + kept + ") AS s WHERE " +
              same_key(plan, "s.", "k.") + ")",
          "UPDATE " + waits_of(input) + " AS w SET decant_free = TRUE FROM decant_dropped AS d " +
              "WHERE NOT w.decant_free AND " + same_key(plan, "w.", "d."),
          "INSERT INTO " + keys + " (" + keys_of(plan, "") + ", " + k_owner + ") SELECT DISTINCT " +
              keys_of(plan, "d.") + ", CAST(0 AS BIGINT) FROM " +
              "decant_dropped AS d WHERE NOT EXISTS (SELECT 1 FROM " + keys + " AS k WHERE " +
              same_key(plan, "k.", "d.") + " AND k." + k_owner + " NOT IN (" + owners + "))",
          "DELETE FROM " + keys + " AS k WHERE k." + k_owner + " = 0 AND EXISTS (SELECT 1 FROM (" +
              kept + ") AS s WHERE " + same_key(plan, "s.", "k.") + ")"};
}

// Who waits behind a row that has changed is free, unless the row is later as it is now. Of chunks
// that were loaded under another mapping all rows count as changed: another order may have held.
std::string free_behind_changes(const LoadSqlInput& input, const std::string& kept) {
  const EntityPlan& plan = input.plan->entity;
  const std::string rows = "SELECT " + keys_of(plan, "s.") + ", " + latest_of(plan, "s.") +
                           " AS decant_latest FROM (" + kept + ") AS s";
  std::string changed = rows + " JOIN decant_diff AS d ON d.decant_row = s.decant_row";
  std::string remapped;
  for (const int position : input.plan->remapped)
    remapped += (remapped.empty() ? "" : ", ") + std::to_string(position);
  if (!remapped.empty())
    changed += " UNION ALL " + rows + " WHERE s.decant_chunk IN (" + remapped + ")";
  std::string out = "UPDATE " + waits_of(input) + " AS w SET decant_free = TRUE FROM (" + changed +
                    ") AS n WHERE NOT w.decant_free AND " + same_key(plan, "w.", "n.");
  if (has_latest(plan)) {
    out += " AND NOT coalesce(" + waits_by(plan) + " AND " +
           is_later("n.decant_latest", "w.decant_latest") + ", FALSE)";
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
  const Latest latest = latest_values(plan, greatest(plan, latest_of(plan, "s.")));
  return {"DELETE FROM " + waits_of(input) + " WHERE " + k_owner + " IN (" + owners_of(input) + ")",
          "INSERT INTO " + waits_of(input) + " (" + keys_of(plan, "") + ", " + k_owner + ", " +
              latest.columns + "decant_free) SELECT " + keys_of(plan, "s.") + ", o." + k_owner +
              ", " + latest.values + "FALSE FROM (" + all +
              ") AS s JOIN decant_refused AS r ON r.decant_row = s.decant_row JOIN (VALUES " +
              owners_by_position(*input.plan, input.chunks) + ") AS o(decant_chunk, " + k_owner +
              ") ON o.decant_chunk = s.decant_chunk WHERE NOT EXISTS (SELECT 1 FROM (" + kept +
              ") AS b WHERE b.decant_chunk = s.decant_chunk AND " + same_key(plan, "b.", "s.") +
              ") GROUP BY " + keys_of(plan, "s.") + ", o." + k_owner};
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
  return {"DELETE FROM " + quote_table(input.key_table) + " AS k USING (SELECT " +
          keys_of(plan, "s.") + " FROM (" + kept +
          ") AS s JOIN decant_diff AS d ON d.decant_row = s.decant_row AND d.decant_operation = "
          "'inserted') AS n WHERE k." +
          k_owner + " NOT IN (0, " + owners_of(input) + ") AND " + same_key(plan, "k.", "n.")};
}

std::string select_owners_of_one_key(const EntityPlan& plan, std::string_view ledger_schema) {
  const std::string keys = quote_table(key_table_name(ledger_schema, plan));
  return "SELECT DISTINCT k." + k_owner + " FROM " + keys + " AS k JOIN (" +
         keys_claimed_twice(plan, keys) + ") AS d ON " + same_key(plan, "d.", "k.") + " WHERE k." +
         k_owner + " <> 0";
}

std::string forget_claims_of_one_key(const EntityPlan& plan, std::string_view ledger_schema) {
  const std::string keys = quote_table(key_table_name(ledger_schema, plan));
  return "DELETE FROM " + keys + " AS k USING (" + keys_claimed_twice(plan, keys) +
         ") AS d WHERE " + same_key(plan, "d.", "k.");
}

namespace {

// Somebody made a row that is nobody's of ours an earlier one than what waits behind it.
std::string behind_nobodys_row(const EntityPlan& plan, std::string_view ledger_schema) {
  if (!has_latest(plan)) return {};
  return " OR EXISTS (SELECT 1 FROM " + quote_table(plan.write.table) + " AS t WHERE " +
         same_key(plan, "t.", "w.") + " AND " + waits_by(plan) + " AND " +
         is_later("w.decant_latest", latest_of(plan, "t.")) + " AND NOT EXISTS (SELECT 1 FROM " +
         quote_table(key_table_name(ledger_schema, plan)) + " AS k WHERE k." + k_owner +
         " <> 0 AND " + same_key(plan, "k.", "w.") + "))";
}

}  // namespace

std::string select_owners_to_judge(const EntityPlan& plan, std::string_view ledger_schema) {
  return "SELECT DISTINCT w." + k_owner + " FROM " +
         quote_table(wait_table_name(ledger_schema, plan)) +
         " AS w WHERE w.decant_free OR NOT EXISTS (SELECT 1 FROM " + quote_table(plan.write.table) +
         " AS t WHERE " + same_key(plan, "t.", "w.") + ")" +
         behind_nobodys_row(plan, ledger_schema);
}

}  // namespace decant
