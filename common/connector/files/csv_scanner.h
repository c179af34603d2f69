// CsvScanner: text into records and fields, without copying. It knows quotes and line ends and
// nothing of columns.
//
// Lines end with LF, CRLF or CR, in any mixture; the last one may lack its end. Blank lines are
// passed over, unless they are rows of a file with one column. A quote in the middle of an unquoted
// field stands for itself.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/connector/files/structural_index.h"
#include "common/connector/files/text_window.h"

namespace decant {

struct CsvDialect {
  char delimiter = ',';
  char quote = '"';  // 0: no quoting
  char escape = 0;   // inside quotes; 0: a doubled quote stands for one
};

struct CsvField {
  const char* data = nullptr;
  std::uint32_t size = 0;  // without the quotes around it
  bool quoted = false;
  bool escaped = false;  // holds escapes that unescape() takes out
  std::string_view view() const { return {data, size}; }
};

// Points into the scanner's window: valid until the next call, and longer for who holds the
// window's block.
struct CsvRecord {
  std::vector<CsvField>
      fields;  // at least `count`; the ones behind are left over from other records
  std::size_t count = 0;
  std::string_view text;     // as it stands in the file, without the line end
  std::uint64_t line = 0;    // of its first byte, counted from 1
  std::uint64_t offset = 0;  // of its first byte in the text
  int stray_field = -1;      // a field where text follows the closing quote
};

// What a line without a single character is.
enum class BlankLine {
  kNothing,
  kRecord,            // with one empty field
  kRecordUnlessLast,  // the same, but for the last line of the text
};

class CsvScanner {
 public:
  // `window` must outlive the scanner; `line` is that of its first byte.
  CsvScanner(const CsvDialect& dialect, TextWindow& window, std::uint64_t line = 1);

  // False at the end. kProtocol for a quote that is never closed and for a record longer than 16
  // MiB, with its line.
  Result<bool> next(CsvRecord& record);
  // The record comes again with the next call. Only for the last one that next() gave.
  void put_back(const CsvRecord& record);

  // From the next record on; kNothing before.
  void set_blank_line(BlankLine meaning) { blank_line_ = meaning; }

  // Where the record to come begins, or the blank lines before it.
  RecordMark mark() const { return window_.mark(start_, line_); }

  // Replaces escapes; writes at most field.size bytes and gives the length.
  std::size_t unescape(const CsvField& field, char* out) const;

 private:
  enum class Parsed { kRecord, kNeedsMore, kEnd, kTooManyLines };
  enum class Quoted { kClosed, kOpen, kTooManyLines };
  Parsed parse(CsvRecord& record);
  Quoted scan_quoted(CsvField& field, std::size_t& at, std::uint64_t& lines);
  Status refill();
  tl::unexpected<Error> never_closed() const;

  CsvDialect dialect_;
  TextWindow& window_;
  StructuralIndex index_;
  BlankLine blank_line_ = BlankLine::kNothing;
  std::size_t start_ = 0;  // of the record to come, in the window
  std::uint64_t line_;     // its line
  std::uint64_t open_line_ =
      0;  // of the quote that was still open when the window ended; 0: none was
};

}  // namespace decant
