#include "common/value/float_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace decant {
namespace {

// Of any float64 written out in full; a text of more digits that are not zero has no equal.
constexpr std::size_t k_most_digits = 770;

// The digits that count, from the first that is not zero: of 0.00120e5 these are 12. False where
// there are more than `out` takes.
bool digits_of(std::string_view text, std::array<char, k_most_digits>& out, std::size_t& count) {
  count = 0;
  std::size_t pending = 0;  // zeros behind the point that count once another digit follows
  bool behind_point = false;
  for (const char c : text) {
    if (c == 'e' || c == 'E') break;
    if (c == '.') behind_point = true;
    if (c < '0' || c > '9' || (c == '0' && count == 0)) continue;
    if (c == '0' && behind_point) {
      ++pending;
      continue;
    }
    if (count + pending >= out.size()) return false;
    for (; pending > 0; --pending) out[count++] = '0';
    out[count++] = c;
  }
  return true;
}

template <typename Float>
bool holds(std::string_view text, Float number) {
  if (!std::isfinite(number) || number == 0) return true;
  std::array<char, k_most_digits> digits;
  std::size_t count = 0;
  if (!digits_of(text, digits, count)) return false;
  // So many digits every number of its range gives back.
  if (count <= std::numeric_limits<Float>::digits10 && std::isnormal(number)) return true;
  std::array<char, k_most_digits + 16> written;
  const auto [end, error] =
      std::to_chars(written.data(), written.data() + written.size(), std::fabs(number),
                    std::chars_format::scientific, static_cast<int>(count) - 1);
  if (error != std::errc()) return false;
  std::size_t at = 0;
  for (const char* c = written.data(); c != end && *c != 'e'; ++c) {
    if (*c != '.' && digits[at++] != *c) return false;
  }
  return at == count;
}

}  // namespace

bool float_holds(std::string_view text, double number) { return holds(text, number); }
bool float_holds(std::string_view text, float number) { return holds(text, number); }

}  // namespace decant
