// Extents: the pieces of a source that tasks read, and the census that finds them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/job/selection.h"
#include "common/job/slice.h"
#include "common/value/type.h"

namespace decant {

// What a file was when it was planned; a worker that finds something else says so (decision 12).
struct FileIdentity {
  std::int64_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  std::string digest;             // SHA-256 hex of the first and last 64 KiB and the size
  bool operator==(const FileIdentity&) const = default;
};

enum class ExtentKind : std::uint8_t {
  kAll = 1,     // the whole table or query
  kFile = 2,    // a file
  kRange = 3,   // rows whose range column lies in `range`, or is NULL with `undated`
  kBlocks = 4,  // PostgreSQL heap blocks [begin_block, end_block), by ctid
};

struct Extent {
  ExtentKind kind = ExtentKind::kAll;
  std::string store;              // whose connection or file it is; empty where a column says the store
  std::string path;               // kFile: absolute
  FileIdentity identity;          // kFile
  std::string period;             // kFile: "2024-08" where the file's name says it
  ValueRange range;               // kRange
  bool undated = false;           // kRange
  std::int64_t begin_block = 0;   // kBlocks
  std::int64_t end_block = 0;
  bool operator==(const Extent&) const = default;
};

// Rows of one extent in one bucket: a month, or a day of a month that is too large for one chunk, of one store.
struct CensusCell {
  std::string store;
  std::string period;             // "2024-08", k_undated or k_all
  ValueRange range;               // of the bucket; both absent: the whole period, not looked into
  std::int64_t rows = 0;
};

struct CensusExtent {
  Extent extent;
  bool exact = false;             // counted, not estimated
  std::vector<CensusCell> cells;
};

struct CensusResult {
  Schema columns;                 // as the source has them, in its order; text for files without types
  std::vector<CensusExtent> extents;
  std::string snapshot;           // exported by the worker that took the census, or empty
};

struct CensusRequest {
  std::string entity;
  std::string store;              // empty with from_column
  DayRange days;                  // what the run covers; files of other months are left out
  Type range_type;                // of the range column in the target, where it is known
  bool range_type_known = false;
  std::int64_t chunk_rows = 50'000;
};

}  // namespace decant
