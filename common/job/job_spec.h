// JobSpec: the job file as plain data, after parsing, defaults and checks, before any credential is resolved.
//
// Connections keep their ${…} as written: they are resolved where they are used, on the machine that connects, and a
// JobSpec can be logged, sent to workers (as its YAML text) and compared without a secret in it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/value/calendar.h"
#include "common/value/type.h"

namespace decant {

struct StoreSpec {
  std::string name;
  std::string label;                          // shown beside the name; may be empty
  bool active = true;
  std::optional<CivilDate> opened;            // first day of the month from which data is expected
  std::string time_zone;                      // empty: the job's
  std::int32_t max_parallel = 0;              // 0: no limit of its own
  std::map<std::string, std::string> values;  // host, code, …: available as {host} in source, paths and constants
  std::string source;                         // connection or folder, unresolved; empty: the entity's own
};

enum class FileFormat { kCsv, kJsonLines, kParquet };

// What becomes of a CSV record with fewer or more fields than there are columns.
enum class RaggedRows {
  kReject,
  kPad,   // fields that are missing are NULL; more of them are a reject, but for empty ones behind the last column
  kFail,  // the file is refused
  kJoin,  // one with fewer goes on in the next line: line ends before the last field are a part of the field
};
// What becomes of a record that says the same as the header.
enum class RepeatedHeader { kReject, kSkip, kKeep };
// Which of the values counts that a JSON object has under one key.
enum class DuplicateKeys { kReject, kFirst, kLast };

struct FileOptions {
  FileFormat format = FileFormat::kCsv;
  std::string delimiter = ",";                // one character or several
  std::string record_end;                     // empty: any line end; a \n at its end stands for LF and CRLF
  char quote = '"';                           // 0: no quoting
  char escape = 0;                            // 0: a doubled quote stands for one
  bool multiline = true;                      // false: no field holds a line end, and a quote left open ends with its line
  std::int64_t skip_lines = 0;                // lines above the header, or above the first row where there is none
  bool header = true;
  std::vector<std::string> column_names;      // where there is no header
  RaggedRows ragged = RaggedRows::kReject;
  RepeatedHeader repeated_header = RepeatedHeader::kReject;
  std::string encoding = "utf-8";             // utf-8, utf-16, utf-16le, utf-16be, latin-1, cp1252 …; a BOM wins
  char decimal_point = '.';
  char group_separator = 0;
  std::vector<std::string> null_texts = {""};
  std::string date_format;                    // of all date and time columns; empty: ISO 8601
  bool trim = false;
  // JSON: where the rows are. Empty: each line, or each element of the file's array, is one. "lineas": inside each
  // of those, in that key. "$.asientos[].lineas": in a document, from its root.
  std::string records;
  DuplicateKeys duplicate_keys = DuplicateKeys::kReject;
};

// Where an entity is read. Exactly one of files, table and sql is set.
struct ReadSpec {
  // Path or glob, relative to the job file, with {store}, {label}, any store value, and {month} (2024-08), {year},
  // {mm}, {day}. {month} or {store} in the path makes the file's slice known from its name.
  std::string files;
  FileOptions file_options;
  std::string table;                          // schema.table
  std::string sql;                            // a SELECT without ORDER BY
  std::string time;                           // source column of the time, or empty
  std::string key;                            // integer source column to cut by where there is no time, or empty
  std::string source;                         // connection, where it is not the store's
};

enum class WriteMode { kReplace, kUpsert, kInsert };

struct WriteSpec {
  std::string table;                          // schema.table or table
  WriteMode mode = WriteMode::kReplace;
  std::vector<std::string> key;               // target columns; empty: no key
  bool enforce = false;                       // DuckDB: a PRIMARY KEY and not only a check by query
  std::vector<std::string> keep_on_update;    // upsert: columns left alone where the row exists
  std::string latest_by;                      // upsert: of equal keys in one run the greatest of this column wins
  // Of rows that share a key when a first load's key is built, one stays and the others become rejects; else they are
  // listed and the table stays without a key.
  bool reject_duplicates = false;
};

struct ColumnSpec {
  std::string name;                           // target column
  std::string from;                           // source column; empty: the same name, unless constant is set
  std::optional<std::string> constant;        // text with {store} and other store values
  std::optional<Type> type;                   // undeclared: the target table's, else the source's
  std::optional<bool> nullable;
  std::string lossy;                          // "", "round", "truncate"
  bool is_private = false;                    // masked in rejects
  std::string date_format;
  std::optional<std::string> replace_nul;     // stands for each NUL character of its text; may be empty
  std::vector<std::string> null_texts;        // mean NULL in this column, besides those of the file
  std::int32_t zero_pad = 0;                  // numbers of fewer digits get the zeros back that they lost; 0: none
};

// One condition on a column; a row that does not meet it is a reject.
struct RuleSpec {
  std::string column;
  bool not_null = false;
  std::optional<std::string> min, max;        // range: [min, max], either may be open (~)
  std::string pattern;                        // RE2, whole match
  std::vector<std::string> one_of;
};

struct RejectLimit {                          // both limits must hold
  std::int64_t max = 0;                       // INT64_MAX: none, where max_ratio is given alone
  double max_ratio = -1;                      // negative: none
};

struct EntitySpec {
  std::string name;
  ReadSpec read;
  WriteSpec write;
  bool columns_are_complete = false;          // `columns_only: true`: source columns not named are left out
  std::vector<ColumnSpec> columns;
  std::vector<std::string> control_sums;      // "total", "cantidad * precio_unitario": target column names
  std::vector<RuleSpec> rules;
  RejectLimit rejects;
  std::string store_column;                   // target column that holds the store's name; empty: none
};

struct CheckSpec {
  std::string name;
  std::string sql;
  enum class Expect { kNoRows, kValue } expect = Expect::kNoRows;
  std::string value;                          // with kValue: the single value the query must give, as text
};

struct JobSpec {
  std::string name;
  std::string target;                         // unresolved
  bool production = false;
  std::int64_t chunk_rows = 50'000;
  std::int64_t chunk_timeout_s = 1'800;       // that a source may go without giving a row; 0: for ever
  std::string time_zone = "UTC";
  std::string ledger_schema = "decant";
  std::vector<StoreSpec> stores;              // in the order of the file; one unnamed-store job has "all"
  // `stores: {from_column: Country}`: the source column whose value is the store; stores may then be empty.
  std::string store_from_column;
  bool strict_stores = false;                 // a value that is not listed is a reject
  std::vector<EntitySpec> entities;           // in the order of the file, which is the order of loading
  std::vector<CheckSpec> checks;
  std::string directory;                      // of the job file; relative paths start here
  std::string text;                           // as YAML without comments, an included stores file merged in

  const StoreSpec* find_store(std::string_view store) const;
  const EntitySpec* find_entity(std::string_view entity) const;
};

inline constexpr std::size_t k_max_job_file_bytes = 512 * 1024;

// Reads and checks a job file. kUsage with line, column and a suggestion for everything that is wrong with it,
// kNotFound when there is no such file.
Result<JobSpec> load_job(const std::string& path);
// The same from text; `directory` stands for the job file's. `stores: file.yaml` is read from there.
Result<JobSpec> parse_job(std::string_view yaml, const std::string& directory);

// The JSON Schema of job files (draft 2020-12), for editors.
std::string job_json_schema();

}  // namespace decant
