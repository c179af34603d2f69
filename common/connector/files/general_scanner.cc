#include "common/connector/files/general_scanner.h"

#include <algorithm>

namespace decant {

GeneralScanner::GeneralScanner(const CsvDialect& dialect, TextWindow& window, std::uint64_t line)
    : RecordScanner(dialect, window, line), end_core_(dialect_.record_end) {
  ends_with_line_ = end_core_.empty() || end_core_.back() == '\n';
  if (end_core_.ends_with('\n')) end_core_.pop_back();
  if (ends_with_line_ && end_core_.ends_with('\r')) end_core_.pop_back();
  longest_ = std::max(dialect_.delimiter.size(), end_core_.size() + 2);
  const auto starts = [this](char c) { starts_separator_[static_cast<unsigned char>(c)] = true; };
  starts(dialect_.delimiter.front());
  if (end_core_.empty()) {
    starts('\n');
    starts('\r');
  } else {
    starts(end_core_.front());
  }
}

std::size_t GeneralScanner::end_at(std::size_t at) const {
  const std::string_view rest(window_.data() + at, window_.size() - at);
  if (!rest.starts_with(end_core_)) return 0;
  const std::size_t core = end_core_.size();
  if (!ends_with_line_) return core;
  const std::string_view behind = rest.substr(core);
  if (behind.starts_with("\r\n")) return core + 2;
  if (behind.starts_with('\n') || (core == 0 && behind.starts_with('\r'))) return core + 1;
  return behind.empty() ? core : 0;  // the last record of a file may lack its line end
}

GeneralScanner::Separator GeneralScanner::separator_at(std::size_t at) const {
  if (!starts_separator_[static_cast<unsigned char>(window_.data()[at])]) return {};
  if (window_.size() - at < longest_ && !window_.at_end()) return {Separator::Kind::kUnsure, 0};
  const std::string_view rest(window_.data() + at, window_.size() - at);
  const std::size_t end = end_at(at);
  // One may begin like the other: `|` and `|` with a line end.
  if (rest.starts_with(dialect_.delimiter) && dialect_.delimiter.size() > end)
    return {Separator::Kind::kDelimiter, dialect_.delimiter.size()};
  if (end != 0) return {Separator::Kind::kEnd, end};
  return {};
}

std::optional<std::size_t> GeneralScanner::behind_end(std::size_t from) const {
  for (std::size_t at = from; at < window_.size(); ++at) {
    const Separator found = separator_at(at);
    if (found.kind == Separator::Kind::kUnsure) return std::nullopt;
    if (found.kind == Separator::Kind::kEnd) return at + found.size;
  }
  return std::nullopt;
}

GeneralScanner::Quoted GeneralScanner::scan_quoted(CsvField& field, std::size_t& at) {
  const char* const text = window_.data();
  const std::size_t size = window_.size();
  open_quote(line_ends(start_, at));
  field.quoted = true;
  for (std::size_t next = at + 1; next < size; ++next) {
    const char character = text[next];
    const bool is_last = next + 1 == size;
    if (character == dialect_.quote) {
      if (is_last && !window_.at_end()) return Quoted::kOpen;
      if (!is_last && text[next + 1] == dialect_.quote) {
        ++next;
        field.escaped = true;
        continue;
      }
      field.data = text + at + 1;
      field.size = static_cast<std::uint32_t>(next - at - 1);
      at = next + 1;
      open_line_ = 0;
      return Quoted::kClosed;
    }
    if (character == dialect_.escape && dialect_.escape != 0) {
      if (is_last) break;
      field.escaped = true;
      if (text[next + 1] == dialect_.quote || text[next + 1] == dialect_.escape) ++next;
    } else if (!dialect_.is_multiline) {
      const Separator found = separator_at(next);
      if (found.kind == Separator::Kind::kUnsure) return Quoted::kOpen;
      if (found.kind == Separator::Kind::kEnd) return leave_open(field, at, next);
    }
  }
  return !dialect_.is_multiline && window_.at_end() ? leave_open(field, at, size) : Quoted::kOpen;
}

GeneralScanner::Separator GeneralScanner::scan_plain(const CsvRecord& record, const CsvField& field,
                                                     std::size_t& at) const {
  const std::size_t size = window_.size();
  const bool joins = dialect_.joins_lines && !field.quoted && record.count + 1 < field_count_;
  while (at < size) {
    const Separator found = separator_at(at);
    if (found.kind == Separator::Kind::kEnd && joins && at != start_) {
      // The last line end of a text is no part of a field, nor is one that makes a blank line.
      const bool is_last = at + found.size == size;
      if (is_last) return window_.at_end() ? found : Separator{Separator::Kind::kUnsure, 0};
    } else if (found.kind != Separator::Kind::kNone) {
      return found;
    }
    at += std::max<std::size_t>(found.size, 1);
  }
  return {window_.at_end() ? Separator::Kind::kEnd : Separator::Kind::kUnsure, 0};
}

GeneralScanner::Parsed GeneralScanner::parse(CsvRecord& record) {
  const bool is_last = window_.at_end();
  std::size_t at = start_;
  record.count = 0;
  record.stray_field = record.open_field = -1;
  for (;;) {
    if (at == window_.size() && at == start_) return is_last ? Parsed::kEnd : Parsed::kNeedsMore;
    if (record.count == record.fields.size()) record.fields.resize(record.count * 2 + 16);
    CsvField& field = record.fields[record.count];
    field.quoted = field.escaped = false;
    if (dialect_.quote != 0 && at < window_.size() && window_.data()[at] == dialect_.quote) {
      const Quoted quoted = scan_quoted(field, at);
      if (quoted == Quoted::kOpen) return Parsed::kNeedsMore;
      if (quoted == Quoted::kLeftOpen) record.open_field = static_cast<int>(record.count);
    }
    const std::size_t begin = at;
    const Separator found = scan_plain(record, field, at);
    if (found.kind == Separator::Kind::kUnsure) return Parsed::kNeedsMore;
    if (!field.quoted) {
      field.data = window_.data() + begin;
      field.size = static_cast<std::uint32_t>(at - begin);
    } else if (at != begin && record.stray_field < 0) {
      record.stray_field = static_cast<int>(record.count);
    }
    ++record.count;
    const std::size_t after = at + found.size;
    if (found.kind == Separator::Kind::kDelimiter) {
      at = after;
      continue;
    }
    const std::uint64_t lines = line_ends(start_, after);
    const bool is_blank = record.count == 1 && at == start_;
    const bool may_be_last = after == window_.size();
    if (is_blank && may_be_last && !is_last && blank_line_ == BlankLine::kRecordUnlessLast)
      return Parsed::kNeedsMore;
    if (!is_blank || !is_passed_over(may_be_last)) {
      accept(record, at, after, lines);
      return Parsed::kRecord;
    }
    line_ += lines;
    start_ = at = after;
    record.count = 0;
  }
}

}  // namespace decant
