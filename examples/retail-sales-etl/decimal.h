// Money and quantities as scaled integers: floating point never touches a value of this data set.
#pragma once

#include <cstdint>
#include <string>

namespace decant::examples::retail {

__extension__ typedef __int128 Int128;

// Decimal places of the columns; a product of quantity and price has the sum of theirs.
inline constexpr int k_quantity_scale = 3;
inline constexpr int k_money_scale = 4;
inline constexpr int k_product_scale = k_quantity_scale + k_money_scale;

// Divides and rounds half to even; requires divisor > 0.
inline std::int64_t divide_half_even(std::int64_t value, std::int64_t divisor) {
  std::int64_t quotient = value / divisor;
  const std::int64_t remainder = value % divisor;
  const std::int64_t twice = 2 * (remainder < 0 ? -remainder : remainder);
  if (twice > divisor || (twice == divisor && quotient % 2 != 0)) quotient += value < 0 ? -1 : 1;
  return quotient;
}

// Brings a product of quantity and price back to the scale of money.
inline std::int64_t product_to_money(std::int64_t product) {
  return divide_half_even(product, 1000);
}

// Write `value` scaled by 10^scale with exactly `scale` decimals at `out` and return the new end.
// `out` must have room for 24 characters.
char* write_decimal(char* out, std::int64_t value, int scale);
char* write_integer(char* out, std::uint64_t value);

// The same for sums that 64 bits cannot hold.
std::string decimal_text(Int128 value, int scale);

}  // namespace decant::examples::retail
