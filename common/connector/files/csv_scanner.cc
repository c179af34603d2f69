#include "common/connector/files/csv_scanner.h"

namespace decant {
namespace {

std::array<char, StructuralIndex::k_most_characters> structural_characters(
    const CsvDialect& dialect) {
  const char delimiter = dialect.delimiter.front();
  const char quote = dialect.quote != 0 ? dialect.quote : delimiter;
  const char escape = dialect.escape != 0 ? dialect.escape : quote;
  return {delimiter, '\n', '\r', quote, escape};
}

}  // namespace

CsvScanner::CsvScanner(const CsvDialect& dialect, TextWindow& window, std::uint64_t line)
    : RecordScanner(dialect, window, line),
      delimiter_(dialect.delimiter.front()),
      index_(structural_characters(dialect_)) {}

CsvScanner::Parsed CsvScanner::parse(CsvRecord& record) {
  const char* const text = window_.data();
  const std::size_t size = window_.size();
  const bool is_last = window_.at_end();
  std::size_t at = start_;
  std::uint64_t lines = 0;
  record.count = 0;
  record.stray_field = record.open_field = -1;
  if (at == size) return is_last ? Parsed::kEnd : Parsed::kNeedsMore;
  for (;;) {
    if (record.count == record.fields.size()) record.fields.resize(record.count * 2 + 16);
    CsvField& field = record.fields[record.count];
    field.quoted = field.escaped = false;
    Quoted quoted = Quoted::kClosed;
    if (dialect_.quote != 0 && at < size && text[at] == dialect_.quote) {
      quoted = scan_quoted(field, at, lines);
      if (quoted == Quoted::kOpen) return Parsed::kNeedsMore;
      if (quoted == Quoted::kLeftOpen) record.open_field = static_cast<int>(record.count);
    }
    std::size_t stop = quoted == Quoted::kLeftOpen ? at : index_.next();
    while (stop < size && text[stop] != delimiter_ && text[stop] != '\n' && text[stop] != '\r') {
      stop = index_.next();
    }
    if (stop == size && !is_last) return Parsed::kNeedsMore;
    if (!field.quoted) {
      field.data = text + at;
      field.size = static_cast<std::uint32_t>(stop - at);
    } else if (stop != at && record.stray_field < 0) {
      record.stray_field = static_cast<int>(record.count);
    }
    ++record.count;
    if (stop < size && text[stop] == delimiter_) {
      at = stop + 1;
      continue;
    }

    std::size_t after = stop;
    if (stop < size) {
      ++lines;
      ++after;
      if (text[stop] == '\r') {
        if (after == size && !is_last) return Parsed::kNeedsMore;
        if (after < size && text[after] == '\n') after = index_.next() + 1;
      }
    }
    const bool is_blank = record.count == 1 && stop == start_;
    if (is_blank && blank_line_ == BlankLine::kRecordUnlessLast && after == size && !is_last)
      return Parsed::kNeedsMore;
    if (is_blank && is_passed_over(after == size)) {
      line_ += lines;
      start_ = at = after;
      lines = 0;
      record.count = 0;
      if (at == size) return is_last ? Parsed::kEnd : Parsed::kNeedsMore;
      continue;
    }
    accept(record, stop, after, lines);
    return Parsed::kRecord;
  }
}

// From the opening quote at `at` to behind the closing one.
CsvScanner::Quoted CsvScanner::scan_quoted(CsvField& field, std::size_t& at, std::uint64_t& lines) {
  const char* const text = window_.data();
  const std::size_t size = window_.size();
  const bool ends_with_line = !dialect_.is_multiline;
  open_quote(lines);
  field.quoted = true;
  index_.next();  // the opening quote itself
  for (;;) {
    const std::size_t found = index_.next();
    if (found == size)
      return ends_with_line && window_.at_end() ? leave_open(field, at, size) : Quoted::kOpen;
    const char character = text[found];
    const bool is_last = found + 1 == size;
    if (character == dialect_.quote) {
      if (is_last && !window_.at_end())
        return Quoted::kOpen;  // it may be the first half of a doubled one
      if (!is_last && text[found + 1] == dialect_.quote) {
        index_.next();
        field.escaped = true;
        continue;
      }
      field.data = text + at + 1;
      field.size = static_cast<std::uint32_t>(found - at - 1);
      at = found + 1;
      open_line_ = 0;
      return Quoted::kClosed;
    }
    if (character == dialect_.escape && dialect_.escape != 0) {
      if (is_last && !(ends_with_line && window_.at_end())) return Quoted::kOpen;
      field.escaped = true;
      const char next = is_last ? '\0' : text[found + 1];
      if (next == dialect_.quote || next == dialect_.escape) index_.next();
    } else if (ends_with_line && (character == '\n' || character == '\r')) {
      return leave_open(field, at, found);
    } else if (character == '\n' || (character == '\r' && (is_last || text[found + 1] != '\n'))) {
      ++lines;
    }
  }
}

std::optional<std::size_t> CsvScanner::behind_end(std::size_t from) const {
  const std::string_view text(window_.data(), window_.size());
  const std::size_t at = text.find_first_of("\r\n", from);
  if (at == std::string_view::npos) return std::nullopt;
  if (text[at] == '\n') return at + 1;
  if (at + 1 < text.size()) return text[at + 1] == '\n' ? at + 2 : at + 1;
  return window_.at_end() ? std::optional(at + 1) : std::nullopt;
}

}  // namespace decant
