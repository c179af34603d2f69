// The SQL by which a task's staged rows enter a table that has rows already, for both dialects.
// Pure: text in, text out.
//
// The stage is any relation with the plan's columns under their target names, `decant_chunk`
// (INTEGER, the chunk's position in the plan) and `decant_row` (BIGINT, unique, in the order of the
// source): a temporary table in PostgreSQL, decant_stage(['…']) in DuckDB. Within one transaction
// the caller runs `prepare`, reads `refused` and `counts`, runs `apply` (pre-images before
// changes), writes the ledger, runs `keys` and `clean` and commits.
//
// Only rows of the given chunks' store and range are ever deleted; upsert and insert find rows by
// key alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/load_plan.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"
#include "common/job/slice.h"

namespace decant {

// Columns of the stage and of the undo tables. The prefix keeps them apart from the columns of any
// table.
inline constexpr std::string_view k_chunk_column = "decant_chunk";
inline constexpr std::string_view k_row_column = "decant_row";
// Undo tables: these four (TEXT, BIGINT, TEXT the chunk's name, TEXT one of the operations), then
// the table's columns.
inline constexpr std::string_view k_undo_run = "decant_run_id";
inline constexpr std::string_view k_undo_task = "decant_task_id";
inline constexpr std::string_view k_undo_chunk = "decant_chunk";
inline constexpr std::string_view k_undo_operation = "decant_operation";
// Operations: what was done to the row. The undo row holds the row as it was before, or as it was
// inserted.
inline constexpr std::string_view k_deleted = "deleted";
inline constexpr std::string_view k_updated = "updated";
inline constexpr std::string_view k_inserted = "inserted";

inline constexpr int k_max_key_places = 20'000;

// How values of other unique keys than the entity's go from row to row (unique_sql.h). PostgreSQL
// judges an UPDATE row by row, so that two rows cannot change places in it.
enum class UniqueMoves : std::uint8_t {
  kInPlace,   // by the UPDATE
  kParked,    // which finds them set to NULL by another one before it
  kReplaced,  // the rows are deleted and inserted by one statement
};

// The chunk of staged rows that are the table's own, as they were: rows that the source does not
// have, or not as they are (LoadSqlInput::stage_is_difference).
inline constexpr int k_gone_chunk = -1;

struct LoadSqlInput {
  Dialect dialect = Dialect::kPostgres;
  const LoadPlan* plan = nullptr;
  std::string stage;        // the relation as it stands in FROM, quoted
  std::vector<int> chunks;  // positions in plan->chunks that are applied
  std::vector<std::string>
      table_columns;       // all that can be written, also those the plan does not fill: pre-images
  std::string undo_table;  // dotted; see undo_table_name
  std::string key_table;   // dotted; see key_sql.h. Empty: no keys are kept
  // DuckDB: those that a key or an index is over. It deletes and inserts a row of which an UPDATE
  // names one, even with the value that it has, and refuses that where others refer to the row.
  std::vector<std::string> indexed_columns = {};
  std::vector<std::string> fixed_columns = {};  // filled by the plan; see fixed_columns.h
  // The columns of the table's unique constraints and indexes, the key's among them.
  std::vector<std::vector<std::string>> unique_keys = {};
  // PostgreSQL: columns that may hold no value, and whether the key's collation may take two
  // spellings for one.
  std::vector<std::string> nullable_columns = {};
  bool key_is_loose = false;
  // PostgreSQL: columns of which an UPDATE changes rows of other tables (references.h), and a
  // relation of the keys of rows that the table refuses (LoadPlan::lets_go); empty: there are none.
  std::vector<std::string> followed_columns = {};
  std::string refused_keys = {};
  UniqueMoves unique_moves = UniqueMoves::kInPlace;
  // kReplaceByKey: rows that the table holds as the source does are not staged; those that it holds
  // otherwise, or that the source does not have, are, with k_gone_chunk. Others of the table are
  // none of the diff's.
  bool stage_is_difference = false;
  // PostgreSQL: columns of which a cast to text says something else than what they hold
  // (written_text.h).
  std::vector<std::string> bent_columns = {};
  // DuckDB: columns with arrays of a fixed size, and their types with lists in the place of these,
  // as whose text their values are staged.
  std::map<std::string, std::string> array_columns = {};

  // "decant_diff" with its place, which keeps it apart from tables of that name in the target.
  std::string temporary(std::string_view name) const;
};

struct LoadStatements {
  std::vector<std::string>
      prepare;  // temporary tables: decant_refused, decant_diff, and what these are found by
  // Rows: decant_chunk, rule ("unique" or "superseded"), decant_row, then the plan's columns in
  // order. Empty: none can be.
  std::string refused;
  // Rows of the table outside of the chunks whose keys the chunks would insert: decant_chunk, rule
  // ("moved"), 0, then the plan's columns in order, at most k_max_key_places. Empty: none can be.
  std::string elsewhere;
  // kUpsert: in the same form, rows of other chunks that keep refused ones out. Empty: of equal
  // keys the latest counts.
  std::string rivals;
  std::string counts;  // rows: decant_chunk, operation, number of rows
  std::vector<std::string> apply;
  std::vector<std::string> keys;  // after apply: which keys the chunks hold now
  std::vector<std::string> clean;
};

// Statements for plan->method. kAppend is the plain INSERT of the stage.
//   kReplaceByKey  deletes rows of the chunks that the stage lacks, updates those that differ,
//   inserts new ones; keeps all
//                  three as pre-images. Of equal keys in the stage the first stays, the others are
//                  refused ("unique").
//   kReplaceRange  deletes all rows of the chunks, keeps them, inserts the stage. Of a chunk that
//   is tried again and
//                  whose rows are all staged, only what is missing is inserted (present_sql.h).
//   kUpsert        inserts or updates by key, leaving keep_on_update columns alone; which of equal
//   keys stays,
//                  in the stage and against rows of other chunks: see rival_sql.h.
//   kInsert        inserts; a key that is in the table and not the chunk's own, or earlier in the
//   stage, is refused
//   ("unique").
LoadStatements load_statements(const LoadSqlInput& input);

// <ledger_schema>.undo_<12 hex digits of the table's SHA-256>; `version` > 1 adds _2, _3 … for a
// table whose columns have changed since.
std::string undo_table_name(std::string_view ledger_schema, std::string_view table,
                            int version = 1);

// CREATE TABLE IF NOT EXISTS of an undo table with the columns of `table`, without its constraints.
std::string create_undo_table(Dialect dialect, const std::string& undo_table,
                              const std::string& table,
                              const std::vector<std::string>& table_columns);

// The text of a column of the table, as `value` stands in SQL, in the form in which texts are
// staged.
std::string text_of_table(const LoadSqlInput& load, const std::string& column,
                          const std::string& value);

// A store's name as a literal of the store column's type: a number or a UUID is compared as one, so
// that its index serves.
std::string store_literal(const EntityPlan& plan, const std::string& store);

// Conditions on the store column of a row, under no alias: that it says this store, or one of
// these, of which there is one at least, and no other that the column's type or collation calls
// equal.
std::string is_of_store(Dialect dialect, const EntityPlan& plan, const std::string& store);
std::string is_of_stores(Dialect dialect, const EntityPlan& plan,
                         const std::vector<std::string>& stores);

// Condition that picks the rows of one chunk from the table under `alias` (may be empty); "TRUE"
// when it is everything, and the entity has no ranges.
std::string chunk_condition(Dialect dialect, const EntityPlan& plan, const ChunkSpec& chunk,
                            std::string_view alias = {});

// SELECT of the rows of several chunks in one pass per kind of limit: decant_chunk, then
// `select_list`, in which the table is `decant_t`. Limits are compared through a VALUES join, so
// that an index on store and range is used.
std::string select_chunk_rows(Dialect dialect, const LoadPlan& plan, const std::vector<int>& chunks,
                              const std::string& select_list);
// Of all chunks of the input.
std::string select_chunk_rows(const LoadSqlInput& input, const std::string& select_list);

// SELECT of the same rows without their chunks, each once. Where their limits follow each other, or
// are few, they are compared one by one: a join is dear where all of a table is read.
std::string select_rows_of_chunks(Dialect dialect, const LoadPlan& plan,
                                  const std::vector<int>& chunks, const std::string& select_list);

// DELETE of the same rows, a statement per kind of limit. `also` is a further condition, with AND
// in front, which may speak of decant_s.decant_chunk.
std::vector<std::string> delete_chunk_rows(const LoadSqlInput& input, const std::string& also = {});

}  // namespace decant
