// bool, integers, decimals and floating point among each other.
#include <bit>
#include <charconv>
#include <cmath>

#include "common/value/convert_parts.h"
#include "common/value/decimal.h"
#include "common/value/display.h"

namespace decant::conversion {
namespace {

// The integer that a decimal is, at scale 0.
struct DecimalToInt {
  std::int32_t bits;
  std::int32_t from_scale;
  DecimalSink sink;

  Fault operator()(const Column& in, std::size_t row, Column& out, Scratch& scratch) const {
    Int128 whole = 0;
    const Fault fault = in.storage == Storage::kWide
                            ? sink.rescale(in.wides[row], from_scale, whole)
                            : sink.read(in.views[row], whole, scratch);
    if (fault != Fault::kNone) return fault;
    const auto value = static_cast<std::int64_t>(whole);
    if (value != whole || !fits_bits(value, bits)) return Fault::kOutOfRange;
    out.words[row] = value;
    return Fault::kNone;
  }
};

// Kept when the shortest text of the floating-point number is the same decimal number again.
bool gives_back(double value, std::int32_t bits, std::string_view text, Scratch& scratch) {
  scratch.more.clear();
  append_float(value, bits, scratch.more);
  std::string again;
  return normalize_decimal(scratch.more, again) && normalize_decimal(text, scratch.more) &&
         again == scratch.more;
}

// Numbers into floating point of the width of `Float`. Each is rounded once: on its way to a float
// by a double it could end on the other side of a half.
template <typename Float>
struct ToFloat {
  static constexpr std::int32_t k_bits = sizeof(Float) * 8;
  bool lossy;

  Fault put(double value, std::size_t row, Column& out) const {
    out.words[row] = std::bit_cast<std::int64_t>(value);
    return Fault::kNone;
  }

  Fault decimal(const Column& in, std::size_t row, Column& out, Scratch& scratch) const {
    std::string& text = scratch.text;
    text.clear();
    append_display(in, row, text);
    Float value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return Fault::kOutOfRange;
    if (!lossy && !gives_back(value, k_bits, text, scratch)) return Fault::kInexact;
    return put(value, row, out);
  }

  Fault integer(std::int64_t value, std::size_t row, Column& out) const {
    const auto number = static_cast<Float>(value);
    // 2^63 itself is not an int64.
    const bool exact =
        number < Float(9223372036854775808.0) && static_cast<std::int64_t>(number) == value;
    return exact || lossy ? put(number, row, out) : Fault::kInexact;
  }

  Fault floating(double value, std::size_t row, Column& out) const {
    const auto number = static_cast<Float>(value);
    if (std::isinf(number) && !std::isinf(value)) return Fault::kOutOfRange;
    if (number == 0 && value != 0) return Fault::kOutOfRange;
    if (number != value && !std::isnan(value) && !lossy) return Fault::kInexact;
    return put(number, row, out);
  }

  Fault operator()(const Column& in, std::size_t row, Column& out, Scratch& scratch) const {
    switch (in.type.kind) {
      case TypeKind::kDecimal:
        return decimal(in, row, out, scratch);
      case TypeKind::kFloat64:
        return floating(std::bit_cast<double>(in.words[row]), row, out);
      default:
        return integer(in.storage == Storage::kByte ? in.bytes[row] : in.words[row], row, out);
    }
  }
};

Made to_float(const Context& context) {
  const bool lossy = !context.options.lossy.empty();
  if (context.to.bits == 32) return from_value(context, ToFloat<float>{lossy});
  return from_value(context, ToFloat<double>{lossy});
}

Made to_decimal(const Context& context) {
  const DecimalSink sink(context.to, context.options.lossy);
  const std::int32_t scale = context.from.scale;
  switch (context.from.kind) {
    case TypeKind::kBool:
      return from_value(context,
                        [sink](const Column& in, std::size_t row, Column& out, Scratch& scratch) {
                          return sink.put(in.bytes[row], 0, row, out, scratch);
                        });
    case TypeKind::kInt64:
      return from_value(context,
                        [sink](const Column& in, std::size_t row, Column& out, Scratch& scratch) {
                          return sink.put(in.words[row], 0, row, out, scratch);
                        });
    case TypeKind::kDecimal:
      return from_value(
          context, [sink, scale](const Column& in, std::size_t row, Column& out, Scratch& scratch) {
            if (in.storage == Storage::kWide)
              return sink.put(in.wides[row], scale, row, out, scratch);
            return sink.put_text(in.views[row], row, out, scratch);
          });
    default:
      return from_value(context, [sink, bits = context.from.bits](const Column& in, std::size_t row,
                                                                  Column& out, Scratch& scratch) {
        scratch.more.clear();
        append_float(std::bit_cast<double>(in.words[row]), bits, scratch.more);
        return sink.put_text(scratch.more, row, out, scratch);
      });
  }
}

Made to_integer(const Context& context) {
  const std::int32_t bits = context.to.bits;
  const bool lossy = !context.options.lossy.empty();
  const bool round = context.options.lossy == "round";
  switch (context.from.kind) {
    case TypeKind::kBool:
      return from_value(context, [](const Column& in, std::size_t row, Column& out, Scratch&) {
        out.words[row] = in.bytes[row];
        return Fault::kNone;
      });
    case TypeKind::kInt64:
      return from_value(context, [bits](const Column& in, std::size_t row, Column& out, Scratch&) {
        out.words[row] = in.words[row];
        return fits_bits(in.words[row], bits) ? Fault::kNone : Fault::kOutOfRange;
      });
    case TypeKind::kDecimal: {
      Type wide;
      wide.kind = TypeKind::kDecimal;
      wide.precision = 38;
      return from_value(context, DecimalToInt{bits, context.from.scale,
                                              DecimalSink(wide, context.options.lossy)});
    }
    default:
      return from_value(
          context, [bits, lossy, round](const Column& in, std::size_t row, Column& out, Scratch&) {
            const double value = std::bit_cast<double>(in.words[row]);
            const double whole = round ? std::nearbyint(value) : std::trunc(value);
            if (!(whole >= -9223372036854775808.0 && whole < 9223372036854775808.0))
              return Fault::kOutOfRange;
            if (whole != value && !lossy) return Fault::kInexact;
            out.words[row] = static_cast<std::int64_t>(whole);
            return fits_bits(out.words[row], bits) ? Fault::kNone : Fault::kOutOfRange;
          });
  }
}

}  // namespace

Made make_numeric(const Context& context) {
  switch (context.to.kind) {
    case TypeKind::kInt64:
      return to_integer(context);
    case TypeKind::kDecimal:
      return to_decimal(context);
    case TypeKind::kFloat64:
      return to_float(context);
    default:
      return from_value(context, [](const Column& in, std::size_t row, Column& out, Scratch&) {
        const std::int64_t value = in.words[row];
        out.bytes[row] = value == 1 ? 1 : 0;
        return value == 0 || value == 1 ? Fault::kNone : Fault::kNotThis;
      });
  }
}

}  // namespace decant::conversion
