// GeneralScanner: the records of files whose separators CsvScanner does not take: several
// characters between fields (`+|`), a declared end of records (`&|` and a line end), line ends in
// the middle of fields that have no quotes. Byte by byte, some hundred megabytes a second.
#pragma once

#include <array>

#include "common/connector/files/record_scanner.h"

namespace decant {

class GeneralScanner final : public RecordScanner {
 public:
  GeneralScanner(const CsvDialect& dialect, TextWindow& window, std::uint64_t line = 1);

 private:
  struct Separator {
    enum class Kind { kNone, kDelimiter, kEnd, kUnsure } kind = Kind::kNone;
    std::size_t size = 0;
  };

  Parsed parse(CsvRecord& record) override;
  void restart() override {}
  std::optional<std::size_t> behind_end(std::size_t from) const override;
  // What stands at `at`; kUnsure where the window ends too early to tell.
  Separator separator_at(std::size_t at) const;
  std::size_t end_at(std::size_t at) const;  // its length, 0: none
  // From the opening quote at `at` to behind the closing one.
  Quoted scan_quoted(CsvField& field, std::size_t& at);
  // From `at` to the separator that ends the field; gives that.
  Separator scan_plain(const CsvRecord& record, const CsvField& field, std::size_t& at) const;

  std::string end_core_;     // of the record's end, before a line end
  bool ends_with_line_;      // a line end follows the core
  std::size_t longest_ = 0;  // separator
  std::array<bool, 256> starts_separator_{};
};

}  // namespace decant
