// CsvReader: a delimited file as batches of text columns whose values point into the file's blocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/connector/files/record_reader.h"
#include "common/connector/files/record_scanner.h"

namespace decant {

class CsvReader final : public RecordReader<CsvReader> {
 public:
  // Opens the file, or a part of it, and reads the file's header. kMismatch when there is none
  // where one is expected.
  static Result<std::unique_ptr<CsvReader>> open(ReaderContext context);

  // Columns without a name are called column_N by their place.
  Status choose(const std::vector<std::string>& columns) override;
  std::uint64_t record_offset() const override { return record_.offset; }

 private:
  friend RecordReader;

  CsvReader(ReaderContext context, std::unique_ptr<TextWindow> window);
  Status read_header();
  void take_names(std::vector<std::string> names);
  Result<bool> read_record();
  std::optional<RecordMark> record_end() const { return scanner_->mark(); }
  bool has_right_fields() const;
  bool repeats_header() const;
  std::string ragged_reason() const;
  std::optional<Reject> record_fault(const RowPlace& place) const;
  void add_rows(RowBatch& batch, std::vector<Reject>& faults);
  void add_row(RowBatch& batch, const RowPlace& place);
  void name_columns(const CsvRecord& header);
  std::string name_in(const CsvField& field) const;
  std::string name_behind_mark(const CsvField& field) const;

  std::unique_ptr<RecordScanner> scanner_;
  CsvRecord record_;
  std::vector<std::string> header_;  // its fields, unquoted; empty without one
  std::vector<std::size_t> chosen_;  // position in the file of each column of the batches
  NullTexts nulls_;
};

}  // namespace decant
