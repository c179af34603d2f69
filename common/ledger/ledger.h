// The ledger: tables in the target that say what has been loaded, with which digest, by whom
// (DESIGN 7, FORMAT.md).
//
// One implementation over SqlSession serves PostgreSQL and DuckDB; the dialects differ in a few
// words. Nothing here looks at a clock but the database's. A Ledger belongs to one thread, as its
// session does.
//
// The fence guards the unit that is handed out, the task: a task's transaction ends with
// commit_task, which only succeeds while the task is `assigned` under that fence. To take a task
// back the coordinator calls bump_fence first and reads the batches in a later statement
// (MESSAGING.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/connector/chunk_totals.h"
#include "common/connector/load_plan.h"
#include "common/connector/sql_session.h"
#include "common/job/slice.h"
#include "common/ledger/reject_spool.h"

namespace decant {

inline constexpr int k_ledger_format_version = 4;
// Of a task that went over the limit so many rejects are kept.
inline constexpr std::int64_t k_max_kept_rejects = 10'000;
// How long taking a task back, or a leader's start, waits for a commit in progress.
inline constexpr int k_ledger_lock_timeout_ms = 10'000;

// A takeover waits so long for rows that others hold, twice before it ends sessions. A commit in
// progress is over by then, unless its session sleeps.
inline constexpr int k_takeover_lock_timeout_ms = 1'000;

enum class LedgerPresence { kAbsent, kCurrent, kOlder, kNewer };

enum class TableState { kLoading, kKeying, kKeyed, kVerified };

struct TableRecord {
  std::string table;
  std::string job;
  std::string entity;
  TableState state = TableState::kLoading;
  bool made_by_us = false;  // created, or found empty, by the run that loads it first
  std::string fingerprint;  // of the mapping
};

struct RunRecord {
  RunId run;
  std::string job;
  std::string command;               // masked
  std::string range;                 // "2024-08 .. 2024-10", for people
  std::string state;                 // running, done, failed, interrupted, differs
  std::string started_at, ended_at;  // database time, ISO text
  std::string coordinator;           // host:pid
  std::string work;                  // digest of what it was asked to do; empty: adopts nothing
  std::string summary;               // how it ended, as RunSummary writes it (JSON)
};

// How a run is doing that has not ended, on the database's clock.
struct RunPulse {
  std::string progress;              // as its leader told last; empty: nothing yet
  std::int64_t progress_age_ms = 0;  // since then
  bool leads = false;                // its lease has not run out
  Epoch epoch;                       // under which it leads, or did last
  std::string lease_until;           // database time, ISO text; empty: it leads no table any more
};

// Who leads a table, or did last.
struct LeaderRecord {
  std::string table;
  Epoch epoch;
  RunId run;  // empty: nobody ever did
  std::string job;
  std::string holder;                 // host:pid@machine of its coordinator
  std::string taken_at, lease_until;  // database time, ISO text
  bool leads = false;                 // the lease has not run out
  // What is recorded of the run: `running` until it has ended by itself.
  std::string state, work, summary;
};

// The live content of a chunk: the sum of its batches with status loaded.
struct ChunkRecord {
  ChunkSpec spec;
  std::string job;
  std::string table;
  std::string state;  // planned, loaded, failed; derived from batches and the last error
  std::int64_t batch_count = 0;
  std::int64_t rows_read = 0;
  std::int64_t rows_rejected = 0;
  std::int64_t rows_superseded = 0;
  ChunkTotals accepted;
  ChunkTotals loaded;
  std::vector<std::string>
      sum_names;            // of `sums` in accepted and loaded: those that all its batches have
  std::string fingerprint;  // of its batches; empty when they differ or there are none
  std::string last_error;   // empty once a later batch went well
};

struct TaskRecord {
  TaskId id;
  Fence fence;
  std::string state;  // planned, assigned, committed, abandoned
  std::string worker;
};

// A task of an earlier run that its worker may still be at: `assigned`, and left so by take_over().
struct OpenTask {
  RunId run;
  TaskId id;
  Fence fence;
  std::string table;
  std::string worker;
};

struct BatchRecord {
  ChunkSpec chunk;
  bool skipped = false;
  bool replaces = false;  // the chunk's earlier batches are voided by this one
  std::string snapshot;   // what its store's source was read under; empty where it has none
  // It read nothing: it takes rows out of what earlier batches loaded, so its `loaded` is negative.
  bool corrects = false;
  std::int64_t rows_read = 0;
  std::int64_t rows_rejected = 0;
  std::int64_t rows_superseded = 0;
  ChunkTotals accepted;
  ChunkTotals loaded;
  ChunkCounts counts;
};

// All that a task's transaction writes into the ledger.
struct TaskCommit {
  RunId run;
  std::string job;
  std::string table;
  std::string entity;
  TaskId task;
  Fence fence;
  std::string worker;
  std::string fingerprint;
  std::vector<std::string> sum_names;
  std::vector<BatchRecord> batches;
  EachReject rejects;  // chunks are positions in `batches`; empty: there are none
  std::int64_t duration_ms = 0;
};

// Under what a leader writes: its run and epoch, and the table that it leads. Each write checks
// first, in its own transaction, that the run still leads the table under that epoch (kFenced), and
// in PostgreSQL holds off whoever would take it over until the write is committed.
struct Mandate {
  RunId run;
  Epoch epoch;
  std::string table;
};

// A task that met more rejects than the job allows: nothing of it is loaded.
struct RefusedTask {
  RunId run;
  std::string job;
  std::string table;
  std::string entity;
  TaskId task;
  Fence fence;
  std::string worker;
  std::vector<ChunkSpec> chunks;
  std::int64_t rows_read = 0;
  std::int64_t rows_rejected = 0;
  std::string error;
  EachReject rejects;  // chunks are positions in `chunks`; the first k_max_kept_rejects are taken
};

// A person's history of one chunk, newest last (explain).
struct ChunkEvent {
  std::string at;
  std::string run;
  std::string what;  // loaded, skipped, voided, assigned …
  std::string worker;
  std::int64_t rows = 0;
  std::string digest;
};

// What one entity of a job has in a table.
struct TableContent {
  std::string job, entity;
  std::int64_t rows = 0;
};

class Ledger {
 public:
  Ledger(SqlSession& sql, std::string schema) : sql_(sql), schema_(std::move(schema)) {}

  Result<LedgerPresence> presence();
  // Creates the schema or migrates an older one, in one transaction. kUnsupported for a newer one.
  Status prepare();

  // Takes the leadership of every table for `run`: kBusy, naming the other run, job and
  // coordinator, while one of them has a living leader. Then bumps the fence of every unfinished
  // task of earlier runs on them, marks those tasks abandoned and those runs interrupted. All or
  // nothing. A leader whose holder `is_dead` says is gone is taken over before its lease ends;
  // absent: only the lease counts. Where sessions of a leader that may be taken over hold what this
  // waits for, they are ended (PostgreSQL): it may sleep, or its machine be gone.
  using IsDead = std::function<bool(const std::string& holder)>;
  Result<Epoch> take_leadership(const std::vector<std::string>& tables, const RunRecord& run,
                                std::int64_t lease_ms, const IsDead& is_dead = {});
  // The same, but tasks that may be adopted (FORMAT.md, Adoption) are left as they are and given
  // back: those of runs with the same `work` as `run`. Each has to be adopted or fenced off before
  // anything is planned.
  struct Takeover {
    Epoch epoch;
    std::vector<OpenTask> open;
    // Runs of the open tasks, and those that led the tables until now and did not end by
    // themselves.
    std::vector<RunId> continued;
    TaskId last_task;  // the highest number that those runs have given out
  };
  Result<Takeover> take_over(const std::vector<std::string>& tables, const RunRecord& run,
                             std::int64_t lease_ms, const IsDead& is_dead = {});
  // Writes down that the leading run has the task from here on; its fence stays. False: it is not
  // held under that fence any more, nor committed under it. kFenced: the run no longer leads;
  // kTimeout.
  Result<bool> adopt(const RunId& leader, Epoch epoch, const OpenTask& task);
  // Raises the fences of those that nobody has claimed. Waits behind commits in progress; kTimeout
  // after k_ledger_lock_timeout_ms, and then none is raised. kFenced: the run no longer leads.
  Status fence_off(const RunId& leader, Epoch epoch, const std::vector<OpenTask>& tasks);
  // Extends it; kFenced when another leader has taken over.
  Status renew_leadership(const RunId& run, Epoch epoch, std::int64_t lease_ms);
  // Fences off what is unfinished on its tables, so that nobody commits once the run is over, and
  // lets go. A commit that takes longer than k_ledger_lock_timeout_ms is left to the next leader.
  Status release_leadership(const RunId& run, Epoch epoch);

  Status begin_run(const RunRecord& run);
  Status end_run(const RunRecord& run);
  // What is told of a run that goes on, every few seconds; nothing is written once it leads no
  // more.
  Status put_progress(const RunId& run, Epoch epoch, const std::string& progress);
  // kNotFound.
  Result<RunPulse> pulse(const RunId& run);
  Result<std::vector<RunRecord>> runs(const std::string& job, int newest);  // newest first
  // Of those of `tables` that were ever led, in their order; locks nothing.
  Result<std::vector<LeaderRecord>> leaders(const std::vector<std::string>& tables);

  Result<std::optional<TableRecord>> table(const std::string& table);
  Result<std::vector<TableRecord>> tables(const std::string& job);
  // Makes or replaces the record of a table that the mandate's run leads. kFenced.
  Status put_table(const Mandate& mandate, const TableRecord& record);

  // Does `work`, statements of the same session, in a transaction that begins only while the
  // mandate's run leads, and that no other takes the tables over from. kFenced.
  Status in_lead(const Mandate& mandate, const std::function<Status()>& work);

  // Chunks of one entity that were ever planned, with their live content, in order of name.
  Result<std::vector<ChunkRecord>> chunks(const std::string& job, const std::string& entity);
  // Records limits of chunks of the mandate's table; one that is there already keeps its own.
  // kFenced.
  Status put_chunks(const Mandate& mandate, const std::string& job,
                    const std::vector<ChunkSpec>& chunks);
  // Divides a recorded chunk, in the session's open transaction: the first part keeps its number
  // and name, the others are new. `batches`, which may have none, are of the parts in their order
  // and take the place of the chunk's own; task and fence of the commit are not looked at. kFenced;
  // kNotFound when the chunk has other limits by now, or a part's number is taken. The caller rolls
  // back.
  Status split_chunk(const Mandate& mandate, const std::string& job, const ChunkSpec& chunk,
                     const std::vector<ChunkSpec>& parts, const TaskCommit& batches);
  // The error stands until a later batch of the chunk. kFenced; kNotFound.
  Status set_chunk_error(const Mandate& mandate, const std::string& job, const ChunkName& chunk,
                         const std::string& error);

  // Hands tasks out: planned or abandoned -> assigned under the given fence, which must not be
  // below the one that a bump left. All or none; kFenced when the run no longer leads their tables
  // under `epoch`, or a task is held or committed.
  struct Assignment {
    TaskId task;
    Fence fence;
    std::string table;
    std::string worker;
    // The worker may outlive this coordinator, and the task holds its chunks whole.
    bool adoptable = false;
    RunId run = {};  // that planned the task; empty: the run that leads
  };
  Status assign(const RunId& run, Epoch epoch, const std::vector<Assignment>& assignments);
  // Raises the fence of an assigned task, so that its old owner can no longer commit. False: it is
  // committed already. Waits behind a commit in progress; kTimeout after k_ledger_lock_timeout_ms.
  // kFenced: the run no longer leads, or the fence is higher already. `planner` is the run that
  // planned the task, where it was adopted; empty: the one that leads.
  Result<bool> bump_fence(const Mandate& mandate, TaskId task, Fence new_fence,
                          const RunId& planner = {});
  // Ends the sessions (PostgreSQL) in this database of that name, or whose name goes on with a
  // slash: of `decant/RUN/TASK` those of a task, whose uncommitted keys would block the next owner;
  // call it after the bump, before a task is handed out again. Nothing to do in DuckDB.
  // kPermission, kTimeout.
  enum class Patience {
    kNone,
    kUntilTheyEnd
  };  // the latter: kTimeout after k_ledger_lock_timeout_ms
  Status end_backends(const std::string& application_name_prefix,
                      Patience patience = Patience::kUntilTheyEnd);
  Result<std::optional<TaskRecord>> task(const RunId& run, TaskId task);
  // Batches that a committed task wrote, for a result that never arrived.
  Result<std::vector<BatchRecord>> batches_of_task(const RunId& run, TaskId task);

  // The last statements of a task's transaction, on the loader's session: fence check, then batches
  // and rejects. kFenced: no row had that fence; the caller rolls back.
  static Status commit_task(SqlSession& sql, const std::string& schema, const TaskCommit& commit);
  // Keeps the rejects of a task that went over the limit, as those of no batch, in a transaction of
  // its own; what an earlier attempt at the task kept is replaced. kFenced: another owner has it.
  static Status keep_refused(SqlSession& sql, const std::string& schema, const RefusedTask& task);

  // Who has live batches in a table that goes by any of these names, in order of job and entity.
  Result<std::vector<TableContent>> content_of(const std::vector<std::string>& names);
  Result<std::vector<ChunkEvent>> history(const std::string& job, const ChunkName& chunk);
  struct RejectRow {
    std::string chunk, run, source, column, rule, reason, original;
    std::int64_t line = 0;
  };
  Result<std::vector<RejectRow>> rejects(const std::string& job, int most);
  // The first `most` rejects that a task wrote, with the positions in `chunks` of theirs, or -1.
  Status rejects_of_task(const RunId& run, TaskId task, const std::vector<ChunkSpec>& chunks,
                         int most, const TakeReject& take);

  // Lists the keys that a table held more than once: `select` gives rows of key and number of rows.
  // kFenced.
  struct DuplicateKey {
    std::string key;
    std::int64_t rows = 0;
  };
  struct Duplicates {
    std::int64_t keys = 0;
    std::int64_t rows = 0;            // that hold those keys
    std::vector<DuplicateKey> first;  // those of most rows, then in the order of their text
  };
  Result<Duplicates> keep_duplicates(const Mandate& mandate, const TableRecord& table,
                                     const std::string& select, int most);
  // Batches that need no task, and the rejects that go with them: such as correct others, or say
  // that a chunk was found unchanged. The fence of the commit is not looked at. In the session's
  // open transaction. kFenced: the caller rolls back.
  Status commit_as_leader(const Mandate& mandate, const TaskCommit& commit);

  // Reset: voids all live batches of the entity, in the session's open transaction. kFenced: the
  // caller rolls back.
  Status void_batches(const Mandate& mandate, const std::string& job, const std::string& entity);

 private:
  SqlSession& sql_;
  std::string schema_;
};

}  // namespace decant
