#include "common/connector/files/csv_scanner.h"

namespace decant {
namespace {

// A quote that is never closed would swallow the rest of the file: these limits let it be named
// instead.
constexpr std::size_t k_most_record_bytes = 16 << 20;
constexpr std::uint64_t k_most_lines_in_quotes = 10'000;

std::array<char, StructuralIndex::k_most_characters> structural_characters(
    const CsvDialect& dialect) {
  const char quote = dialect.quote != 0 ? dialect.quote : dialect.delimiter;
  const char escape = dialect.escape != 0 ? dialect.escape : quote;
  return {dialect.delimiter, '\n', '\r', quote, escape};
}

CsvDialect normalized(CsvDialect dialect) {
  if (dialect.quote == 0 || dialect.escape == dialect.quote) dialect.escape = 0;
  return dialect;
}

}  // namespace

CsvScanner::CsvScanner(const CsvDialect& dialect, TextWindow& window, std::uint64_t line)
    : dialect_(normalized(dialect)),
      window_(window),
      index_(structural_characters(dialect_)),
      line_(line) {}

Result<bool> CsvScanner::next(CsvRecord& record) {
  for (;;) {
    switch (parse(record)) {
      case Parsed::kRecord:
        return true;
      case Parsed::kEnd:
        return false;
      case Parsed::kTooManyLines:
        return never_closed();
      case Parsed::kNeedsMore:
        if (window_.at_end()) return never_closed();
        if (window_.size() - start_ > k_most_record_bytes) {
          if (open_line_ != 0) return never_closed();
          return fail(ErrorCode::kProtocol,
                      window_.stream().file().path() +
                          " has no line end within 16 MiB after line " + std::to_string(line_) +
                          ".",
                      "It may not be a delimited text file.");
        }
        DECANT_TRY(refill());
    }
  }
}

CsvScanner::Parsed CsvScanner::parse(CsvRecord& record) {
  const char* const text = window_.data();
  const std::size_t size = window_.size();
  const bool is_last = window_.at_end();
  std::size_t at = start_;
  std::uint64_t lines = 0;
  record.count = 0;
  record.stray_field = -1;
  if (at == size) return is_last ? Parsed::kEnd : Parsed::kNeedsMore;
  for (;;) {
    if (record.count == record.fields.size()) record.fields.resize(record.count * 2 + 16);
    CsvField& field = record.fields[record.count];
    field.quoted = field.escaped = false;
    if (dialect_.quote != 0 && at < size && text[at] == dialect_.quote) {
      const Quoted quoted = scan_quoted(field, at, lines);
      if (quoted == Quoted::kOpen) return Parsed::kNeedsMore;
      if (quoted == Quoted::kTooManyLines) return Parsed::kTooManyLines;
    }
    std::size_t stop = index_.next();
    while (stop < size && text[stop] != dialect_.delimiter && text[stop] != '\n' &&
           text[stop] != '\r') {
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
    if (stop < size && text[stop] == dialect_.delimiter) {
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
    if (is_blank && (blank_line_ == BlankLine::kNothing ||
                     (blank_line_ == BlankLine::kRecordUnlessLast && after == size))) {
      line_ += lines;
      start_ = at = after;
      lines = 0;
      record.count = 0;
      if (at == size) return is_last ? Parsed::kEnd : Parsed::kNeedsMore;
      continue;
    }
    record.text = {text + start_, stop - start_};
    record.line = line_;
    record.offset = window_.offset() + start_;
    line_ += lines;
    start_ = after;
    return Parsed::kRecord;
  }
}

// From the opening quote at `at` to behind the closing one.
CsvScanner::Quoted CsvScanner::scan_quoted(CsvField& field, std::size_t& at, std::uint64_t& lines) {
  const char* const text = window_.data();
  const std::size_t size = window_.size();
  const std::uint64_t lines_before = lines;
  open_line_ = line_ + lines;
  field.quoted = true;
  index_.next();  // the opening quote itself
  for (;;) {
    const std::size_t found = index_.next();
    if (found == size) return Quoted::kOpen;
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
      if (is_last) return Quoted::kOpen;
      field.escaped = true;
      const char next = text[found + 1];
      if (next == dialect_.quote || next == dialect_.escape) index_.next();
    } else if (character == '\n' || (character == '\r' && (is_last || text[found + 1] != '\n'))) {
      if (++lines - lines_before > k_most_lines_in_quotes) return Quoted::kTooManyLines;
    }
  }
}

Status CsvScanner::refill() {
  DECANT_TRY(window_.advance(start_));
  start_ = 0;
  index_.restart(window_.data(), window_.size(), 0);
  return {};
}

tl::unexpected<Error> CsvScanner::never_closed() const {
  return fail(ErrorCode::kProtocol,
              "The quote that opens in line " + std::to_string(open_line_) + " of " +
                  window_.stream().file().path() + " is never closed.",
              "Mend that line, or set `quote:` to what the file uses (`quote: \"\"` for none).");
}

void CsvScanner::put_back(const CsvRecord& record) {
  start_ = static_cast<std::size_t>(record.offset - window_.offset());
  line_ = record.line;
  index_.restart(window_.data(), window_.size(), start_);
}

std::size_t CsvScanner::unescape(const CsvField& field, char* out) const {
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

}  // namespace decant
