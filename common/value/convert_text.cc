// Text into every other type: the hot path of every CSV load.
#include <bit>
#include <charconv>
#include <cmath>

#include "common/base/text.h"
#include "common/value/convert_parts.h"
#include "common/value/decimal.h"
#include "common/value/float_text.h"
#include "common/value/json.h"

namespace decant::conversion {
namespace {

// Brings a number written the local way (1.234.567,89) to the plain form. Groups must be of three
// digits, and the first of them begins with no zero (0.500 is a half): a lone separator in another
// place is a mistake in the data or the job file, and guessing would change the number. Digits of
// an exponent are none of a group: 1.23e4 is as wrong as 1.23.
class NumberForm {
 public:
  explicit NumberForm(const ConvertOptions& options)
      : point_(options.decimal_point),
        group_(options.group_separator),
        plain_(point_ == '.' && group_ == 0) {}

  bool to_plain(std::string_view& text, std::string& buffer) const {
    if (plain_) return true;
    buffer.clear();
    std::size_t digits = 0;  // since the start or the last separator
    bool grouped = false;
    bool whole = true;  // neither the point nor an exponent has come
    char first = 0;     // digit
    for (const char c : text) {
      const bool ends_whole = whole && (c == point_ || c == 'e' || c == 'E');
      if (ends_whole) {
        if (grouped && digits != 3) return false;
        whole = false;
        buffer += c == point_ ? '.' : c;
      } else if (group_ != 0 && c == group_ && whole) {
        if (grouped ? digits != 3 : digits < 1 || digits > 3 || first == '0') return false;
        grouped = true;
        digits = 0;
      } else {
        if (c == '.' || c == ',') return false;
        if (c >= '0' && c <= '9') {
          ++digits;
          if (first == 0) first = c;
        }
        buffer += c;
      }
    }
    if (grouped && whole && digits != 3) return false;
    text = buffer;
    return true;
  }

 private:
  char point_;
  char group_;
  bool plain_;
};

struct TextToDecimal {
  NumberForm form;
  DecimalSink sink;
  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch& scratch) const {
    if (!form.to_plain(text, scratch.more)) return Fault::kNotThis;
    return sink.put_text(text, row, out, scratch);
  }
};

struct TextToInt {
  NumberForm form;
  std::int32_t bits;
  DecimalSink sink;  // decimal(38,0), for "12.00" and "1e3", which are whole numbers too

  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch& scratch) const {
    if (!form.to_plain(text, scratch.more)) return Fault::kNotThis;
    std::int64_t& value = out.words[row];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && end == text.data() + text.size()) {
      return fits_bits(value, bits) ? Fault::kNone : Fault::kOutOfRange;
    }
    Int128 wide = 0;
    const Fault fault = sink.read(text, wide, scratch);
    if (fault != Fault::kNone) return fault;
    value = static_cast<std::int64_t>(wide);
    return value == wide && fits_bits(value, bits) ? Fault::kNone : Fault::kOutOfRange;
  }
};

struct TextToFloat {
  NumberForm form;
  bool lossy;
  bool is_single;

  Fault operator()(std::string_view text, std::size_t row, Column& out, Scratch& scratch) const {
    if (!form.to_plain(text, scratch.more)) return Fault::kNotThis;
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    double value = 0;
    const Fault fault = is_single ? read<float>(text, value) : read<double>(text, value);
    out.words[row] = std::bit_cast<std::int64_t>(value);
    return fault;
  }

 private:
  template <typename Float>
  Fault read(std::string_view text, double& value) const {
    Float nearest = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), nearest);
    // nan(7), as C writes a NaN with a payload, is no number that a table could hold.
    if (end != text.data() + text.size() || text.back() == ')') return Fault::kNotThis;
    if (error == std::errc::result_out_of_range) return Fault::kOutOfRange;
    if (error != std::errc()) return Fault::kNotThis;
    value = static_cast<double>(nearest);
    return lossy || float_holds(text, nearest) ? Fault::kNone : Fault::kInexact;
  }
};

bool equals(std::string_view text, std::string_view lower_word) {
  if (text.size() != lower_word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower_word[i]) return false;
  }
  return true;
}

Fault text_to_bool(std::string_view text, std::size_t row, Column& out, Scratch&) {
  // The bytes of an accented letter are none of a capital, so that both of its forms stand here.
  constexpr std::string_view k_true[] = {"true", "t",         "1",         "yes", "y",
                                         "si",   "s\xC3\xAD", "s\xC3\x8D", "on"};
  constexpr std::string_view k_false[] = {"false", "f", "0", "no", "n", "off"};
  for (const std::string_view word : k_true) {
    if (equals(text, word)) {
      out.bytes[row] = 1;
      return Fault::kNone;
    }
  }
  for (const std::string_view word : k_false) {
    if (equals(text, word)) return Fault::kNone;
  }
  return Fault::kNotThis;
}

Fault text_to_bytes(std::string_view text, std::size_t row, Column& out, Scratch& scratch) {
  if (text.size() < 2 || text[0] != '\\' || (text[1] != 'x' && text[1] != 'X') ||
      text.size() % 2 != 0)
    return Fault::kNotThis;
  const std::size_t size = (text.size() - 2) / 2;
  auto* bytes = reinterpret_cast<std::uint8_t*>(scratch.arena.allocate(size));
  if (!from_hex(text.substr(2), {bytes, size})) return Fault::kNotThis;
  out.views[row] = {reinterpret_cast<const char*>(bytes), size};
  return Fault::kNone;
}

// As PostgreSQL reads them: in braces or not, a dash or none behind each group of four digits.
Fault text_to_uuid(std::string_view text, std::size_t row, Column& out, Scratch&) {
  if (text.size() > 2 && text.front() == '{' && text.back() == '}')
    text = text.substr(1, text.size() - 2);
  char digits[32];
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool may_be_dash = count > 0 && count < sizeof digits && count % 4 == 0;
    if (text[i] == '-' && may_be_dash && text[i - 1] != '-') continue;
    if (count == sizeof digits) return Fault::kNotThis;
    digits[count++] = text[i];
  }
  std::uint8_t bytes[16];
  if (count != sizeof digits || !from_hex({digits, sizeof digits}, bytes)) return Fault::kNotThis;
  UInt128 value = 0;
  for (const std::uint8_t byte : bytes) value = value << 8 | byte;
  out.wides[row] = static_cast<Int128>(value);
  return Fault::kNone;
}

// The text is kept as it is; reading it into canonical form is how it is checked.
Fault text_to_json(std::string_view text, std::size_t row, Column& out, Scratch& scratch) {
  scratch.text.clear();
  if (!append_canonical_json(text, scratch.text)) return Fault::kNotThis;
  out.views[row] = text;
  return Fault::kNone;
}

}  // namespace

Made make_from_text(const Context& context) {
  const NumberForm form(context.options);
  switch (context.to.kind) {
    case TypeKind::kBool:
      return from_text(context, text_to_bool);
    case TypeKind::kInt64: {
      Type whole;
      whole.kind = TypeKind::kDecimal;
      whole.precision = 38;
      return from_text(context,
                       TextToInt{form, context.to.bits, DecimalSink(whole, context.options.lossy)});
    }
    case TypeKind::kDecimal:
      return from_text(context,
                       TextToDecimal{form, DecimalSink(context.to, context.options.lossy)});
    case TypeKind::kFloat64:
      return from_text(context,
                       TextToFloat{form, !context.options.lossy.empty(), context.to.bits == 32});
    case TypeKind::kBytes:
      return from_text(context, text_to_bytes);
    case TypeKind::kUuid:
      return from_text(context, text_to_uuid);
    case TypeKind::kJson:
      return from_text(context, text_to_json);
    default:
      return make_from_text_to_time(context);
  }
}

}  // namespace decant::conversion
