// The tables beside an upserted or inserted table that keep values of its rows, `keys_…`
// (key_sql.h) and `waits_…` (rival_sql.h): how they are made, and altered where somebody has
// altered the table, or made it with other types. A value that is kept in an earlier type is
// another value. Pure: types and text in, text out.
//
// `waits_…` is one for a table and its key, whatever `latest_by` says: who waits has to hear of it
// when the row that it waits behind goes, whoever takes it away. Each row says by which column its
// `decant_latest` was read.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/kept_keys.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"

namespace decant {

// As the engine spells both; the collation is empty where it is the one that the type has anyway.
// PostgreSQL does not compare values of two collations that columns name.
struct ColumnType {
  std::string type;
  std::string collation;
  bool operator==(const ColumnType&) const = default;
};

// Of a table's columns, by name; empty where there is no such table.
using ColumnTypes = std::map<std::string, ColumnType>;

// Of the columns that both have, whatever their collations.
bool have_same_types(const std::vector<std::string>& columns, const ColumnTypes& table,
                     const ColumnTypes& kept);

// <ledger_schema>.waits_<12 hex digits of the SHA-256 of table and key>; modes upsert and insert.
std::string wait_table_name(std::string_view ledger_schema, const EntityPlan& plan);
// The name until 22 November 2026, when each latest_by had a table of its own.
std::string earlier_wait_table_name(std::string_view ledger_schema, const EntityPlan& plan);

struct KeyTableTypes {
  ColumnTypes table;
  ColumnTypes keys;
  ColumnTypes waits;
  ColumnTypes earlier_waits;
};

// A kept key that is none of the column's type any more is of a row that is gone: it becomes NULL,
// which is no row's. PostgreSQL has to be told, since it is slow at that.
enum class Casts { kAll, kWhatCanBe };

// What makes both tables fit for the plan; empty where they do. Keys become what the table's own
// have become; who waits by a value of another type is judged again.
std::vector<std::string> fit_key_tables(Dialect dialect, std::string_view ledger_schema,
                                        const EntityPlan& plan, const KeyTableTypes& found,
                                        Casts casts);

// What there is of them, for who may only look.
KeptKeys kept_keys(Dialect dialect, std::string_view ledger_schema, const EntityPlan& plan,
                   const KeyTableTypes& found);

}  // namespace decant
