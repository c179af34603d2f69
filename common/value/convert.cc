#include "common/value/convert.h"

#include "common/value/convert_parts.h"

namespace decant {
namespace {

using conversion::Context;

bool is_number(TypeKind kind) {
  return kind == TypeKind::kBool || kind == TypeKind::kInt64 || kind == TypeKind::kDecimal ||
         kind == TypeKind::kFloat64;
}

bool is_temporal(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

bool holds_digits_of_seconds(const Type& type) {
  return type.kind == TypeKind::kTime || type.kind == TypeKind::kTimestamp ||
         type.kind == TypeKind::kTimestampTz;
}

// Decimal digits that every integer of that many bits fits into.
int digits_of_bits(std::int32_t bits) { return bits == 16 ? 5 : bits == 32 ? 10 : 19; }

Fidelity widening_if(bool widens) { return widens ? Fidelity::kWidening : Fidelity::kLossy; }

Fidelity to_decimal(const Type& from, const Type& to) {
  if (from.kind == TypeKind::kFloat64) return Fidelity::kLossy;
  if (to.precision == 0) return Fidelity::kWidening;
  if (from.kind == TypeKind::kBool) return widening_if(to.precision > to.scale);
  if (from.kind == TypeKind::kInt64)
    return widening_if(to.scale >= 0 && to.precision - to.scale >= digits_of_bits(from.bits));
  if (from.precision == 0) return Fidelity::kLossy;
  return widening_if(to.scale >= from.scale &&
                     to.precision - to.scale >= from.precision - from.scale);
}

Fidelity among_numbers(const Type& from, const Type& to) {
  switch (to.kind) {
    case TypeKind::kDecimal:
      return to_decimal(from, to);
    case TypeKind::kInt64:
      if (from.kind == TypeKind::kBool) return Fidelity::kWidening;
      return widening_if(from.kind == TypeKind::kInt64 && from.bits <= to.bits);
    case TypeKind::kFloat64:
      if (from.kind == TypeKind::kFloat64) return widening_if(from.bits <= to.bits);
      return widening_if(from.kind == TypeKind::kBool ||
                         (from.kind == TypeKind::kInt64 && from.bits <= to.bits / 2));
    default:
      return from.kind == TypeKind::kInt64 ? Fidelity::kLossy : Fidelity::kImpossible;
  }
}

}  // namespace

std::string_view to_string(Fidelity fidelity) {
  switch (fidelity) {
    case Fidelity::kExact:
      return "exact";
    case Fidelity::kWidening:
      return "widening";
    case Fidelity::kLossy:
      return "lossy";
    case Fidelity::kImpossible:
      return "impossible";
  }
  return "impossible";
}

namespace {

conversion::Made make_whole(const Context& context) {
  const Type& from = context.from;
  const Type& to = context.to;
  if (to.kind == TypeKind::kText) return conversion::make_to_text(context);
  if (from.kind == TypeKind::kText) return conversion::make_from_text(context);
  if (from == to) return conversion::make_identity(context);
  if (is_number(from.kind)) return conversion::make_numeric(context);
  if (is_temporal(from.kind)) return conversion::make_temporal(context);
  return conversion::make_identity(context);
}

}  // namespace

Fidelity fidelity_of(const Type& from, const Type& to) {
  if (from == to) return Fidelity::kExact;
  if (to.kind == TypeKind::kText) {
    const bool fits = to.max_length == 0 || (from.kind == TypeKind::kText && from.max_length != 0 &&
                                             from.max_length <= to.max_length);
    return widening_if(fits);
  }
  // Each text is read exactly or refused, so nothing is lost on the way.
  if (from.kind == TypeKind::kText) return Fidelity::kExact;
  if (is_number(from.kind) && is_number(to.kind)) return among_numbers(from, to);
  if (from.kind == to.kind && holds_digits_of_seconds(to)) {
    return widening_if(from.scale <= to.scale);
  }
  if (is_temporal(from.kind) && is_temporal(to.kind)) {
    if (to.scale < 0 && from.kind != TypeKind::kDate) return Fidelity::kLossy;
    const bool widens = from.kind == TypeKind::kDate ||
                        (from.kind == TypeKind::kTimestamp && to.kind == TypeKind::kTimestampTz);
    return widening_if(widens);
  }
  return from.kind == to.kind ? Fidelity::kExact : Fidelity::kImpossible;
}

bool keeps_values(const Type& from, const Type& to, const ConvertOptions& options) {
  const bool is_mended =
      options.trim || options.replace_nul || !options.column_nulls.empty() || options.zero_pad > 0;
  if (is_mended || from.kind != to.kind) return false;
  if (from == to) return true;
  if (to.kind == TypeKind::kInt64) return from.bits <= to.bits;
  return to.kind == TypeKind::kText && fidelity_of(from, to) == Fidelity::kWidening;
}

Result<std::unique_ptr<ColumnConverter>> make_converter(const Type& from, const Type& to,
                                                        const ConvertOptions& options,
                                                        const std::string& column_name) {
  if (fidelity_of(from, to) == Fidelity::kImpossible) {
    return fail(ErrorCode::kMismatch,
                "The column " + column_name + " cannot be converted from " + to_string(from) +
                    " to " + to_string(to) + ".",
                "Give the column another type, or convert it at the source, in `read: sql`.");
  }
  if (!options.lossy.empty() && options.lossy != "round" && options.lossy != "truncate") {
    return fail(ErrorCode::kUsage,
                "\"" + options.lossy + "\" is not a way to shorten values of the column " +
                    column_name + ".",
                "Write `lossy: round` or `lossy: truncate`.");
  }
  const bool is_mended = !options.column_nulls.empty() || options.zero_pad > 0;
  if (is_mended && from.kind != TypeKind::kText) {
    return fail(ErrorCode::kUsage,
                "The column " + column_name + " comes as " + to_string(from) +
                    ", and `nulls` and `zero_pad` are for text.",
                "Do it at the source, in `read: sql`.");
  }
  if (is_mended) {
    ConvertOptions others = options;
    others.column_nulls.clear();
    others.zero_pad = 0;
    DECANT_TRY_ASSIGN(auto next, make_converter(from, to, others, column_name));
    return conversion::make_mended(options, std::move(next));
  }
  const Type whole_from = conversion::whole_kind(from);
  // A text is read as what the type holds: what is rounded twice is not rounded.
  const Type whole_to = from.kind == TypeKind::kText ? to : conversion::whole_kind(to);
  DECANT_TRY_ASSIGN(auto converter, make_whole({whole_from, whole_to, options, column_name}));
  if (to.kind == TypeKind::kJson && options.replace_nul)
    return conversion::make_json_without_nul(*options.replace_nul, std::move(converter));
  if (to == whole_to || (from.kind == to.kind && fidelity_of(from, to) != Fidelity::kLossy)) {
    return converter;
  }
  return conversion::make_narrowing({from, to, options, column_name}, std::move(converter));
}

}  // namespace decant
