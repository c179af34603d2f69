// JsonSplitter: a text into its records: one JSON value a line, or the elements of one array.
//
// It only finds where records begin and end; whether one is valid JSON is for who parses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/files/text_window.h"

namespace decant {

// Where in a file its rows are (FileOptions::records).
struct RecordPath {
  std::vector<std::string> document;  // keys from the document's root to the array of records
  std::vector<std::string> inside;    // keys from a record to its rows
};

// "" : each record is a row. "lineas": the rows are in the key `lineas` of each record.
// "$.asientos": the file is one document with its records in that array. "$.asientos[].lineas": and
// the rows are inside them. kUsage otherwise.
Result<RecordPath> parse_record_path(std::string_view text);

struct JsonRecord {
  std::string_view text;     // without blanks around it; in the splitter's window, as for CsvRecord
  std::uint64_t line = 0;    // of its first byte, counted from 1
  std::uint64_t offset = 0;  // of its first byte in the text
  std::uint64_t file_offset = 0;  // the same in the file (TextWindow::file_offset)
  bool is_too_long = false;       // then `text` is only how it begins
};

class JsonSplitter {
 public:
  // `window` and `path` must outlive the splitter. `begin`: of the window; behind the file's
  // beginning it is a place that mark() gave.
  JsonSplitter(TextWindow& window, const RecordPath& path, const RecordMark& begin,
               std::size_t most_bytes)
      : window_(window),
        path_(path),
        most_bytes_(most_bytes),
        line_(static_cast<std::uint64_t>(begin.line)),
        form_(begin.byte > 0 ? Form::kLines : Form::kUnknown) {}

  // False at the end. A line or an element of more than `most_bytes` is passed over and comes as
  // one that is too long. kProtocol for an array that is never closed and for text behind its end;
  // kMismatch for a document without the array that the path names.
  Result<bool> next(JsonRecord& record);

  // Where the line to come begins. Only lines can be cut from each other: an array has a beginning
  // and an end.
  std::optional<RecordMark> mark() const {
    return form_ == Form::kLines ? std::optional(window_.mark(at_, line_)) : std::nullopt;
  }

 private:
  enum class Form { kUnknown, kLines, kArray, kEnded };
  Status advance();
  Result<bool> skip_blanks();
  Status find_form();
  Status enter_key(const std::string& key);
  Status check_rest();
  Result<bool> find_key(const std::string& key);
  Status skip_value();
  Result<bool> next_line(JsonRecord& record);
  void begin_long(JsonRecord& record);
  Result<bool> pass_over(JsonRecord& record);
  Result<bool> next_element(JsonRecord& record);
  Result<std::optional<std::size_t>> element_end();
  void take(std::size_t end, JsonRecord& record);
  tl::unexpected<Error> damaged(std::string_view what) const;
  tl::unexpected<Error> no_array() const;

  TextWindow& window_;
  const RecordPath& path_;
  const std::size_t most_bytes_;
  std::string beginning_;  // of a record that is too long
  std::size_t at_ = 0;     // in the window
  std::uint64_t line_;     // of at_
  Form form_;
  bool is_first_ = true;  // of the array's elements
};

}  // namespace decant
