// The conversation between coordinator and workers as plain data (proto/README.md). The codec
// turns it into protobuf and back; deciders and the simulation use only these structs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/base/shared_names.h"
#include "common/connector/chunk_totals.h"
#include "common/connector/extent.h"
#include "common/connector/load_plan.h"
#include "common/job/entity_plan.h"
#include "common/value/reject.h"

namespace decant {

inline constexpr std::uint32_t k_protocol_major = 2;
inline constexpr std::uint32_t k_protocol_minor = 0;
inline constexpr std::size_t k_max_message_bytes = 8 * 1024 * 1024;
// In one task. Without the longest names and sums, these still make a message that fits.
inline constexpr std::size_t k_most_chunks_of_task = 20'000;
inline constexpr std::size_t k_most_extents_of_task = 20'000;

enum class TaskKind : std::uint8_t {
  kCensus = 1,    // find what there is to load
  kCopy = 2,      // extract, validate, digest, load
  kCompare = 3,   // as kCopy, but load nothing: totals per chunk only
  kReadBack = 4,  // digest extents of the target's table
};

// What a chunk held when it was last loaded; a copy that finds the same loads nothing.
struct PriorContent {
  SetDigest accepted;
  std::string fingerprint;
};

struct TaskChunk {
  ChunkSpec spec;
  std::optional<PriorContent> prior;
  // It is not skipped though it has what it had: the target may take now what it refused then.
  bool is_tried_again = false;
};

// By store: what its source is read under in this run, newest last (snapshot_text.h). Files have
// none.
using SnapshotsOfStores = std::map<std::string, std::vector<std::string>>;

struct Task {
  RunId run;  // that planned it, and that its batches belong to
  TaskId id;
  Fence fence;
  TaskKind kind = TaskKind::kCopy;
  std::string store;     // whose source is read; empty with from_column, and for kReadBack
  EntityPlan plan;       // kCensus: only `entity` is set
  CensusRequest census;  // kCensus; of other kinds only `days`, what the run covers
  std::vector<Extent> extents;
  std::vector<TaskChunk> chunks;  // the chunks it feeds; at most 3,000
  LoadMethod method = LoadMethod::kAppend;
  // True: the extents hold all rows of the chunks, so that a chunk can be compared with its prior
  // content and skipped or replaced. False: the task contributes to chunks that other tasks feed as
  // well (first loads only).
  bool chunks_are_complete = true;
  // Of several tasks that feed the same chunks one records all of them, also those that it has no
  // rows for, so that none is left without a batch; the others record those that they fed.
  bool records_empty_chunks = true;
  // Chunks whose rows the extents hold too and that are not this task's: their rows are passed
  // over.
  std::vector<ChunkSpec> passed_over;
  // Whether rows that have no place in any chunk, such as ragged ones, count to the first of
  // `chunks`; false: another task tells of them.
  bool counts_unplaced = true;
  // See LoadPlan: set where nobody else of the run can have the key.
  bool rejects_moved_keys = false;
  bool lets_go = false, awaits_parents = false;  // see LoadPlan
  SnapshotsOfStores snapshots;                   // of those that it reads (task_stores.h)
  // CensusResult::store_values of these, where it is not empty: who reads a store has to fill in
  // the same.
  std::map<std::string, std::string> store_values;
  // What the run covers, with census.days: rows outside are passed over; rows inside that belong to
  // no chunk are strays.
  SharedNames selected_stores;  // empty: all
};

// What a task did for one chunk; it becomes a row of migration_batches.
struct BatchReport {
  std::int32_t chunk = 0;  // position in Task::chunks
  bool skipped = false;    // content equal to the prior: nothing was written
  // Read is accepted + rejected; with the target's word, loaded + rejected + superseded.
  std::int64_t rows_read = 0;
  std::int64_t rows_rejected = 0;
  std::int64_t rows_superseded = 0;  // another row with the same key counts (latest_by)
  // After our rules, before the target's refusals; kReadBack: what the table holds.
  ChunkTotals accepted;
  ChunkTotals loaded;  // what is in the target now
  ChunkCounts counts;
};

// Rows that belong to no chunk of the task: a new month, a new store.
struct StrayRows {
  std::string store;
  std::string period;
  std::int64_t rows = 0;
};

struct StageTimes {  // milliseconds of work, overlapping in time
  std::int64_t extract_ms = 0;
  std::int64_t convert_ms = 0;
  std::int64_t digest_ms = 0;
  std::int64_t load_ms = 0;
  std::int64_t commit_ms = 0;
  std::int64_t total_ms = 0;
};

enum class TaskOutcome : std::uint8_t {
  kDone = 1,    // committed, or for kinds that write nothing: finished
  kStaged = 2,  // DuckDB: the stage file is complete; the coordinator commits it
  kFenced = 3,  // another owner has the task; nothing was written
  kFailed = 4,
  kCancelled = 5,
  kCommitUnknown = 6,  // the connection was lost after COMMIT was sent
  // Nothing was written: keys of its rows stand in chunks of other tasks (keys_elsewhere).
  kHandedBack = 7,
};

struct TaskResult {
  TaskId task;
  Fence fence;
  TaskOutcome outcome = TaskOutcome::kDone;
  std::optional<Error> error;
  std::vector<BatchReport> batches;
  std::vector<StrayRows> strays;
  // The first few of each store, at most 100, for people.
  std::vector<Reject> rejects;
  // Positions in Task::chunks, one per reject; may be empty.
  std::vector<std::int32_t> chunk_of_reject;
  // DuckDB: all of them (kStaged), or those to be kept of a task that met too many (kFailed), in
  // the stage folder; the coordinator writes them into the ledger. Empty: there are none.
  std::string reject_file;
  std::int64_t rows_read = 0;
  std::int64_t rows_rejected = 0;
  std::vector<KeyPlace> keys_elsewhere;  // kHandedBack
  std::optional<CensusResult> census;
  // By store that was read: the snapshot of the worker's own session, re-exported.
  std::map<std::string, std::string> snapshots;
  std::string stage_file;
  std::int64_t stage_size_bytes = 0;
  StageTimes times;
  std::int64_t peak_memory_bytes = 0;
};

struct TaskInFlight {
  TaskId task;
  Fence fence;
};

// Worker -> coordinator.
struct Hello {
  std::uint32_t major = k_protocol_major;
  std::uint32_t minor = k_protocol_minor;
  std::int32_t slots = 1;
  std::vector<std::string> stores;  // that it can reach; empty: all
  std::string host;
  std::int64_t process_id = 0;
  std::string build_version;
  std::vector<TaskInFlight> in_flight;
};
// How many tasks may be in flight at this worker. Absolute, not "so many more": a Credit that is
// lost, late or repeated does no harm. It is repeated while the worker lives and answered with a
// CreditAck, so that both sides know.
struct Credit {
  std::int32_t tasks = 1;
};
struct Accept {
  TaskId task;
  Fence fence;
};
// Asks for the lease to be renewed. `renewal` counts the requests of one task and comes back in the
// ProgressAck, so that the worker knows since when (its own sending, on its own clock) the lease
// runs.
struct Progress {
  TaskId task;
  Fence fence;
  std::int64_t rows = 0;
  std::string stage;
  std::uint64_t renewal = 0;
};
// A task of an earlier run that this worker holds, or whose result nobody has acknowledged: after a
// Welcome of a coordinator that goes on with that run. Repeated until there is a ClaimAck.
struct Claim {
  Task task;
};
struct Goodbye {
  std::string reason;
};

// Coordinator -> worker.
struct Welcome {
  RunId run;
  std::int64_t lease_ms = 30'000;
  std::string job_text;  // JobSpec::text, credentials unresolved
  std::string job_directory;
  std::string stage_folder;  // DuckDB target
  std::string log_level;
  // Earlier runs of the same work, whose tasks are adopted from those that hold them.
  std::vector<RunId> continued_runs;
};
struct Refusal {  // of a Hello or of a message
  enum class Code : std::uint8_t {
    kVersion = 1,
    kUnknownSession = 2,
    kUnsupported = 3,
    kWrongJob = 4,
    kName = 5
  };
  Code code = Code::kUnsupported;
  std::string text;
};
struct CreditAck {};
struct ProgressAck {
  TaskId task;
  Fence fence;
  bool still_yours = true;
  std::uint64_t renewal = 0;
};
struct ClaimAck {
  TaskId task;
  Fence fence;
  bool adopted = false;  // false: stop it, nobody waits for its result
};
struct ResultAck {
  TaskId task;
  Fence fence;
};
struct Cancel {
  TaskId task;
  Fence fence;
  std::string reason;
};
// Finish what is in flight, take nothing more, say Goodbye.
struct Drain {
  std::string reason;
};

using Body = std::variant<Hello, Credit, Accept, Progress, TaskResult, Goodbye, Welcome, Refusal,
                          Task, ProgressAck, ResultAck, Cancel, Drain, CreditAck, Claim, ClaimAck>;

// One frame. `sequence` counts per sender and incarnation; `epoch` is the leader's (0 from workers
// that know none).
struct Envelope {
  std::string job;
  WorkerName worker;
  Incarnation incarnation;
  Epoch epoch;
  std::uint64_t sequence = 0;
  Body body;
};

}  // namespace decant
