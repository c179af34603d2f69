#include "common/connector/postgres/numeric.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/connector/postgres/wire_bytes.h"
#include "common/value/decimal.h"

namespace decant::postgres {
namespace {

constexpr int k_header_bytes = 8;
constexpr int k_max_groups = 32'768;
constexpr std::uint16_t k_positive = 0x0000;
constexpr std::uint16_t k_negative = 0x4000;
constexpr std::uint16_t k_nan = 0xC000;
constexpr std::uint16_t k_pinf = 0xD000;
constexpr std::uint16_t k_ninf = 0xF000;
constexpr std::array<unsigned, 4> k_small_powers = {1, 10, 100, 1000};

struct Numeric {
  int groups = 0;
  int weight = 0;  // of the first group: it counts 10000^weight
  std::uint16_t sign = 0;
  int scale = 0;  // digits shown after the point
  const char* digits = nullptr;
  unsigned group(int i) const { return load_big<std::uint16_t>(digits + 2 * i); }
};

NumericRead parse(std::string_view bytes, Numeric& out) {
  if (bytes.size() < k_header_bytes) return NumericRead::kBroken;
  out.groups = load_big<std::int16_t>(bytes.data());
  out.weight = load_big<std::int16_t>(bytes.data() + 2);
  out.sign = load_big<std::uint16_t>(bytes.data() + 4);
  out.scale = load_big<std::uint16_t>(bytes.data() + 6);
  out.digits = bytes.data() + k_header_bytes;
  if (out.sign == k_nan) return NumericRead::kNotANumber;
  if (out.sign == k_pinf || out.sign == k_ninf) return NumericRead::kInfinite;
  if (out.sign != k_positive && out.sign != k_negative) return NumericRead::kBroken;
  if (out.groups < 0 || bytes.size() != k_header_bytes + 2 * static_cast<std::size_t>(out.groups)) {
    return NumericRead::kBroken;
  }
  for (int i = 0; i < out.groups; ++i) {
    if (out.group(i) > 9999) return NumericRead::kBroken;
  }
  return NumericRead::kOk;
}

// Appends the decimal digits of one group.
char* put_group(char* to, unsigned group) {
  to[0] = static_cast<char>('0' + group / 1000);
  to[1] = static_cast<char>('0' + group / 100 % 10);
  to[2] = static_cast<char>('0' + group / 10 % 10);
  to[3] = static_cast<char>('0' + group % 10);
  return to + 4;
}

// Digits as base-10,000 groups, the least significant first, without zero groups at the low end.
struct Groups {
  std::array<std::uint16_t, 12> values;
  int count = 0;
  int dropped = 0;  // zero groups left out at the low end
  void add(unsigned group) {
    if (count == 0 && group == 0) {
      ++dropped;
    } else {
      values[static_cast<std::size_t>(count++)] = static_cast<std::uint16_t>(group);
    }
  }
};

template <typename Number>
void split_groups(Number value, int low_digits, Groups& groups) {
  if (low_digits > 0) {
    const unsigned power = k_small_powers[static_cast<std::size_t>(low_digits)];
    groups.add(static_cast<unsigned>(value % power) *
               k_small_powers[static_cast<std::size_t>(4 - low_digits)]);
    value /= power;
  }
  for (; value != 0; value /= 10'000) groups.add(static_cast<unsigned>(value % 10'000));
}

constexpr std::array<std::uint64_t, 19> k_powers = [] {
  std::array<std::uint64_t, 19> powers{};
  std::uint64_t power = 1;
  for (std::uint64_t& each : powers) each = std::exchange(power, power * 10);
  return powers;
}();

// Numbers below 10^18 at `scale`, which amounts are: no 128-bit arithmetic. False when that is not
// for sure.
bool read_short(const Numeric& n, std::int32_t scale, Int128& unscaled) {
  const int digits = 4 * (n.weight + 1) + scale;  // of the integer, leading zeros counted
  int exponent = digits - 4;                      // of the first group
  if (digits > 18) return false;
  std::uint64_t value = 0;
  for (int i = 0; i < n.groups; ++i, exponent -= 4) {
    if (exponent >= 0) {
      value += n.group(i) * k_powers[static_cast<std::size_t>(exponent)];
      continue;
    }
    if (exponent <= -4) return false;
    const unsigned power = k_small_powers[static_cast<std::size_t>(-exponent)];
    const unsigned group = n.group(i);
    if (group % power != 0) return false;
    value += group / power;
  }
  const auto number = static_cast<std::int64_t>(value);
  unscaled = n.sign == k_negative ? -number : number;
  return true;
}

}  // namespace

NumericRead read_numeric(std::string_view bytes, std::int32_t scale, Int128& unscaled) {
  Numeric n;
  if (const NumericRead read = parse(bytes, n); read != NumericRead::kOk) return read;
  if (read_short(n, scale, unscaled)) return NumericRead::kOk;
  unscaled = 0;
  if (n.groups == 0) return NumericRead::kOk;
  // The last group counts 10^last; what it has below 10^-scale must be zero.
  int last = 4 * (n.weight - n.groups + 1) + scale;
  int groups = n.groups;
  unsigned tail = 0;
  for (; groups > 0 && last < 0; --groups, last += 4) {
    const unsigned group = n.group(groups - 1);
    const unsigned power = last <= -4 ? 10'000 : k_small_powers[static_cast<std::size_t>(-last)];
    if (group % power != 0) return NumericRead::kTooManyDigits;
    if (last > -4) tail = group / power;
  }
  // Here the remaining groups count from 10^last upwards, and `tail` stands below them.
  if (groups > 11) return NumericRead::kTooManyDigits;
  UInt128 value = 0;
  if (groups <= 4) {
    std::uint64_t small = 0;
    for (int i = 0; i < groups; ++i) small = small * 10'000 + n.group(i);
    value = small;
  } else {
    for (int i = 0; i < groups; ++i) {
      if (value > static_cast<UInt128>(power_of_ten(38) - 1) / 10'000)
        return NumericRead::kTooManyDigits;
      value = value * 10'000 + n.group(i);
    }
  }
  if (value != 0 && last > 0) {
    if (last > 38 || value > static_cast<UInt128>(power_of_ten(38) - 1) /
                                 static_cast<UInt128>(power_of_ten(last))) {
      return NumericRead::kTooManyDigits;
    }
    value *= static_cast<UInt128>(power_of_ten(last));
  }
  value += tail;
  unscaled = n.sign == k_negative ? -static_cast<Int128>(value) : static_cast<Int128>(value);
  return NumericRead::kOk;
}

std::string_view name_of_special(std::string_view bytes) {
  if (bytes.size() < k_header_bytes) return {};
  switch (load_big<std::uint16_t>(bytes.data() + 4)) {
    case k_nan:
      return "NaN";
    case k_pinf:
      return "Infinity";
    case k_ninf:
      return "-Infinity";
    default:
      return {};
  }
}

std::size_t numeric_text_bound(std::string_view bytes, std::int32_t scale) {
  Numeric n;
  if (parse(bytes, n) != NumericRead::kOk) return 0;
  const int whole = 4 * std::max(n.weight + 1, 1);
  const int fraction = std::max({4 * (n.groups - n.weight - 1), n.scale, scale, 0}) + 4;
  return static_cast<std::size_t>(whole + fraction) + 3;
}

NumericRead read_numeric_text(std::string_view bytes, std::int32_t scale, char* out,
                              std::size_t& size) {
  Numeric n;
  if (const NumericRead read = parse(bytes, n); read != NumericRead::kOk) return read;
  char* to = out;
  if (n.sign == k_negative) *to++ = '-';
  char* const whole = to;
  for (int i = 0; i <= n.weight; ++i) to = put_group(to, i < n.groups ? n.group(i) : 0);
  char* first = whole;
  while (first < to && *first == '0') ++first;
  to = std::copy(first, to, whole);
  if (to == whole) *to++ = '0';
  char* const point = to;
  *to++ = '.';
  for (int i = n.weight + 1; i < n.groups; ++i) to = put_group(to, i >= 0 ? n.group(i) : 0);
  if (scale < 0) {
    while (to[-1] == '0') --to;
  } else {
    char* const end = point + 1 + scale;
    for (char* p = end; p < to; ++p) {
      if (*p != '0') return NumericRead::kTooManyDigits;
    }
    while (to < end) *to++ = '0';
    to = end;
  }
  if (to == point + 1) to = point;
  size = static_cast<std::size_t>(to - out);
  if (std::string_view(out, size) == "-0") {
    out[0] = '0';
    size = 1;
  }
  return NumericRead::kOk;
}

char* write_numeric(Int128 unscaled, std::int32_t scale, char* out) {
  const bool negative = unscaled < 0;
  const UInt128 magnitude =
      negative ? UInt128{0} - static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled);
  Groups groups;
  if (magnitude <= UINT64_MAX) {
    split_groups(static_cast<std::uint64_t>(magnitude), scale % 4, groups);
  } else {
    split_groups(magnitude, scale % 4, groups);
  }
  const int fraction_groups = (scale + 3) / 4;
  const int weight = groups.count == 0 ? 0 : groups.count + groups.dropped - fraction_groups - 1;
  out = store_big(out, static_cast<std::int16_t>(groups.count));
  out = store_big(out, static_cast<std::int16_t>(weight));
  out = store_big(out, negative && groups.count > 0 ? k_negative : k_positive);
  out = store_big(out, static_cast<std::uint16_t>(scale));
  for (int i = groups.count - 1; i >= 0; --i)
    out = store_big(out, groups.values[static_cast<std::size_t>(i)]);
  return out;
}

bool append_numeric_text(std::string_view text, std::string& out) {
  for (const auto& [name, special] :
       {std::pair{std::string_view("NaN"), k_nan}, {"Infinity", k_pinf}, {"-Infinity", k_ninf}}) {
    if (text != name) continue;
    char header[k_header_bytes] = {};
    store_big(header + 4, special);
    out.append(header, sizeof header);
    return true;
  }
  std::uint16_t sign = k_positive;
  if (!text.empty() && text.front() == '-') {
    sign = k_negative;
    text.remove_prefix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point < text.size() ? text.substr(point + 1) : std::string_view();
  if (whole.empty() && fraction.empty()) return false;
  const std::size_t whole_groups = (whole.size() + 3) / 4;
  const std::size_t groups = whole_groups + (fraction.size() + 3) / 4;
  if (groups > k_max_groups - 1 || fraction.size() > 16'383) return false;
  // Digit `i` of the number padded to whole groups on both sides of the point.
  const std::size_t padding = whole_groups * 4 - whole.size();
  const auto digit = [&](std::size_t i) -> int {
    if (i < padding) return '0';
    i -= padding;
    if (i < whole.size()) return whole[i];
    i -= whole.size();
    return i < fraction.size() ? fraction[i] : '0';
  };
  const std::size_t start = out.size();
  out.resize(start + k_header_bytes);
  std::size_t first = groups;
  std::size_t used_end = out.size();
  for (std::size_t g = 0; g < groups; ++g) {
    unsigned value = 0;
    for (std::size_t i = 4 * g; i < 4 * g + 4; ++i) {
      const int c = digit(i);
      if (c < '0' || c > '9') return false;
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    if (value != 0 && first == groups) first = g;
    if (first == groups) continue;
    char bytes[2];
    store_big(bytes, static_cast<std::uint16_t>(value));
    out.append(bytes, 2);
    if (value != 0) used_end = out.size();
  }
  out.resize(used_end);
  const auto count = (used_end - start - k_header_bytes) / 2;
  const int weight = count == 0 ? 0 : static_cast<int>(whole_groups) - static_cast<int>(first) - 1;
  char* header = out.data() + start;
  header = store_big(header, static_cast<std::int16_t>(count));
  header = store_big(header, static_cast<std::int16_t>(weight));
  header = store_big(header, count == 0 ? k_positive : sign);
  store_big(header, static_cast<std::uint16_t>(fraction.size()));
  return true;
}

}  // namespace decant::postgres
