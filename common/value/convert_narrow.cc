// Types that hold fewer digits than their kind: real, timestamp(3). A value is converted to the
// whole kind first and then looked at.
#include <bit>
#include <cmath>

#include "common/value/calendar.h"
#include "common/value/convert_parts.h"

namespace decant::conversion {
namespace {

// Where text is meant, the nearest number is the value, as it is for float64; another number has an
// equal or none.
Fault narrow_float(std::int64_t& word, bool nearest_is_meant) {
  const double value = std::bit_cast<double>(word);
  const auto narrow = static_cast<float>(value);
  if (std::isinf(narrow) && !std::isinf(value)) return Fault::kOutOfRange;
  if (narrow == 0 && value != 0) return Fault::kOutOfRange;
  const auto again = static_cast<double>(narrow);
  if (again != value && !std::isnan(value) && !nearest_is_meant) return Fault::kInexact;
  word = std::bit_cast<std::int64_t>(again);
  return Fault::kNone;
}

// `unit` microseconds are the smallest step.
Fault narrow_time(std::int64_t& word, std::int64_t unit, const std::string& lossy) {
  if (word == k_infinity || word == k_minus_infinity) return Fault::kNone;
  const std::int64_t rest = ((word % unit) + unit) % unit;
  if (rest == 0) return Fault::kNone;
  if (lossy.empty()) return Fault::kInexact;
  const bool is_odd = (word - rest) / unit % 2 != 0;
  const bool up = lossy == "round" && (rest * 2 > unit || (rest * 2 == unit && is_odd));
  const bool overflows = up ? __builtin_add_overflow(word, unit - rest, &word)
                            : __builtin_sub_overflow(word, rest, &word);
  return overflows ? Fault::kOutOfRange : Fault::kNone;
}

class Narrowing final : public ColumnConverter {
 public:
  Narrowing(Context context, std::unique_ptr<ColumnConverter> whole)
      : context_(std::move(context)), whole_(std::move(whole)) {
    for (std::int32_t scale = context_.to.scale; scale < 0; ++scale) unit_ *= 10;
  }

  void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
               RowFaults& faults) const override {
    whole_->convert(in, rows, out, arena, faults);
    const bool is_float = context_.to.kind == TypeKind::kFloat64;
    const bool nearest = context_.from.kind == TypeKind::kText || !context_.options.lossy.empty();
    for (std::size_t row = 0; row < rows; ++row) {
      if (out.valid[row] == 0) continue;
      const Fault fault = is_float ? narrow_float(out.words[row], nearest)
                                   : narrow_time(out.words[row], unit_, context_.options.lossy);
      if (fault == Fault::kNone) continue;
      out.valid[row] = 0;
      add_value_fault(context_, fault, in, row, faults);
    }
  }

 private:
  Context context_;
  std::unique_ptr<ColumnConverter> whole_;
  std::int64_t unit_ = 1;
};

}  // namespace

Type whole_kind(const Type& type) {
  Type whole = type;
  if (type.kind == TypeKind::kFloat64) whole.bits = 64;
  if (type.kind != TypeKind::kDecimal) whole.scale = 0;
  return whole;
}

std::unique_ptr<ColumnConverter> make_narrowing(const Context& context,
                                                std::unique_ptr<ColumnConverter> whole) {
  return std::make_unique<Narrowing>(context, std::move(whole));
}

}  // namespace decant::conversion
