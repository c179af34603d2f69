#include "common/value/display.h"

#include <array>
#include <charconv>
#include <cmath>

#include "common/value/calendar.h"
#include "common/value/canonical.h"
#include "common/value/decimal.h"

namespace decant {
namespace {

constexpr char k_hex[] = "0123456789abcdef";

// "+00" goes before the BC of an early year, as PostgreSQL writes it.
void append_timestamp_tz(std::int64_t us, std::string& out) {
  std::string text = format_timestamp(us);
  if (us != k_infinity && us != k_minus_infinity) {
    const bool early = text.size() > 3 && text.compare(text.size() - 3, 3, " BC") == 0;
    text.insert(early ? text.size() - 3 : text.size(), "+00");
  }
  out += text;
}

// PostgreSQL's choice between plain and exponent, so that both sides show a number alike.
template <typename Float>
void append_shortest(Float value, Float plain_below, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  const Float magnitude = std::fabs(value);
  const bool plain = value == 0 || (magnitude >= Float(1e-4) && magnitude < plain_below);
  std::array<char, 64> text;
  const auto [end, error] =
      std::to_chars(text.data(), text.data() + text.size(), value,
                    plain ? std::chars_format::fixed : std::chars_format::scientific);
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

void append_word(const Type& type, std::int64_t word, std::string& out) {
  switch (type.kind) {
    case TypeKind::kFloat64:
      append_float(std::bit_cast<double>(word), type.bits, out);
      return;
    case TypeKind::kDate:
      out += format_date(word);
      return;
    case TypeKind::kTime:
      out += format_time(word);
      return;
    case TypeKind::kTimestamp:
      out += format_timestamp(word);
      return;
    case TypeKind::kTimestampTz:
      append_timestamp_tz(word, out);
      return;
    default: {
      char text[24];
      const auto [end, error] = std::to_chars(text, text + sizeof text, word);
      out.append(text, static_cast<std::size_t>(end - text));
    }
  }
}

void append_uuid(UInt128 value, std::string& out) {
  for (int nibble = 31; nibble >= 0; --nibble) {
    out += k_hex[static_cast<unsigned>(value >> (4 * nibble)) & 15];
    if (nibble == 24 || nibble == 20 || nibble == 16 || nibble == 12) out += '-';
  }
}

void append_view(const Type& type, std::string_view view, std::string& out) {
  if (type.kind != TypeKind::kBytes) {
    out += view;
    return;
  }
  out += "\\x";
  for (const char c : view) {
    out += k_hex[static_cast<unsigned char>(c) >> 4];
    out += k_hex[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

void append_float(double value, std::int32_t bits, std::string& out) {
  if (bits == 32) {
    append_shortest(static_cast<float>(value), 1e6F, out);
  } else {
    append_shortest(value, 1e15, out);
  }
}

void append_display(const Column& column, std::size_t row, std::string& out) {
  if (column.valid[row] == 0) {
    out += "NULL";
    return;
  }
  switch (column.storage) {
    case Storage::kByte:
      out += column.bytes[row] != 0 ? "true" : "false";
      return;
    case Storage::kWord:
      append_word(column.type, column.words[row], out);
      return;
    case Storage::kWide: {
      if (column.type.kind == TypeKind::kUuid) {
        append_uuid(static_cast<UInt128>(column.wides[row]), out);
        return;
      }
      char text[48];
      out.append(text, format_decimal_to(column.wides[row], column.type.scale, text));
      return;
    }
    case Storage::kView:
      append_view(column.type, column.views[row], out);
      return;
  }
}

std::string display_text(const Column& column, std::size_t row) {
  std::string text;
  append_display(column, row, text);
  return text;
}

}  // namespace decant
