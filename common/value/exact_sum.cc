#include <gmp.h>

#include <algorithm>
#include <cstring>

#include "common/value/decimal.h"
#include "common/value/decimal_text.h"

namespace decant {
namespace {

constexpr int k_max_power = 38;

// The one owner of a GMP integer.
class BigInt {
 public:
  BigInt() { mpz_init(value_); }
  BigInt(const BigInt& other) { mpz_init_set(value_, other.value_); }
  BigInt& operator=(const BigInt& other) {
    mpz_set(value_, other.value_);
    return *this;
  }
  ~BigInt() { mpz_clear(value_); }
  mpz_ptr get() { return value_; }
  mpz_srcptr get() const { return value_; }

 private:
  mpz_t value_;
};

void set_int128(mpz_ptr out, Int128 value) {
  const bool negative = value < 0;
  const UInt128 magnitude =
      negative ? UInt128{0} - static_cast<UInt128>(value) : static_cast<UInt128>(value);
  const std::uint64_t words[2] = {static_cast<std::uint64_t>(magnitude),
                                  static_cast<std::uint64_t>(magnitude >> 64)};
  mpz_import(out, 2, -1, sizeof words[0], 0, 0, words);
  if (negative) mpz_neg(out, out);
}

void multiply_by_power(mpz_ptr value, std::int64_t exponent) {
  if (exponent <= 0) return;
  BigInt power;
  mpz_ui_pow_ui(power.get(), 10, static_cast<unsigned long>(exponent));
  mpz_mul(value, value, power.get());
}

}  // namespace

struct ExactSum::Big {
  BigInt value;
  std::int64_t scale = 0;

  // Adds `number` at `number_scale`, at whichever scale is the finer one.
  void add(BigInt number, std::int64_t number_scale) {
    multiply_by_power(number.get(), scale - number_scale);
    if (number_scale > scale) {
      multiply_by_power(value.get(), number_scale - scale);
      scale = number_scale;
    }
    mpz_add(value.get(), value.get(), number.get());
  }
};

namespace {

// value * 10^exponent when it fits 128 bits.
bool scaled_up(Int128 value, std::int64_t exponent, Int128& out) {
  if (value == 0) {
    out = 0;
    return true;
  }
  return exponent <= k_max_power &&
         !__builtin_mul_overflow(value, power_of_ten(static_cast<int>(exponent)), &out);
}

}  // namespace

ExactSum::ExactSum() = default;
ExactSum::~ExactSum() = default;

ExactSum::ExactSum(const ExactSum& other)
    : small_(other.small_),
      small_scale_(other.small_scale_),
      big_(other.big_ ? std::make_unique<Big>(*other.big_) : nullptr) {}

ExactSum& ExactSum::operator=(const ExactSum& other) {
  if (this != &other) *this = ExactSum(other);
  return *this;
}

ExactSum::ExactSum(ExactSum&& other) noexcept
    : small_(std::exchange(other.small_, 0)),
      small_scale_(std::exchange(other.small_scale_, 0)),
      big_(std::move(other.big_)) {}

ExactSum& ExactSum::operator=(ExactSum&& other) noexcept {
  small_ = std::exchange(other.small_, 0);
  small_scale_ = std::exchange(other.small_scale_, 0);
  big_ = std::move(other.big_);
  return *this;
}

// The sum is small_ at small_scale_ plus big_ where there is one: what does not fit small_ spills
// into big_.
void ExactSum::add(Int128 unscaled, std::int32_t scale) {
  Int128 sum = 0;
  if (scale == small_scale_) {
    if (!__builtin_add_overflow(small_, unscaled, &sum)) {
      small_ = sum;
      return;
    }
  } else {
    Int128 mine = small_;
    Int128 theirs = unscaled;
    const std::int32_t finer = std::max(scale, small_scale_);
    if (scaled_up(small_, std::int64_t{finer} - small_scale_, mine) &&
        scaled_up(unscaled, std::int64_t{finer} - scale, theirs) &&
        !__builtin_add_overflow(mine, theirs, &sum)) {
      small_ = sum;
      small_scale_ = finer;
      return;
    }
  }
  spill();
  small_ = unscaled;
  small_scale_ = scale;
}

void ExactSum::spill() {
  if (!big_) big_ = std::make_unique<Big>();
  BigInt number;
  set_int128(number.get(), small_);
  big_->add(std::move(number), small_scale_);
  small_ = 0;
}

void ExactSum::add_product(Int128 a, Int128 b, std::int32_t scale) {
  Int128 product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) {
    add(product, scale);
    return;
  }
  BigInt left;
  BigInt right;
  set_int128(left.get(), a);
  set_int128(right.get(), b);
  mpz_mul(left.get(), left.get(), right.get());
  if (!big_) big_ = std::make_unique<Big>();
  big_->add(std::move(left), scale);
}

Status ExactSum::add_text(std::string_view decimal) {
  std::string plain;
  DecimalText parts;
  if (!normalize_decimal(decimal, plain) || !split_decimal(plain, parts)) {
    return fail(ErrorCode::kProtocol, "A value to be summed is not a decimal number.",
                "Sum numeric columns only.");
  }
  const auto scale = static_cast<std::int32_t>(parts.fraction.size());
  Int128 unscaled = 0;
  if (scale <= k_max_power &&
      parse_decimal(plain, k_max_power, scale, unscaled) == DecimalParse::kOk) {
    add(unscaled, scale);
    return {};
  }
  std::string digits;
  if (parts.negative) digits += '-';
  digits += parts.whole;
  digits += parts.fraction;
  BigInt number;
  mpz_set_str(number.get(), digits.c_str(), 10);
  if (!big_) big_ = std::make_unique<Big>();
  big_->add(std::move(number), scale);
  return {};
}

void ExactSum::merge(const ExactSum& other) {
  if (other.big_) {
    // A copy first: `other` may be this sum.
    const Big theirs = *other.big_;
    if (!big_) big_ = std::make_unique<Big>();
    const Int128 small = other.small_;
    const std::int32_t scale = other.small_scale_;
    big_->add(theirs.value, theirs.scale);
    add(small, scale);
    return;
  }
  add(other.small_, other.small_scale_);
}

void ExactSum::subtract(const ExactSum& other) {
  ExactSum negated = other;
  negated.spill();
  mpz_neg(negated.big_->value.get(), negated.big_->value.get());
  // Small enough again in nearly all cases; then this sum needs no GMP for it.
  Int128 unscaled = 0;
  if (other.big_ == nullptr && !__builtin_sub_overflow(Int128{0}, other.small_, &unscaled)) {
    add(unscaled, other.small_scale_);
    return;
  }
  merge(negated);
}

std::string ExactSum::to_string() const {
  if (!big_) {
    std::string text;
    normalize_decimal(format_decimal(small_, small_scale_), text);
    return text;
  }
  ExactSum total = *this;
  total.spill();
  char* const raw = mpz_get_str(nullptr, 10, total.big_->value.get());
  std::string digits = raw;
  void (*release)(void*, std::size_t) = nullptr;
  mp_get_memory_functions(nullptr, nullptr, &release);
  release(raw, std::strlen(raw) + 1);
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  const std::int64_t scale = total.big_->scale;
  if (scale > 0) {
    const auto places = static_cast<std::size_t>(scale);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
  } else if (scale < 0 && digits != "0") {
    digits.append(static_cast<std::size_t>(-scale), '0');
  }
  return (negative && digits != "0" ? "-" : "") + digits;
}

bool ExactSum::operator==(const ExactSum& other) const {
  if (!big_ && !other.big_ && small_scale_ == other.small_scale_) return small_ == other.small_;
  return to_string() == other.to_string();
}

}  // namespace decant
