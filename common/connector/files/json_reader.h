// JsonReader: JSON objects as batches of text columns: one a line, the elements of one array, or
// objects that lie deeper in a document (FileOptions::records).
//
// A column is a key of the row's object. Numbers stay the text they are in the file; true and false
// are that text; an object or array inside is its own JSON text; null and a key that is missing are
// NULL. Of a key that occurs twice in one object the last value counts. Where rows lie inside other
// objects, their fields are the columns parent.KEY, parent.parent.KEY and so on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/connector/files/file_reader.h"
#include "common/connector/files/json_splitter.h"

namespace decant {

class JsonReader final : public TextReader {
 public:
  // Opens the file, or a part of it, and takes the names of columns from the objects at the file's
  // beginning.
  static Result<std::unique_ptr<JsonReader>> open(ReaderContext context);
  ~JsonReader() override;

  const std::vector<std::string>& column_names() const override { return names_; }
  // Every name is possible: an object later in the file may have it.
  Status choose(const std::vector<std::string>& columns) override;
  std::shared_ptr<const Schema> schema() const override { return schema_; }
  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override;
  Result<std::size_t> skim(std::size_t records) override;
  std::optional<RecordMark> mark() const override;
  bool at_end() const override { return at_end_; }
  const TextWindow& window() const override { return *window_; }

 private:
  struct Walker;  // simdjson's side, which this header does not show

  JsonReader(ReaderContext context, std::unique_ptr<TextWindow> window, RecordPath path);
  Status sample_names();
  Result<bool> next_record();
  void add_rows(RowBatch& batch, std::vector<Reject>& faults);

  ReaderContext context_;
  std::unique_ptr<TextWindow> window_;
  RecordPath path_;
  JsonSplitter splitter_;
  std::unique_ptr<Walker> walker_;
  JsonRecord record_;
  std::vector<std::string> names_;
  std::shared_ptr<const Schema> schema_;
  bool at_end_ = false;
};

}  // namespace decant
