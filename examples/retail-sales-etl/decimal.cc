#include "examples/retail-sales-etl/decimal.h"

#include <algorithm>
#include <charconv>

namespace decant::examples::retail {

char* write_integer(char* out, std::uint64_t value) {
  return std::to_chars(out, out + 20, value).ptr;
}

char* write_decimal(char* out, std::int64_t value, int scale) {
  constexpr std::uint64_t k_powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
  auto magnitude = static_cast<std::uint64_t>(value);
  if (value < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  std::uint64_t fraction = magnitude % k_powers[scale];
  out = write_integer(out, magnitude / k_powers[scale]);
  *out = '.';
  for (int i = scale; i > 0; --i) {
    out[i] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  return out + scale + 1;
}

std::string decimal_text(Int128 value, int scale) {
  const bool negative = value < 0;
  if (negative) value = -value;
  std::string reversed;
  for (int position = 0; value != 0 || position <= scale; ++position) {
    if (position == scale && scale > 0) reversed.push_back('.');
    reversed.push_back(static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  }
  if (negative) reversed.push_back('-');
  std::reverse(reversed.begin(), reversed.end());
  return reversed;
}

}  // namespace decant::examples::retail
