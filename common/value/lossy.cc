#include "common/value/lossy.h"

#include <algorithm>

namespace decant {
namespace {

constexpr int k_microsecond_digits = 6;

bool has_steps(const Type& type) {
  return type.kind == TypeKind::kTime || type.kind == TypeKind::kTimestamp ||
         type.kind == TypeKind::kTimestampTz;
}

// They are cut off by who reads them, on either side of 1970 towards it.
bool has_nanoseconds(const Type& type) { return has_steps(type) && type.scale > 0; }
constexpr const char* k_nanoseconds_lost = "digits after the 6th of a second are cut off";

std::string rounded_or_cut(std::string_view lossy) {
  return lossy == "round" ? "are rounded, half to even" : "are cut off";
}

std::string ordinal(int number) {
  const int last = number % 10;
  const bool is_teen = number % 100 >= 11 && number % 100 <= 13;
  const char* ending = is_teen || last == 0 || last > 3 ? "th"
                       : last == 1                      ? "st"
                       : last == 2                      ? "nd"
                                                        : "rd";
  return std::to_string(number) + ending;
}

std::string digits_lost(std::int32_t scale, std::string_view lossy) {
  std::string where = "digits after the decimal point ";
  if (scale > 0) where = "digits after the " + ordinal(scale) + " decimal place ";
  if (scale < 0) where = "digits below 10^" + std::to_string(-scale) + " ";
  return where + rounded_or_cut(lossy);
}

// Whether numbers of `from` may have digits below those of a decimal of that scale.
bool has_digits_below(const Type& from, std::int32_t scale) {
  switch (from.kind) {
    case TypeKind::kText:
    case TypeKind::kFloat64:
      return true;
    case TypeKind::kDecimal:
      return from.precision == 0 || from.scale > scale;
    case TypeKind::kInt64:
    case TypeKind::kBool:
      return scale < 0;
    default:
      return false;
  }
}

std::string lost_in_decimal(const Type& from, const Type& to, std::string_view lossy) {
  std::string out;
  if (from.kind == TypeKind::kFloat64) {
    out = "the shortest decimal number that means the same floating-point number is taken";
  }
  if (to.precision == 0 || !has_digits_below(from, to.scale)) return out;
  return out + (out.empty() ? "" : ", and its ") + digits_lost(to.scale, lossy);
}

bool is_exact_float(const Type& from, const Type& to) {
  // Of many texts a floating-point number gives back fewer digits than they have.
  if (from.kind == TypeKind::kText || from.kind == TypeKind::kDecimal) return false;
  return fidelity_of(from, to) != Fidelity::kLossy;
}

std::string steps_lost(const Type& from, const Type& to, std::string_view lossy) {
  if (to.scale >= 0 && has_nanoseconds(from)) return k_nanoseconds_lost;
  const bool is_finer =
      from.kind == TypeKind::kText || (to.scale < 0 && has_steps(from) && from.scale > to.scale);
  if (!is_finer) return {};
  const int digits = k_microsecond_digits + to.scale;
  const std::string where = digits == 0 ? "fractions of a second "
                                        : "digits after the " + ordinal(digits) + " of a second ";
  return where + (lossy == "round" ? "are rounded, half to even" : "are cut off, towards the past");
}

std::string lost_in_time(const Type& from, const Type& to, std::string_view lossy) {
  const bool loses_zone = from.kind == TypeKind::kTimestampTz && to.kind == TypeKind::kTimestamp;
  std::string out;
  if (loses_zone) out = "the instant becomes the time that a clock in the store's time zone shows";
  if (from.kind == TypeKind::kText && to.kind == TypeKind::kTimestamp)
    out = "a time with an offset becomes the time that a clock in the store's time zone shows";
  const std::string steps = steps_lost(from, to, lossy);
  return out + (out.empty() || steps.empty() ? "" : "; ") + steps;
}

}  // namespace

bool each_value_decides(const Type& from, const Type& to) {
  if (from.kind == to.kind && (from.kind == TypeKind::kFloat64 || has_steps(from))) return true;
  if (from.kind == TypeKind::kText || to.kind == TypeKind::kText) return true;
  if (from.kind == TypeKind::kTimestamp) return to.kind == TypeKind::kTimestampTz;
  if (from.kind == TypeKind::kInt64) {
    return to.kind == TypeKind::kInt64 || to.kind == TypeKind::kDecimal ||
           to.kind == TypeKind::kBool;
  }
  if (from.kind != TypeKind::kDecimal) return false;
  if (to.kind == TypeKind::kInt64) return from.scale <= 0;
  return to.kind == TypeKind::kDecimal && (from.precision == 0 || to.scale >= from.scale);
}

std::string loss_words(const Type& from, const Type& to, std::string_view lossy) {
  if (lossy.empty() || from == to) return {};
  switch (to.kind) {
    case TypeKind::kDecimal:
      return lost_in_decimal(from, to, lossy);
    case TypeKind::kInt64:
      return has_digits_below(from, 0) ? digits_lost(0, lossy) : std::string();
    case TypeKind::kFloat64:
      return is_exact_float(from, to) ? std::string()
                                      : "the nearest floating-point number is taken";
    case TypeKind::kDate:
      return from.kind == TypeKind::kDate ? std::string()
                                          : "the time of day is left out, never rounded up";
    case TypeKind::kTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return lost_in_time(from, to, lossy);
    case TypeKind::kText:
      if (has_nanoseconds(from)) return k_nanoseconds_lost;
      return lossy == "truncate" && fidelity_of(from, to) == Fidelity::kLossy
                 ? "texts are cut to " + std::to_string(to.max_length) + " characters"
                 : std::string();
    default:
      return {};
  }
}

Fidelity declared_fidelity(const Type& from, const Type& to, std::string_view lossy) {
  const Fidelity fidelity = fidelity_of(from, to);
  if (fidelity == Fidelity::kImpossible) return fidelity;
  if (!loss_words(from, to, lossy).empty()) return Fidelity::kLossy;
  const bool is_checked = fidelity == Fidelity::kLossy && each_value_decides(from, to);
  return is_checked ? Fidelity::kExact : fidelity;
}

std::string fidelity_words(const Type& from, const Type& to, std::string_view lossy) {
  const Fidelity fidelity = declared_fidelity(from, to, lossy);
  std::string out(to_string(fidelity));
  const std::string lost = loss_words(from, to, lossy);
  if (!lost.empty()) return out + ": " + lost;
  if (fidelity == Fidelity::kLossy) return out + ": refused without a policy";
  const bool may_refuse = (from.kind == TypeKind::kText && to.kind != TypeKind::kText) ||
                          (fidelity_of(from, to) == Fidelity::kLossy);
  return may_refuse ? out + "; a value that does not fit is a reject" : out;
}

}  // namespace decant
