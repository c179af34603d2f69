// RecordReader: what readers of CSV and JSON lines have in common, a text of records that become
// rows. A template and not virtual calls, since it is done for each record.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/connector/files/file_reader.h"

namespace decant {

// `Format` derives from it and has, for its friend:
//   Result<bool> read_record()            the next record; false at the end of the part
//   std::optional<RecordMark> record_end() const   where the next one begins
//   void add_rows(RowBatch&, std::vector<Reject>&)   the record's rows, or its fault
template <typename Format>
class RecordReader : public TextReader {
 public:
  const std::vector<std::string>& column_names() const override { return names_; }
  std::shared_ptr<const Schema> schema() const override { return schema_; }
  bool at_end() const override { return at_end_; }
  const TextWindow& window() const override { return *window_; }
  std::optional<RecordMark> mark() const override {
    return window_->stream().can_be_cut() ? format().record_end() : std::nullopt;
  }

  Result<std::size_t> skim(std::size_t records) override {
    DECANT_TRY(check_cancelled(context_));
    for (std::size_t done = 0; done < records; ++done) {
      if (at_end_) return done;
      DECANT_TRY_ASSIGN(const bool found, next_record());
      if (!found) return done;
    }
    return records;
  }

  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override {
    batch.reset(schema_);
    if (at_end_) return false;
    DECANT_TRY(check_cancelled(context_));
    for (Column& column : batch.columns) column.resize(k_rows_per_batch);
    batch.places.resize(k_rows_per_batch);
    const std::size_t faults_before = faults.size();
    std::optional<std::uint64_t> first_offset;
    while (batch.rows < k_rows_per_batch && faults.size() - faults_before < k_faults_per_batch) {
      DECANT_TRY_ASSIGN(const bool found, next_record());
      if (!found) break;
      if (!first_offset) first_offset = format().record_offset();
      format().add_rows(batch, faults);
      if (format().record_offset() - *first_offset > k_text_bytes_per_batch) break;
    }
    for (Column& column : batch.columns) column.resize(batch.rows);
    batch.places.resize(batch.rows);
    return batch.rows > 0 || !at_end_ || faults.size() > faults_before;
  }

 protected:
  RecordReader(ReaderContext context, std::unique_ptr<TextWindow> window)
      : context_(std::move(context)), window_(std::move(window)) {}

  ReaderContext context_;
  std::unique_ptr<TextWindow> window_;
  std::vector<std::string> names_;
  std::shared_ptr<const Schema> schema_;

 private:
  Format& format() { return static_cast<Format&>(*this); }
  const Format& format() const { return static_cast<const Format&>(*this); }

  // False at the end, where the file must still be what it was.
  Result<bool> next_record() {
    DECANT_TRY_ASSIGN(const bool found, format().read_record());
    if (found) return true;
    at_end_ = true;
    DECANT_TRY(window_->stream().file().verify_size_and_time(context_.planned));
    return false;
  }

  bool at_end_ = false;
};

}  // namespace decant
