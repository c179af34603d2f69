// A row that was refused (promise 3): where it stands, which column, which rule, and why, in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/value/batch.h"

namespace decant {

struct Reject {
  RowPlace place;
  std::string source;  // file name, or the store's name for a database
  std::string column;  // empty: the row as a whole
  std::string rule;    // "type", "range", "ragged", "not null", "unique" … a short stable word
  std::string reason;  // a sentence for a bookkeeper: `total: "12,3x" is not a decimal number.`
  std::string
      original;  // the text of the value or row, cut at 1,000 bytes; masked for private columns
};

// Faults found while a batch is converted or checked: the first fault of a row counts, further ones
// are not kept.
class RowFaults {
 public:
  void reset(std::size_t rows);
  bool has(std::size_t row) const { return faulty_[row] != 0; }
  // Remembers a fault of a row that has none yet; `place` and `source` are filled in by the caller
  // later.
  void add(std::size_t row, Reject reject);
  std::size_t count() const { return entries_.size(); }
  struct Entry {
    std::size_t row;
    Reject reject;
  };
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<std::uint8_t>& mask() const { return faulty_; }  // 1: row is refused

 private:
  std::vector<std::uint8_t> faulty_;
  std::vector<Entry> entries_;
};

}  // namespace decant
