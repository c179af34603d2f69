// JsonSplitter: a text into its records: one JSON value a line, or the elements of one array over
// the whole file.
//
// It only finds where records begin and end; whether one is valid JSON is for who parses it.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/connector/files/text_window.h"

namespace decant {

struct JsonRecord {
  std::string_view text;     // without blanks around it; in the splitter's window, as for CsvRecord
  std::uint64_t line = 0;    // of its first byte, counted from 1
  std::uint64_t offset = 0;  // of its first byte in the text
};

class JsonSplitter {
 public:
  // `window` must outlive the splitter. One that does not move the window gives an error where it
  // would have to: it looks at what is there already, and another splitter can start at the same
  // place.
  explicit JsonSplitter(TextWindow& window, bool moves_window = true)
      : window_(window), moves_window_(moves_window) {}

  // False at the end. kProtocol for a record longer than 16 MiB, for an array that is never closed
  // and for text behind its end.
  Result<bool> next(JsonRecord& record);

 private:
  enum class Form { kUnknown, kLines, kArray, kEnded };
  Status advance();
  Result<bool> skip_blanks();
  Result<bool> next_line(JsonRecord& record);
  Result<bool> next_element(JsonRecord& record);
  Result<std::size_t> element_end();
  void take(std::size_t end, JsonRecord& record);
  tl::unexpected<Error> damaged(std::string_view what) const;

  TextWindow& window_;
  const bool moves_window_;
  std::size_t at_ = 0;      // in the window
  std::uint64_t line_ = 1;  // of at_
  Form form_ = Form::kUnknown;
  bool is_first_ = true;  // of the array's elements
};

}  // namespace decant
