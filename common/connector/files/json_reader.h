// JsonReader: JSON objects, one a line or the elements of one array, as batches of text columns.
//
// A column is a key of the top level. Numbers stay the text they are in the file; true and false
// are that text; an object or array inside is its own JSON text; null and a key that is missing are
// NULL. Of a key that occurs twice in one object the last value counts.
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
  // Opens the file and takes the names of columns from the objects at its beginning.
  static Result<std::unique_ptr<JsonReader>> open(ReaderContext context);
  ~JsonReader() override;

  const std::vector<std::string>& column_names() const override { return names_; }
  // Every name is possible: an object later in the file may have it.
  Status choose(const std::vector<std::string>& columns) override;
  std::shared_ptr<const Schema> schema() const override { return schema_; }
  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override;
  bool at_end() const override { return at_end_; }
  const TextWindow& window() const override { return *window_; }

 private:
  struct Parser;  // simdjson's, which no header of ours includes
  static constexpr int k_not_chosen = -1;

  JsonReader(ReaderContext context, std::unique_ptr<TextWindow> window);
  Status sample_names();
  bool add_row(RowBatch& batch, std::size_t row, std::vector<Reject>& faults);
  int slot_of(std::string_view key, std::size_t ordinal);

  ReaderContext context_;
  std::unique_ptr<TextWindow> window_;
  JsonSplitter splitter_;
  std::unique_ptr<Parser> parser_;
  JsonRecord record_;
  std::vector<std::string> names_;
  std::shared_ptr<const Schema> schema_;
  std::unordered_map<std::string_view, int>
      slots_;  // chosen columns by name; the names live in schema_
  // The keys of the last object, in order: objects of one file mostly have the same.
  struct SeenKey {
    std::string key;
    int slot = k_not_chosen;
  };
  std::vector<SeenKey> seen_;
  bool at_end_ = false;
};

}  // namespace decant
