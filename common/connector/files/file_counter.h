// FileCounter: one pass over one file for the census, reading only its store and range columns.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/files/day_counter.h"
#include "common/connector/files/entity_files.h"
#include "common/connector/files/key_histogram.h"
#include "common/job/landing.h"
#include "common/value/convert.h"

namespace decant {

// What a census needs to know of an entity to count its rows.
struct CountPlan {
  std::string fixed_store;   // of every row; empty where `store_column` says it
  std::string store_column;  // source column, or empty
  std::string range_column;  // source column of the time or key, or empty
  bool is_key = false;       // range_column is an integer key
  std::string range_target;  // column of the target that it lands in; empty: no plan could take it
  Type range_type;           // its type there
  ConvertOptions convert;    // as the copy will read the range column
  StoreReading stores;       // of `store_column`
  DayRange days;
  DayCounter::ZoneOf zone_of;
  std::int64_t mark_bytes = 1 << 20;
};

struct StoreKeys {
  KeyHistogram keys;
  std::int64_t keyless_rows = 0;
};

struct FileCounts {
  std::vector<StoreRows>
      days;  // with a time column; without any range column all rows are undated_rows
  std::map<std::string, StoreKeys, std::less<>> keys;  // with a key column
  std::int64_t faulty_rows = 0;                        // that are no rows: ragged, broken
  std::vector<RecordMark> marks;  // about every `mark_bytes`, where the file may be cut
};

// kUsage when the store column has more than 100,000 values; else what opening and reading the file
// may fail with.
Result<FileCounts> count_file(std::unique_ptr<OpenedFile> file, const CountPlan& plan);

}  // namespace decant
