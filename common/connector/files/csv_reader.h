// CsvReader: a delimited file as batches of text columns whose values point into the file's blocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/connector/files/csv_scanner.h"
#include "common/connector/files/file_reader.h"

namespace decant {

class CsvReader final : public TextReader {
 public:
  // Opens the file, or a part of it, and reads the file's header. kMismatch when there is none
  // where one is expected.
  static Result<std::unique_ptr<CsvReader>> open(ReaderContext context);

  // Columns without a name are called column_N by their place.
  const std::vector<std::string>& column_names() const override { return names_; }
  Status choose(const std::vector<std::string>& columns) override;
  std::shared_ptr<const Schema> schema() const override { return schema_; }
  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override;
  Result<std::size_t> skim(std::size_t records) override;
  std::optional<RecordMark> mark() const override;
  bool at_end() const override { return at_end_; }
  const TextWindow& window() const override { return *window_; }

 private:
  CsvReader(ReaderContext context, std::unique_ptr<TextWindow> window);
  Status read_header();
  void take_names(std::vector<std::string> names);
  Result<bool> next_record();
  bool add_row(RowBatch& batch, std::size_t row, std::vector<Reject>& faults);
  void name_columns(const CsvRecord& header);

  ReaderContext context_;
  std::unique_ptr<TextWindow> window_;
  CsvScanner scanner_;
  CsvRecord record_;
  std::vector<std::string> names_;
  std::vector<std::size_t> chosen_;  // position in the file of each column of the batches
  std::shared_ptr<const Schema> schema_;
  NullTexts nulls_;
  bool at_end_ = false;
};

}  // namespace decant
