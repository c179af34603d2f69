// Why a value was refused, in words for the people who will mend it.
#include <algorithm>

#include "common/base/text.h"
#include "common/value/canonical.h"
#include "common/value/convert_parts.h"
#include "common/value/display.h"

namespace decant::conversion {
namespace {

constexpr std::size_t k_max_original_bytes = 1000;
constexpr std::size_t k_max_quoted_bytes = 80;

// `text` with what is not UTF-8 or not printable spelt as \xNN, so that every report can carry it;
// cut between characters, with dots, where it would be longer than `max_bytes`.
std::string printable(std::string_view text, std::size_t max_bytes) {
  constexpr char k_hex[] = "0123456789ABCDEF";
  constexpr std::string_view k_dots = "...";
  std::string out;
  std::size_t cut_at = 0;  // the end of the last character that leaves room for the dots
  std::size_t bad = first_invalid_utf8(text.substr(0, max_bytes + 4));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool starts_character = (byte & 0xC0) != 0x80 || i == bad;
    if (starts_character && out.size() + k_dots.size() <= max_bytes) cut_at = out.size();
    if (i == bad || (byte < 0x20 && byte != '\n' && byte != '\t')) {
      out += "\\x";
      out += k_hex[byte >> 4];
      out += k_hex[byte & 15];
    } else {
      out += text[i];
    }
    if (i == bad) {
      const std::size_t next = first_invalid_utf8(text.substr(i + 1, max_bytes + 4));
      bad = next == std::string_view::npos ? next : i + 1 + next;
    }
    if (out.size() > max_bytes) {
      out.resize(cut_at);
      return out += k_dots;
    }
  }
  return out;
}

std::string not_this(const Context& context) {
  const std::string& format = context.options.date_format;
  switch (context.to.kind) {
    case TypeKind::kBool:
      return "is neither true nor false.";
    case TypeKind::kInt64:
      return "is not a whole number.";
    case TypeKind::kDecimal:
      return "is not a decimal number.";
    case TypeKind::kFloat64:
      return "is not a number.";
    case TypeKind::kDate:
      return format.empty() ? "is not a date like 2024-08-31."
                            : "is not a date of the form " + format + ".";
    case TypeKind::kTime:
      return format.empty() ? "is not a time like 21:05:00."
                            : "is not a time of the form " + format + ".";
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return format.empty() ? "is not a date and time like 2024-08-31 21:05:00."
                            : "is not a date and time of the form " + format + ".";
    case TypeKind::kBytes:
      return "is not binary data written as \\x and pairs of hexadecimal digits.";
    case TypeKind::kUuid:
      return "is not a UUID like 123e4567-e89b-12d3-a456-426614174000.";
    case TypeKind::kJson:
      return "is not valid JSON.";
    case TypeKind::kText:
      return "is not text.";
  }
  return "cannot be read.";
}

std::string out_of_range(const Type& to) {
  switch (to.kind) {
    case TypeKind::kInt64: {
      if (to.bits == 16) return "is outside -32,768 to 32,767.";
      if (to.bits == 32) return "is outside -2,147,483,648 to 2,147,483,647.";
      return "is too large for a whole number of 64 bits.";
    }
    case TypeKind::kDecimal:
      return "has more digits than " + to_string(to) + " can hold.";
    default:
      return "is outside the range of " + to_string(to) + ".";
  }
}

std::string inexact(const Type& from, const Type& to) {
  switch (to.kind) {
    case TypeKind::kInt64:
      return "is not a whole number.";
    case TypeKind::kDecimal:
      if (to.scale < 0)
        return "has digits below 10^" + std::to_string(-to.scale) + ", which " + to_string(to) +
               " does not keep.";
      return to.scale == 0
                 ? "is not a whole number."
                 : "has more than " + std::to_string(to.scale) + " digits after the decimal point.";
    case TypeKind::kDate:
      return "has a time of day, which a date cannot keep.";
    case TypeKind::kFloat64:
      if (from.kind != TypeKind::kText) return "cannot be kept exactly as " + to_string(to) + ".";
      return "has more digits than " + to_string(to) +
             " keeps; `lossy: round` takes the nearest number.";
    default:
      return "cannot be kept exactly as " + to_string(to) + ".";
  }
}

std::string sentence(const Context& context, Fault fault) {
  switch (fault) {
    case Fault::kNone:
    case Fault::kNotThis:
      return not_this(context);
    case Fault::kOutOfRange:
      return out_of_range(context.to);
    case Fault::kInexact:
      return inexact(context.from, context.to);
    case Fault::kTooLong:
      return "is longer than " + std::to_string(context.to.max_length) + " characters.";
    case Fault::kSkippedTime:
      return "is a time that no clock showed in " + context.options.time_zone +
             ", where it was put forward over it.";
    case Fault::kBadUtf8:
      return "has bytes that are not readable text; check the encoding of the source.";
    case Fault::kOtherOffset:
      return "is another time than clocks in " + context.options.time_zone +
             " showed then, and a " + to_string(context.to) +
             " has no place for its offset; `lossy: truncate` takes what they showed.";
    case Fault::kNoZone:
      return "has a time that goes by the zone of the row's store, and stores that a column names "
             "cannot have zones of their own for that: give the time an offset, or each such store "
             "a source of its own.";
    case Fault::kNul:
      return "has a NUL character, which no text of a target is given; `replace_nul` of the "
             "column says what is to stand there.";
    case Fault::kRepeatedTime:
      return "is the second of two moments that clocks in " + context.options.time_zone +
             " showed alike when they were put back; without a time zone it would become the "
             "first.";
  }
  return not_this(context);
}

}  // namespace

void add_reason(const std::string& column, const std::string& sentence, std::size_t row,
                std::string_view original, RowFaults& faults) {
  faults.add(row, value_reject(column, sentence, original));
}

void add_fault(const Context& context, Fault fault, std::size_t row, std::string_view original,
               RowFaults& faults) {
  if (!faults.has(row)) add_reason(context.column, sentence(context, fault), row, original, faults);
}

void add_value_fault(const Context& context, Fault fault, const Column& in, std::size_t row,
                     RowFaults& faults) {
  if (!faults.has(row)) add_fault(context, fault, row, display_text(in, row), faults);
}

}  // namespace decant::conversion

namespace decant {

Reject value_reject(const std::string& column, const std::string& sentence,
                    std::string_view original) {
  Reject reject;
  reject.column = column;
  reject.rule = "type";
  reject.reason = column + ": \"" +
                  conversion::printable(original, conversion::k_max_quoted_bytes) + "\" " +
                  sentence;
  reject.original = conversion::printable(original, conversion::k_max_original_bytes);
  return reject;
}

}  // namespace decant
