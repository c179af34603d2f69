// Extents: the pieces of a source that tasks read, and the census that finds them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/job/selection.h"
#include "common/job/slice.h"
#include "common/value/type.h"

namespace decant {

// What a file was when it was planned; a worker that finds something else says so (decision 12).
struct FileIdentity {
  std::int64_t size_bytes = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns =
      0;               // of the inode: nobody puts it back, as a copy does with modified_ns
  std::string digest;  // SHA-256 hex of the first and last 64 KiB and the size
  bool operator==(const FileIdentity&) const = default;
};

// A place in a plain text file where a record begins, so that the file may be cut there. Where
// records begin depends on all the text before (a line end may stand in quotes), so a mark is only
// ever made by a reader that came from the file's beginning.
struct RecordMark {
  std::int64_t byte = 0;       // in the file
  std::int64_t text_byte = 0;  // in its text as UTF-8, by which rejects name places
  std::int64_t line = 1;
  bool operator==(const RecordMark&) const = default;
};

enum class ExtentKind : std::uint8_t {
  kAll = 1,       // the whole table or query
  kFile = 2,      // a file
  kRange = 3,     // rows whose range column lies in `range`, or is NULL with `undated`
  kBlocks = 4,    // PostgreSQL heap blocks [begin_block, end_block), by ctid
  kFilePart = 5,  // the records of a plain text file from the mark `begin` to that at `end_byte`
};

struct Extent {
  ExtentKind kind = ExtentKind::kAll;
  std::string store;      // whose connection or file it is; empty where a column says the store
  std::string path;       // files: absolute
  FileIdentity identity;  // files: of the whole file, also for a part
  std::string period;     // files: "2024-08" where the file's name says it
  // Files: the local days that the name says (a day, a month, a year); a row of another day does
  // not belong in it.
  DayRange days;
  ValueRange range;      // kRange
  bool undated = false;  // kRange
  // kBlocks; kRange: where its rows are known to lie, under the snapshot that the census exported.
  // No end: everywhere.
  std::int64_t begin_block = 0;
  std::int64_t end_block = 0;
  // What the blocks were found under, in the source's own words: under another snapshot rows lie
  // elsewhere. Empty: any.
  std::string snapshot;
  // PostgreSQL: the tables and views that the rows were counted in, and their files
  // ("16384:16384,16390:0"). A name may mean another one by the time it is read, whatever the
  // snapshot. Empty: any.
  std::string tables;
  RecordMark begin;           // kFilePart; the default is the file's beginning, with its header
  std::int64_t end_byte = 0;  // kFilePart; 0: to the end of the file
  bool is_file() const { return kind == ExtentKind::kFile || kind == ExtentKind::kFilePart; }
  bool operator==(const Extent&) const = default;
};

// Rows of one extent in one bucket: a month, or a day of a month that is too large for one chunk,
// of one store.
struct CensusCell {
  std::string store;
  std::string period;  // "2024-08", k_undated or k_all
  ValueRange range;    // of the bucket; both absent: the whole period, not looked into
  std::int64_t rows = 0;
  // Of days that the run does not cover, of months that it does: chunks that it covers in part and
  // takes whole have such rows.
  bool is_beyond = false;
};

struct CensusExtent {
  Extent extent;
  bool exact = false;  // counted, not estimated
  std::vector<CensusCell> cells;
  std::vector<RecordMark> marks;  // inside a large file, in order: where it may be cut
  // What it is read from, which is the same for two stores that read the same rows: a file's path
  // without symbolic links; a database and what is read in it. Empty: nobody knows.
  std::string place;
};

// The column of the target as whose values a census read those of the source's time, key or store.
struct CountedAs {
  std::string column;
  Type type;
  bool operator==(const CountedAs&) const = default;
};

struct CensusResult {
  Schema columns;  // as the source has them, in its order; text for files without types
  std::vector<CensusExtent> extents;
  std::string snapshot;  // exported by the worker that took the census, or empty
  // What the entity reads that lies outside of its database, and that no snapshot holds, as a
  // person calls it: "the foreign table hub.sales"; empty: nothing that the source knows of.
  std::string not_held;
  // What in its query makes the answer hang on the order in which rows lie, or on chance, so that
  // two chunks may be cut out of two answers: "row_number, LIMIT"; empty: nothing that its plan
  // shows, or it is not cut.
  std::string unsteady;
  // What its cells stand on; nothing where it converted no values, as where the names of files say
  // the month or the store.
  std::optional<CountedAs> range, store;
  // digest_of_store_values (common/job/fill_in.h) of the worker that took the census.
  std::string store_values;
};

struct CensusRequest {
  std::string entity;
  std::string store;  // empty with from_column
  DayRange days;      // what the run covers; files of other months are left out
  // The target's columns, as far as they are known: rows are counted as their values. Without
  // fields: there is no table yet.
  Schema table;
  std::int64_t chunk_rows = 50'000;
};

}  // namespace decant
