#include "common/connector/files/record_scanner.h"

#include <algorithm>

#include "common/connector/files/csv_scanner.h"
#include "common/connector/files/general_scanner.h"

namespace decant {
namespace {

constexpr std::size_t k_most_shown_bytes = 1024;  // of a record that is too long
constexpr std::size_t k_longest_end = 32;         // more than a record's end has

CsvDialect normalized(CsvDialect dialect) {
  if (dialect.quote == 0 || dialect.escape == dialect.quote) dialect.escape = 0;
  return dialect;
}

}  // namespace

RecordScanner::RecordScanner(CsvDialect dialect, TextWindow& window, std::uint64_t line)
    : dialect_(normalized(std::move(dialect))),
      window_(window),
      line_(line),
      most_bytes_(k_most_record_bytes) {}

Result<bool> RecordScanner::next(CsvRecord& record) {
  for (;;) {
    switch (parse(record)) {
      case Parsed::kRecord:
        return true;
      case Parsed::kEnd:
        return false;
      case Parsed::kNeedsMore:
        if (window_.at_end()) return never_closed();
        if (window_.size() - start_ > most_bytes_) {
          if (open_line_ != 0) return never_closed();
          return pass_over(record);
        }
        DECANT_TRY(window_.advance(start_));
        start_ = 0;
        restart();
    }
  }
}

Result<bool> RecordScanner::skip_line() {
  for (;;) {
    const std::string_view text(window_.data() + start_, window_.size() - start_);
    const std::size_t end = text.find_first_of("\r\n");
    const bool has_end = end != std::string_view::npos;
    if (window_.at_end() || (has_end && end + 1 < text.size())) {  // with the LF behind a CR
      if (text.empty()) return false;
      start_ += !has_end ? text.size() : end + (text.substr(end).starts_with("\r\n") ? 2 : 1);
      ++line_;
      restart();
      return true;
    }
    // A line may be of any length, so only an end that may go on is kept.
    DECANT_TRY(window_.advance(has_end ? start_ + end : window_.size()));
    start_ = 0;
  }
}

// Its fields are not looked at any more; line ends in quotes further on end it too.
Result<bool> RecordScanner::pass_over(CsvRecord& record) {
  beginning_.assign(window_.data() + start_, std::min(window_.size() - start_, k_most_shown_bytes));
  record.count = 0;
  record.stray_field = -1;
  record.open_field = -1;
  record.is_too_long = true;
  record.text = beginning_;
  record.line = line_;
  record.offset = window_.offset() + start_;
  record.file_offset = window_.file_offset(start_);
  std::size_t passed = window_.size();
  for (;;) {
    const std::size_t kept = std::min(passed - start_, k_longest_end);
    line_ += line_ends(start_, passed - kept);
    DECANT_TRY(window_.advance(passed - kept));
    start_ = 0;
    const std::optional<std::size_t> found = behind_end(0);
    const bool is_over = found || window_.at_end();
    if (is_over) {
      const std::size_t after = found.value_or(window_.size());
      line_ += line_ends(0, after);
      start_ = after;
      restart();
      return true;
    }
    passed = window_.size();
  }
}

std::uint64_t RecordScanner::line_ends(std::size_t from, std::size_t to) const {
  const char* const text = window_.data();
  std::uint64_t count = 0;
  for (std::size_t at = from; at < to; ++at) {
    const bool is_crlf = text[at] == '\r' && at + 1 < window_.size() && text[at + 1] == '\n';
    if (text[at] == '\n' || (text[at] == '\r' && !is_crlf)) ++count;
  }
  return count;
}

void RecordScanner::accept(CsvRecord& record, std::size_t stop, std::size_t after,
                           std::uint64_t lines) {
  record.is_too_long = false;
  record.text = {window_.data() + start_, stop - start_};
  record.line = line_;
  record.offset = window_.offset() + start_;
  record.file_offset = window_.file_offset(start_);
  line_ += lines;
  start_ = after;
}

tl::unexpected<Error> RecordScanner::never_closed() const {
  const std::string where = "The quote that opens in line " + std::to_string(open_line_) + " of " +
                            window_.stream().file().path();
  const std::string advice =
      "Mend that line, or set `quote:` to what the file uses (`quote: \"\"` for none); where no "
      "field holds a line end, `multiline: false` makes such lines rejects.";
  if (window_.at_end()) return fail(ErrorCode::kProtocol, where + " is never closed.", advice);
  return fail(ErrorCode::kProtocol,
              where + " is not closed within " + std::to_string(most_bytes_ >> 20) +
                  " MiB, which is the most that a record may have.",
              advice);
}

void RecordScanner::put_back(const CsvRecord& record) {
  start_ = static_cast<std::size_t>(record.offset - window_.offset());
  line_ = record.line;
  restart();
}

std::size_t RecordScanner::unescape(const CsvField& field, char* out) const {
  char* end = out;
  for (std::size_t i = 0; i < field.size; ++i) {
    const char character = field.data[i];
    const bool has_next = i + 1 < field.size;
    const bool doubled =
        character == dialect_.quote && has_next && field.data[i + 1] == dialect_.quote;
    const bool escapes =
        dialect_.escape != 0 && character == dialect_.escape && has_next &&
        (field.data[i + 1] == dialect_.quote || field.data[i + 1] == dialect_.escape);
    if (doubled || escapes) ++i;
    *end++ = field.data[i];
  }
  return static_cast<std::size_t>(end - out);
}

std::unique_ptr<RecordScanner> make_scanner(const CsvDialect& dialect, TextWindow& window,
                                            std::uint64_t line) {
  if (dialect.is_simple()) return std::make_unique<CsvScanner>(dialect, window, line);
  return std::make_unique<GeneralScanner>(dialect, window, line);
}

}  // namespace decant
