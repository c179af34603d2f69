#include "common/connector/files/csv_reader.h"

#include <algorithm>
#include <unordered_set>

#include "common/base/text.h"

namespace decant {
namespace {

CsvDialect dialect_of(const FileOptions& options) {
  return {options.delimiter,
          options.quote,
          options.escape,
          options.record_end,
          options.ragged == RaggedRows::kJoin,
          options.multiline};
}

}  // namespace

CsvReader::CsvReader(ReaderContext context, std::unique_ptr<TextWindow> window)
    : RecordReader(std::move(context), std::move(window)),
      scanner_(make_scanner(dialect_of(context_.options), *window_,
                            static_cast<std::uint64_t>(context_.part.begin.line))),
      nulls_(context_.options) {
  scanner_->set_most_bytes(context_.most_record_bytes);
}

Result<std::unique_ptr<CsvReader>> CsvReader::open(ReaderContext context) {
  const bool has_beginning = context.part.begin == RecordMark{};
  std::unique_ptr<CsvReader> head;  // of a part that lies behind the header
  if (!has_beginning) {
    DECANT_TRY_ASSIGN(head, open(whole_of(context)));
  }
  DECANT_TRY_ASSIGN(auto window, open_window(context));
  std::unique_ptr<CsvReader> reader(new CsvReader(std::move(context), std::move(window)));
  if (has_beginning) {
    DECANT_TRY(reader->read_header());
  } else {
    reader->header_ = head->header_;
    reader->take_names(head->names_);
    DECANT_TRY(reader->choose(head->names_));
  }
  return reader;
}

// In a file of one column a blank line is a row without a value, as databases write it; the last
// line is blank in too many files to mean that.
void CsvReader::take_names(std::vector<std::string> names) {
  names_ = std::move(names);
  scanner_->set_field_count(names_.size());
  if (names_.size() != 1) return;
  const bool ends_with_file = context_.part.end_byte == 0;
  scanner_->set_blank_line(ends_with_file ? BlankLine::kRecordUnlessLast : BlankLine::kRecord);
}

Status CsvReader::read_header() {
  for (std::int64_t line = 0; line < context_.options.skip_lines; ++line) {
    DECANT_TRY_ASSIGN(const bool skipped, scanner_->skip_line());
    if (!skipped) break;  // the file is said to be empty
  }
  if (!context_.options.header) take_names(context_.options.column_names);
  DECANT_TRY_ASSIGN(const bool found, scanner_->next(record_));
  if (found && record_.is_too_long) {
    return fail(ErrorCode::kProtocol,
                context_.path + ": the first line has more than " +
                    std::to_string(context_.most_record_bytes >> 20) + " MiB.",
                "It may not be a delimited text file.");
  }
  if (context_.options.header) {
    if (found && record_.open_field >= 0) {
      return fail(ErrorCode::kProtocol,
                  context_.path + ": a quote of the header in line " +
                      std::to_string(record_.line) + " is not closed in its line.",
                  "Mend the header, or set `quote:` to what the file uses.");
    }
    if (found && record_.stray_field >= 0) {
      return fail(ErrorCode::kProtocol,
                  context_.path + ": text follows the closing quote of column " +
                      std::to_string(record_.stray_field + 1) + " of the header in line " +
                      std::to_string(record_.line) + ": a quote of it may not be closed.",
                  "Mend the header, or set `quote:` and `escape:` to what the file uses.");
    }
    if (!found) {
      return fail(ErrorCode::kProtocol, context_.path + " is empty: a header line was expected.",
                  "If the file has no header, set `header: false` and `column_names:`.");
    }
    if (first_invalid_utf8(record_.text) != std::string_view::npos) {
      const RowPlace place{0, record_.line, record_.file_offset};
      return fail(
          ErrorCode::kProtocol,
          context_.path + ", " + encoding_reject(context_, place, record_.text).reason + ".",
          "Set `encoding:` to the one that the file was written in, such as latin-1.");
    }
    name_columns(record_);
    take_names(std::move(names_));
  } else {
    if (names_.empty() && found) {
      for (std::size_t i = 0; i < record_.count; ++i)
        names_.push_back("column_" + std::to_string(i + 1));
      take_names(std::move(names_));
    }
    if (found) scanner_->put_back(record_);
  }
  return choose(names_);
}

// As the header writes a name, in quotes or without.
std::string CsvReader::name_in(const CsvField& field) const {
  std::string name(field.view());
  if (field.escaped) name.resize(scanner_->unescape(field, name.data()));
  const bool has_blanks = field.quoted && !context_.options.trim;
  return has_blanks ? name : std::string(trimmed(name));
}

// Names that occur twice are told apart by a number, so that each column can be asked for.
void CsvReader::name_columns(const CsvRecord& header) {
  for (std::size_t i = 0; i < header.count; ++i) header_.push_back(name_in(header.fields[i]));
  const std::vector<std::string>& own = header_;
  // What the header says is never another's: numbers go to what is left.
  std::unordered_set<std::string> taken(own.begin(), own.end()), seen;
  for (std::size_t i = 0; i < own.size(); ++i) {
    std::string name = own[i];
    const bool is_nameless = name.empty();
    if (is_nameless || !seen.insert(name).second) {
      const std::string base = is_nameless ? "column_" + std::to_string(i + 1) : name;
      name = is_nameless ? base : base + "_2";
      for (int copy = is_nameless ? 2 : 3; !taken.insert(name).second; ++copy)
        name = base + "_" + std::to_string(copy);
    }
    names_.push_back(std::move(name));
  }
}

Status CsvReader::choose(const std::vector<std::string>& columns) {
  chosen_.clear();
  for (const std::string& column : columns) {
    const auto found = std::find(names_.begin(), names_.end(), column);
    if (found == names_.end()) {
      const std::string near = nearest(column, names_);
      return fail(
          ErrorCode::kMismatch, context_.path + " has no column \"" + column + "\".",
          near.empty() ? "It has: " + join(names_, ", ") + "." : "Did you mean \"" + near + "\"?");
    }
    chosen_.push_back(static_cast<std::size_t>(found - names_.begin()));
  }
  schema_ = text_schema(columns);
  return {};
}

// The next record that is not to be passed over.
Result<bool> CsvReader::read_record() {
  const FileOptions& options = context_.options;
  for (;;) {
    DECANT_TRY_ASSIGN(const bool found, scanner_->next(record_));
    if (!found) return false;
    if (options.repeated_header == RepeatedHeader::kSkip && repeats_header()) continue;
    const bool is_judged = !record_.is_too_long && record_.open_field < 0;
    if (options.ragged == RaggedRows::kFail && is_judged && !has_right_fields()) {
      return fail(
          ErrorCode::kProtocol,
          context_.path + ": " + ragged_reason() +
              (record_.file_offset > 0 ? " (byte " + std::to_string(record_.file_offset) + ")."
                                       : "."),
          "Mend the file, or allow such rows with `ragged: reject` or `ragged: pad`.");
    }
    return true;
  }
}

// Of one column it may well be a value.
bool CsvReader::repeats_header() const {
  if (header_.size() < 2 || record_.stray_field >= 0 || !has_right_fields()) return false;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (i >= record_.count) {  // padded
      if (!header_[i].empty()) return false;
      continue;
    }
    const CsvField& field = record_.fields[i];
    if (field.size < header_[i].size()) return false;  // nearly every row ends here
    if (name_in(field) != header_[i] && (i > 0 || name_behind_mark(field) != header_[i]))
      return false;
  }
  return true;
}

// Where files were joined, a header has the byte order mark of its own before it, and quotes behind
// that open no field. Empty where there is none.
std::string CsvReader::name_behind_mark(const CsvField& field) const {
  constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";
  std::string_view name = field.view();
  if (!name.starts_with(k_byte_order_mark)) return {};
  name = trimmed(name.substr(k_byte_order_mark.size()));
  const char quote = context_.options.quote;
  if (quote != 0 && name.size() >= 2 && name.front() == quote && name.back() == quote)
    name = name.substr(1, name.size() - 2);
  return std::string(name);
}

bool CsvReader::has_right_fields() const {
  if (record_.count == names_.size()) return true;
  if (context_.options.ragged != RaggedRows::kPad) return false;
  for (std::size_t i = names_.size(); i < record_.count; ++i) {
    if (record_.fields[i].size != 0) return false;
  }
  return true;
}

std::string CsvReader::ragged_reason() const {
  return "line " + std::to_string(record_.line) + " has " + std::to_string(record_.count) +
         (record_.count == 1 ? " field, " : " fields, ") +
         (context_.options.header ? "the header has " : "expected are ") +
         std::to_string(names_.size());
}

// What makes the record no row; nothing where it is one.
std::optional<Reject> CsvReader::record_fault(const RowPlace& place) const {
  const auto line = [&] { return "line " + std::to_string(record_.line); };
  const auto fault = [&](std::string rule, std::string reason) {
    return row_reject(context_, place, std::move(rule), std::move(reason), record_.text);
  };
  if (record_.is_too_long) {
    return fault("too long", line() + " begins a record of more than " +
                                 std::to_string(context_.most_record_bytes >> 20) +
                                 " MiB, which is the most that one may have");
  }
  if (record_.open_field >= 0) {
    const auto field = static_cast<std::size_t>(record_.open_field);
    return fault("quote", line() + ": the quote that opens " +
                              (field < names_.size() ? names_[field] : "the last column") +
                              " is not closed in its line");
  }
  if (!has_right_fields()) return fault("ragged", ragged_reason());
  if (record_.stray_field >= 0) {
    const auto field = static_cast<std::size_t>(record_.stray_field);
    return fault("quote", line() + ": text follows the closing quote of " +
                              (field < names_.size() ? names_[field] : "the last column"));
  }
  if (context_.options.repeated_header == RepeatedHeader::kReject && repeats_header())
    return fault("header", line() + " is the header again, in the middle of the file");
  const bool is_text =
      window_->is_valid_utf8() || first_invalid_utf8(record_.text) == std::string_view::npos;
  if (!is_text) return encoding_reject(context_, place, record_.text);
  return std::nullopt;
}

void CsvReader::add_rows(RowBatch& batch, std::vector<Reject>& faults) {
  const RowPlace place{0, record_.line, record_.file_offset};
  if (std::optional<Reject> fault = record_fault(place)) {
    faults.push_back(*std::move(fault));
  } else {
    add_row(batch, place);
  }
}

void CsvReader::add_row(RowBatch& batch, const RowPlace& place) {
  const std::size_t row = batch.rows++;
  keep_block(batch, *window_);
  batch.places[row] = place;
  for (std::size_t i = 0; i < chosen_.size(); ++i) {
    Column& column = batch.columns[i];
    if (chosen_[i] >= record_.count) {
      column.valid[row] = 0;
      continue;
    }
    const CsvField& field = record_.fields[chosen_[i]];
    std::string_view value = field.view();
    if (!field.quoted) {
      if (context_.options.trim) value = trimmed(value);
      column.valid[row] = !nulls_.contains(value);
    } else {
      if (field.escaped) {
        char* copy = batch.arena.allocate(field.size);
        value = {copy, scanner_->unescape(field, copy)};
      }
      column.valid[row] = 1;
    }
    column.views[row] = value;
  }
}

}  // namespace decant
