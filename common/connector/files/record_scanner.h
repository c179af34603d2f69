// RecordScanner: text into records and fields, without copying. It knows quotes, separators and
// line ends, and nothing of columns. What a separator looks like is for those who derive from it:
// CsvScanner is the fast one for single characters, GeneralScanner takes everything else.
//
// Blank lines are passed over, unless they are rows of a file with one column. A quote in the
// middle of an unquoted field stands for itself.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/files/text_window.h"

namespace decant {

struct CsvDialect {
  std::string delimiter = ",";
  char quote = '"';          // 0: no quoting
  char escape = 0;           // inside quotes; 0: a doubled quote stands for one
  std::string record_end;    // empty: LF, CRLF or CR; a \n at its end stands for LF and CRLF
  bool joins_lines = false;  // a line end before the last field is a part of its unquoted field
  bool is_multiline = true;  // false: the end of a record is one within quotes, too

  bool is_simple() const { return delimiter.size() == 1 && record_end.empty() && !joins_lines; }
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
  std::string_view text;          // as it stands in the file, without the line end
  std::uint64_t line = 0;         // of its first byte, counted from 1
  std::uint64_t offset = 0;       // of its first byte in the text
  std::uint64_t file_offset = 0;  // the same in the file (TextWindow::file_offset)
  int stray_field = -1;           // a field where text follows the closing quote
  int open_field = -1;            // a field whose quote is not closed in the record (no multiline)
  bool is_too_long = false;       // then it has no fields, and `text` is only how it begins
};

// What a line without a single character is.
enum class BlankLine {
  kNothing,
  kRecord,            // with one empty field
  kRecordUnlessLast,  // the same, but for the last line of the text
};

class RecordScanner {
 public:
  virtual ~RecordScanner() = default;

  // False at the end. A record of more than `most_bytes` is passed over up to its end and comes as
  // one that is too long. kProtocol for a quote that is never closed, or not within so many bytes,
  // with the line where it opens.
  Result<bool> next(CsvRecord& record);
  // Passes over a line, whatever it holds. Before the first record; false where none is left.
  Result<bool> skip_line();
  // The record comes again with the next call. Only for the last one that next() gave.
  void put_back(const CsvRecord& record);

  void set_most_bytes(std::size_t bytes) { most_bytes_ = bytes; }
  // From the next record on; kNothing before.
  void set_blank_line(BlankLine meaning) { blank_line_ = meaning; }
  // How many fields a record has, where lines are joined until there are so many. From the next
  // record on; before, every line end ends one.
  void set_field_count(std::size_t count) { field_count_ = count; }

  // Where the record to come begins, or the blank lines before it.
  RecordMark mark() const { return window_.mark(start_, line_); }

  // Replaces escapes; writes at most field.size bytes and gives the length.
  std::size_t unescape(const CsvField& field, char* out) const;

 protected:
  enum class Parsed { kRecord, kNeedsMore, kEnd };
  enum class Quoted { kClosed, kOpen, kLeftOpen };  // kOpen: where the window ends

  // `window` must outlive the scanner; `line` is that of its first byte.
  RecordScanner(CsvDialect dialect, TextWindow& window, std::uint64_t line);

  // The record at start_, if the window has all of it.
  virtual Parsed parse(CsvRecord& record) = 0;
  // The window, or the place in it, is another one.
  virtual void restart() = 0;
  // Where the text behind the next end of a record begins, without regard to quotes; nothing where
  // the window has none, or ends in the middle of one.
  virtual std::optional<std::size_t> behind_end(std::size_t from) const = 0;

  // Remembers the line of a quote that opens behind so many more lines of the record.
  void open_quote(std::uint64_t lines_further) {
    if (dialect_.is_multiline) open_line_ = line_ + lines_further;
  }
  // The field ends with its record at `stop`, and its quote is not closed.
  Quoted leave_open(CsvField& field, std::size_t& at, std::size_t stop) const {
    field.data = window_.data() + at + 1;
    field.size = static_cast<std::uint32_t>(stop - at - 1);
    at = stop;
    return Quoted::kLeftOpen;
  }
  // A line that is blank and the last but for `after` being the end: whether it is no record.
  bool is_passed_over(bool is_last_line) const {
    return blank_line_ == BlankLine::kNothing ||
           (blank_line_ == BlankLine::kRecordUnlessLast && is_last_line);
  }
  // The record is [start_, stop), the next one begins at `after`, so many lines further.
  void accept(CsvRecord& record, std::size_t stop, std::size_t after, std::uint64_t lines);
  // Line ends among [from, to) of the window.
  std::uint64_t line_ends(std::size_t from, std::size_t to) const;

  CsvDialect dialect_;
  TextWindow& window_;
  BlankLine blank_line_ = BlankLine::kNothing;
  std::size_t field_count_ = 0;  // 0: not known
  std::size_t start_ = 0;        // of the record to come, in the window
  std::uint64_t line_;           // its line
  std::uint64_t open_line_ =
      0;  // of the quote that was still open when the window ended; 0: none was

 private:
  Result<bool> pass_over(CsvRecord& record);
  tl::unexpected<Error> never_closed() const;

  std::size_t most_bytes_;
  std::string beginning_;  // of a record that is too long
};

// `window` must outlive the scanner; `line` is that of its first byte.
std::unique_ptr<RecordScanner> make_scanner(const CsvDialect& dialect, TextWindow& window,
                                            std::uint64_t line = 1);

}  // namespace decant
