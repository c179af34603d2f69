// All that a reader of text gives, in a form that can be compared.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/connector/files/file_reader.h"
#include "tests/fuzz/fuzz.h"

namespace decant::fuzz {

struct Reading {
  std::vector<std::string> columns;
  std::vector<std::string> rows;  // each with its place
  std::vector<std::string> faults;
  bool failed = false;
  bool operator==(const Reading&) const = default;
};

// The same, unless both failed: then only how far they had come may differ.
inline bool agree(const Reading& a, const Reading& b) {
  if (!a.failed || !b.failed) return a == b;
  const auto begins_alike = [](const auto& x, const auto& y) {
    return std::equal(x.begin(),
                      x.begin() + static_cast<std::ptrdiff_t>(std::min(x.size(), y.size())),
                      y.begin());
  };
  return begins_alike(a.rows, b.rows) && begins_alike(a.faults, b.faults);
}

template <typename Reader>
Reading read_all(Result<std::unique_ptr<Reader>> opened) {
  Reading reading;
  if (!opened) {
    reading.failed = true;
    return reading;
  }
  TextReader& reader = **opened;
  reading.columns = reader.column_names();
  RowBatch batch;
  std::vector<Reject> faults;
  for (;;) {
    faults.clear();
    const Result<bool> more = reader.next(batch, faults);
    for (const Reject& fault : faults) {
      reading.faults.push_back(std::to_string(fault.place.line) + "@" +
                               std::to_string(fault.place.byte_offset) + " " + fault.rule + " " +
                               fault.reason + " " + fault.original);
    }
    if (!more) {
      reading.failed = true;
      return reading;
    }
    if (!*more) return reading;
    require(batch.rows <= k_rows_per_batch, "a batch is bounded");
    require(batch.places.size() == batch.rows, "each row has a place");
    for (std::size_t row = 0; row < batch.rows; ++row) {
      std::string text = std::to_string(batch.places[row].line) + "@" +
                         std::to_string(batch.places[row].byte_offset);
      for (const Column& column : batch.columns) {
        text += column.valid[row] != 0 ? "|" + std::string(column.views[row]) : "|NULL\x01";
      }
      reading.rows.push_back(std::move(text));
    }
  }
}

// The file cut in two at one of the places where it may be: the parts one behind the other. Nothing
// where it cannot be cut. `open` takes a FilePart.
template <typename Open>
std::optional<Reading> read_in_parts(const Open& open, std::size_t choice) {
  std::vector<RecordMark> marks;
  if (auto reader = open(FilePart()); reader) {
    for (;;) {
      const auto skimmed = (*reader)->skim(1);
      const auto mark = (*reader)->mark();
      if (!skimmed || *skimmed == 0 || !mark) break;
      marks.push_back(*mark);
    }
  }
  if (marks.empty()) return std::nullopt;
  const RecordMark& cut = marks[choice % marks.size()];
  Reading all = read_all(open(FilePart{{}, cut.byte}));
  const Reading rest = read_all(open(FilePart{cut, 0}));
  require(rest.columns == all.columns, "parts of a file have its columns");
  all.rows.insert(all.rows.end(), rest.rows.begin(), rest.rows.end());
  all.faults.insert(all.faults.end(), rest.faults.begin(), rest.faults.end());
  all.failed = all.failed || rest.failed;
  return all;
}

}  // namespace decant::fuzz
