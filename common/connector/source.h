// Sources: where rows come from. One Source is one session with one store's database or folder.
//
// Threads: a Source and the RowSources it opened belong to one thread. A RowSource must not outlive its Source, and
// one at a time is open. Everything is read-only (promise 10).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/extent.h"
#include "common/job/entity_plan.h"
#include "common/job/job_spec.h"
#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant {

class RowSource {
 public:
  virtual ~RowSource() = default;
  // What the batches hold: source names and types, text for files without types.
  virtual std::shared_ptr<const Schema> schema() const = 0;
  // Fills `batch` (reset by the callee) with the next rows, about 4,096. False at the end; then the batch is empty.
  // Rows that cannot be read as rows at all (ragged, broken quotes) are added to `faults` with their place and are
  // not in the batch; they count as read and rejected.
  virtual Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) = 0;
};

struct ReadRequest {
  const EntitySpec* entity = nullptr;
  // Source columns wanted, in this order; the schema of the RowSource has exactly these.
  std::vector<std::string> columns;
  std::string range_column;  // source column that kRange extents cut by
  TypeKind range_kind = TypeKind::kTimestamp;
  Extent extent;
};

class Source {
 public:
  virtual ~Source() = default;
  // Column names and types of what the entity reads, without reading it. kNotFound, kMismatch, kUnreachable …
  virtual Result<Schema> describe(const EntitySpec& entity) = 0;
  // What there is to load, per extent and slice (DESIGN 5). Reads each file at most once.
  virtual Result<CensusResult> census(const JobSpec& job, const EntitySpec& entity, const CensusRequest& request) = 0;
  virtual Result<std::unique_ptr<RowSource>> open(const ReadRequest& request) = 0;
  // An id under which other sessions see the same rows, or empty where the source has no such thing.
  virtual Result<std::string> export_snapshot() { return std::string(); }
  // Ends a read in progress from another thread; the only call that may come from one.
  virtual void cancel() {}
  // Whether it can go on after a call that failed or was cancelled; else whoever has it opens another.
  virtual bool is_usable() const { return true; }
};

struct SourceRequest {
  std::string connection;               // resolved: postgresql://…, duckdb:…, or a folder for files
  std::string directory;                // the job file's, for relative paths
  std::string application_name;         // decant/RUN/…, to be found by on the source
  std::vector<std::string> snapshots;   // try to import one of these; empty: take a new one
  const StoreSpec* store = nullptr;     // may be null
  // What `connection` is for another store of the job; fails where one of its variables is not set
  // here. As long as the source lives; empty: the job has no other.
  std::function<Result<std::string>(const StoreSpec&)> connection_of;
  std::string time_zone = "UTC";        // of the store
};

// Chooses the adapter by the connection's scheme. main.cc fills it; everyone else sees this interface.
class SourceFactory {
 public:
  virtual ~SourceFactory() = default;
  virtual Result<std::unique_ptr<Source>> open(const SourceRequest& request, const EntitySpec& entity) = 0;
};

}  // namespace decant
