// JsonReader: JSON objects as batches of text columns: one a line, the elements of one array, or
// objects that lie deeper in a document (FileOptions::records).
//
// A column is a key of the row's object. Numbers stay the text they are in the file; true and false
// are that text; an object or array inside is its own JSON text; null and a key that is missing are
// NULL. Columns that land in JSON (ReaderContext::json_columns) have their texts with quotes. A row
// that has a key twice is a reject, and so is one with a value under a key that is no column, where
// the columns are all there are. Where rows lie inside other objects, their fields are the columns
// parent.KEY, parent.parent.KEY and so on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/connector/files/json_splitter.h"
#include "common/connector/files/record_reader.h"

namespace decant {

class JsonReader final : public RecordReader<JsonReader> {
 public:
  // Opens the file, or a part of it, and takes the names of columns from the objects at the file's
  // beginning, and those that the job names wherever they come.
  static Result<std::unique_ptr<JsonReader>> open(ReaderContext context);
  ~JsonReader() override;

  // Every name is possible: an object later in the file may have it.
  Status choose(const std::vector<std::string>& columns) override;
  std::uint64_t record_offset() const override { return record_.offset; }

 private:
  friend RecordReader;
  struct Walker;  // simdjson's side, which this header does not show

  JsonReader(ReaderContext context, std::unique_ptr<TextWindow> window, RecordPath path);
  Status sample_names();
  Result<bool> read_record() { return splitter_.next(record_); }
  std::optional<RecordMark> record_end() const { return splitter_.mark(); }
  void add_rows(RowBatch& batch, std::vector<Reject>& faults);

  RecordPath path_;
  JsonSplitter splitter_;
  std::unique_ptr<Walker> walker_;
  JsonRecord record_;
};

}  // namespace decant
