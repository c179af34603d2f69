// CsvScanner: the records of files whose fields are divided by one character and whose lines end
// with LF, CRLF or CR, in any mixture; the last one may lack its end.
#pragma once

#include "common/connector/files/record_scanner.h"
#include "common/connector/files/structural_index.h"

namespace decant {

class CsvScanner final : public RecordScanner {
 public:
  // `dialect` is a simple one.
  CsvScanner(const CsvDialect& dialect, TextWindow& window, std::uint64_t line = 1);

 private:
  Parsed parse(CsvRecord& record) override;
  void restart() override { index_.restart(window_.data(), window_.size(), start_); }
  std::optional<std::size_t> behind_end(std::size_t from) const override;
  Quoted scan_quoted(CsvField& field, std::size_t& at, std::uint64_t& lines);

  const char delimiter_;
  StructuralIndex index_;
};

}  // namespace decant
