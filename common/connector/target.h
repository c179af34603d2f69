// Targets: where rows land. Target is the coordinator's view (tables, keys, read-back, commit of staged tasks);
// TaskLoader is a worker's view (one task, one transaction).
//
// PostgreSQL: each worker loads over its own connection and commits data and ledger rows itself.
// DuckDB: one process, the coordinator, holds the file. A worker's TaskLoader writes an immutable stage file;
// the coordinator's Target inserts it and the ledger rows in one transaction (commit_stage).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/kept_keys.h"
#include "common/connector/load_plan.h"
#include "common/connector/source.h"
#include "common/connector/sql_session.h"
#include "common/job/entity_plan.h"
#include "common/job/slice.h"
#include "common/value/characters.h"
#include "common/value/limits.h"

namespace decant {

struct TargetIdentity {
  std::string engine;    // "PostgreSQL 15.8", "DuckDB 1.4.4"
  std::string host;      // or empty for a file
  std::string database;  // or the file's path
  std::string user;
};

struct RefusedRow {                   // by the target itself, or by upsert/insert rules
  int chunk = 0;
  Reject reject;
  std::string canonical_row;          // so that the loaded digest can be corrected
};

// Takes refused rows one by one as they are found, so that there may be any number of them. An error ends the load.
using TakeRefused = std::function<Status(RefusedRow row)>;

struct LoadOutcome {
  std::vector<ChunkCounts> counts;    // one per chunk of the plan
  // Not empty: nothing was written, and neither rows were refused nor was the ledger called (LoadPlan::rejects_moved_keys).
  std::vector<KeyPlace> keys_elsewhere;
  // Mode upsert: where rows stand that keep some of these out (rival_sql.h) and that another task may let go.
  std::vector<KeyPlace> rivals;
  // Nothing was written, as above: what differs cannot be applied alone, and another loader is to get all rows.
  bool wants_all_rows = false;
  bool staged = false;                // true: nothing is committed yet; `stage_file` holds the rows
  std::string stage_file;
  std::int64_t stage_size_bytes = 0;
};

// Writes ledger rows through `sql` inside the loader's transaction. An error (kFenced) rolls everything back.
using LedgerWrites = std::function<Status(SqlSession& sql, const LoadOutcome& outcome)>;

// A task's stage file, all of whose rows are to be appended (LoadMethod::kAppend).
struct StagedAppend {
  LoadPlan plan;
  std::string stage_file;
  LedgerWrites ledger;
};

class TaskLoader {
 public:
  virtual ~TaskLoader() = default;    // rolls back, removes an unfinished stage file; never commits
  // Rows in the plan's target schema. chunk_of_row[i] is the position of row i's chunk in the plan, or -1: leave it out.
  virtual Status write(const RowBatch& batch, std::span<const int> chunk_of_row) = 0;
  // kReplaceByKey, before the first write(): what the table holds of `chunks` now, as rows of the plan's target schema, so
  // that rows which are there as they are need not be written. Null: all rows are to be written. A caller that has read
  // to the end says write_differences() and gives to write_gone() what is not among its rows, then to write() those that the
  // table does not hold. Rows that cannot be read come as faults; the caller then writes all rows.
  virtual Result<std::unique_ptr<RowSource>> read_chunks(const std::vector<int>& /*chunks*/) {
    return std::unique_ptr<RowSource>();
  }
  virtual Status write_differences() { return {}; }
  virtual Status write_gone(const RowBatch& /*batch*/) { return {}; }
  // Chunks whose content is now complete in this loader and which the method is to be applied to; others stay as they are.
  // Applies, gives all refused rows to `refused`, calls `ledger` in the same transaction, commits. A staging loader
  // closes the stage file, sets `staged`, gives to `refused` what no stage file can hold, and does not call `ledger`. kFenced: nothing happened. kUnreachable with k_commit_unknown in its sqlstate:
  // it may have happened.
  virtual Result<LoadOutcome> finish(const std::vector<int>& chunks, const TakeRefused& refused,
                                     const LedgerWrites& ledger) = 0;
  virtual void cancel() {}            // from another thread
};

// Stands in Error::sqlstate when the connection was lost after COMMIT was sent: whether it happened is not known, and
// the ledger decides, after the fence was bumped.
inline constexpr std::string_view k_commit_unknown = "commit unknown";

class LoaderFactory {
 public:
  virtual ~LoaderFactory() = default;
  virtual Result<std::unique_ptr<TaskLoader>> begin(const LoadPlan& plan) = 0;
  // What the engine cannot hold: such rows are refused before they come to a loader.
  virtual const ValueLimits& limits() const = 0;
  // The characters that the target's texts can hold, for one thread; null where they hold all of them.
  virtual Result<std::unique_ptr<CharacterSet>> characters(const LoadPlan& plan) = 0;
  // Gives `write` a session with the target, outside of a transaction. False, and nothing is done, where workers have
  // none (DuckDB).
  virtual Result<bool> write_ledger(const LoadPlan& plan, const std::function<Status(SqlSession&)>& write) = 0;
};

struct TableShape {
  Schema schema;
  std::vector<std::string> key;       // primary key or the first unique constraint
  std::vector<std::vector<std::string>> unique_keys;  // the columns of each constraint or index that is unique
  std::vector<std::string> loose_columns;  // values that differ may count as equal in them: no exact key (DuckDB)
  bool compares_as_text = false;      // columns of types that are read as text, among themselves (DuckDB)
  bool needs_unique_index = false;    // nothing else keeps two rows with one key out (PostgreSQL)
  std::vector<std::string> required;  // columns that take no NULL and have no default of their own
  std::vector<std::string> generated; // columns that the table computes: not in `schema`, never written
  std::int64_t estimated_rows = 0;
  bool has_rows = false;
  bool is_view = false;
  bool takes_no_rows = false;         // a view without a trigger that does (PostgreSQL)
  bool has_cascading_children = false;
  bool has_delete_trigger = false;
  std::vector<std::string> row_changers;  // what may change or drop rows as they are written: `trigger "halve"`
};

class Target {
 public:
  virtual ~Target() = default;
  virtual TargetIdentity identity() const = 0;
  virtual SqlSession& sql() = 0;
  // nullopt: no such table. kPermission, kUnreachable …
  virtual Result<std::optional<TableShape>> describe(const std::string& table) = 0;
  // The one name of a table, there or not, however a job spells it: the schema in which the
  // target looks for it (or would make it) and its name, as the catalog writes them. What is led,
  // fenced and recorded goes by it.
  virtual Result<std::string> resolve_name(const std::string& table) = 0;
  // kUsage for a column of a type that a table of this engine cannot have. Nothing is asked of the server.
  virtual Status check_types(const EntityPlan& plan) const = 0;
  // Key columns NOT NULL, no key and no index yet. Creates the schema of a dotted name if it is absent.
  virtual Status create_table(const EntityPlan& plan) = 0;
  // Builds the key after the load (idempotent). kDataRefused when it cannot be: keys that rows share, or without a value.
  virtual Status build_key(const EntityPlan& plan) = 0;
  // What of that takes long and leaves others to read the table: its index, which build_key finds. Nothing where no
  // index keeps a key. Errors as there.
  virtual Status build_key_index(const EntityPlan& plan) = 0;
  // After a load: the table's statistics, and sequences that feed its columns moved past what was loaded. Sentences on
  // what of that could not be done; the rows are as they should be.
  virtual Result<std::vector<std::string>> analyze(const std::string& table) = 0;
  // Rows of the table as `plan.target_schema()`, in no order: all of them, or those of one store and range.
  virtual Result<std::unique_ptr<RowSource>> read_table(const EntityPlan& plan) = 0;
  // Extents that together are the whole table, for read-back by workers; empty: the coordinator reads it itself.
  virtual Result<std::vector<Extent>> read_back_extents(const EntityPlan& plan, int parts) = 0;
  // DuckDB: applies a stage file by the plan's method to `chunks`, with the ledger rows, in one transaction.
  virtual Result<LoadOutcome> commit_stage(const LoadPlan& plan, const std::string& stage_file,
                                           const std::vector<int>& chunks, const TakeRefused& refused,
                                           const LedgerWrites& ledger) = 0;
  // DuckDB: appends what several tasks staged for one table, with the ledger rows of each, in one transaction: all or
  // none. An error does not say whose it is; commit_stage() of each task does.
  virtual Status commit_appends(const std::vector<StagedAppend>& tasks) = 0;
  // Rows of a SELECT that gives the plan's columns under their names, as `plan.target_schema()`; with `has_chunk` the
  // column decant_chunk after them. Over the session, in its transaction: nothing else may be asked of it until the
  // rows are read or dropped.
  virtual Result<std::unique_ptr<RowSource>> read_query(const EntityPlan& plan, const std::string& sql,
                                                        bool has_chunk) = 0;
  // The table that keeps pre-images of `table` (load_sql.h), made where there is none that fits `table_columns`.
  // Outside of a transaction.
  virtual Result<std::string> ensure_undo_table(const std::string& ledger_schema, const std::string& table,
                                                const std::vector<std::string>& table_columns) = 0;
  // The table that keeps the keys which chunks claim (key_sql.h); empty for an entity that keeps none. Outside of a
  // transaction.
  virtual Result<std::string> ensure_key_table(const std::string& ledger_schema, const EntityPlan& plan) = 0;
  // What that table is like, for who may only look. Of an entity that keeps keys.
  virtual Result<KeptKeys> kept_keys(const std::string& ledger_schema, const EntityPlan& plan) = 0;
  // The rows of a query that a person wrote, asked in a transaction of its own that can write nothing. kUsage for
  // several statements, and for one that gives no rows (COMMIT, SET). Outside of a transaction.
  virtual Result<std::vector<SqlRow>> run_check(const std::string& sql) = 0;
  // Deletes all rows of a table (reset), in the session's open transaction. Rows deleted.
  virtual Result<std::int64_t> empty_table(const std::string& table) = 0;
  // Workers connect to the target themselves (PostgreSQL), or stage for this process (DuckDB).
  virtual bool workers_load() const = 0;
  // A further session with the same database, for a thread of its own; empty where opening the target again gives one.
  virtual Result<std::unique_ptr<SqlSession>> second_session() { return std::unique_ptr<SqlSession>(); }
  // From any thread: the statement under way ends with kCancelled. Later ones may too until renew(), which belongs to
  // the session's own thread.
  virtual void cancel() {}
  virtual void renew() {}
};

}  // namespace decant
