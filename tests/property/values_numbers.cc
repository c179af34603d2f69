// bool, integers, decimals and floating point, with every spelling that a file may have.
#include <array>
#include <cstdio>
#include <cstring>

#include "tests/property/generate.h"

namespace decant::property {
namespace {

constexpr const char* k_not_whole = "is not a whole number";
constexpr const char* k_not_decimal = "is not a decimal number";

std::string digits(Random& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>('0' + random.below(10));
  return text;
}

std::string without_leading_zeros(std::string text) {
  while (text.size() > 1 && text[0] == '0') text.erase(0, 1);
  return text;
}

bool is_zero(const std::string& text) { return text.find_first_of("123456789") == text.npos; }

struct Ends {
  const char *least, *most, *below, *above, *reason;
};

const Ends& ends_of(int bits) {
  static constexpr Ends k_16{"-32768", "32767", "-32769", "32768", "outside -32,768 to 32,767"};
  static constexpr Ends k_32{"-2147483648", "2147483647", "-2147483649", "2147483648",
                             "outside -2,147,483,648 to 2,147,483,647"};
  static constexpr Ends k_64{"-9223372036854775808", "9223372036854775807", "-9223372036854775809",
                             "9223372036854775808", "too large for a whole number of 64 bits"};
  return bits == 16 ? k_16 : bits == 32 ? k_32 : k_64;
}

// Another spelling of the same number, for files.
std::string respelled(const std::string& text, bool has_point, Random& random) {
  const bool negative = text[0] == '-';
  const std::string sign = negative ? "-" : random.one_in(3) ? "+" : "";
  const std::string magnitude = negative ? text.substr(1) : text;
  switch (random.below(6)) {
    case 0:
      return sign + "000" + magnitude;
    case 1:
      return sign + magnitude + (has_point ? "000" : ".000");
    case 2:
      return sign + magnitude + (random.one_in(2) ? "e0" : "E+00");
    case 3: {  // the point one place to the left, or before all digits
      std::string plain = magnitude;
      const std::size_t point = plain.find('.');
      if (point != plain.npos) plain.erase(point, 1);
      const std::size_t whole = point == plain.npos ? plain.size() : point;
      return sign + "." + plain + "e" +
             std::to_string(point == magnitude.npos ? plain.size() : whole);
    }
    case 4:
      return has_point ? sign + magnitude : sign + magnitude + ".";
    default:
      return sign + magnitude;
  }
}

// The number of the unscaled digits, with `scale` of them behind the point.
std::string with_point(std::string unscaled, int scale) {
  if (scale <= 0) return without_leading_zeros(std::move(unscaled));
  const auto places = static_cast<std::size_t>(scale);
  if (unscaled.size() <= places) unscaled.insert(0, places + 1 - unscaled.size(), '0');
  return without_leading_zeros(unscaled.substr(0, unscaled.size() - places)) + "." +
         unscaled.substr(unscaled.size() - places);
}

std::string unscaled_edge(int precision, Random& random) {
  const auto count = static_cast<std::size_t>(precision);
  switch (random.below(7)) {
    case 0:
      return std::string(count, '9');
    case 1:
      return "0";
    case 2:
      return "1";
    case 3:
      return "1" + std::string(count - 1, '0');
    case 4:  // beyond what a double holds: any way through one shows
      return digits(random, precision - 1) + "1";
    case 5:
      return "5" + std::string(static_cast<std::size_t>(random.below(precision)), '0');
    default:
      return digits(random, random.between(1, precision));
  }
}

Cell refused_decimal(const ColumnModel& c, Random& random) {
  const std::string type =
      "decimal(" + std::to_string(c.precision) + "," + std::to_string(c.scale) + ")";
  const std::string too_many = "has more digits than " + type + " can hold";
  const std::string whole(static_cast<std::size_t>(c.precision - c.scale), '0');
  switch (random.below(5)) {
    case 0:  // one beyond
      return refused_cell((random.one_in(2) ? "-1" : "1") + whole, too_many);
    case 1:
      return refused_cell("1e" + std::to_string(c.precision - c.scale), too_many);
    case 2: {  // one digit too many behind the point
      const std::string inexact = c.scale == 0 ? k_not_whole
                                               : "has more than " + std::to_string(c.scale) +
                                                     " digits after the decimal point";
      return refused_cell("0." + std::string(static_cast<std::size_t>(c.scale), '0') + "5",
                          inexact);
    }
    case 3: {
      Cell cell = refused_cell("NaN", k_not_decimal);
      cell.only_in_source = k_postgres;
      cell.reason_from_source = "NaN has no place in";
      return cell;
    }
    default: {
      constexpr std::array k_none = {"Infinity", "12,5",  "abc", "1.2.3", "--1", "0x1F",
                                     "1e",       "1 000", "$5",  ".",     "-",   "1e5.5"};
      return refused_cell(random.pick(k_none), k_not_decimal);
    }
  }
}

// Of numeric without a scale: up to 131,072 digits before and 16,383 behind the point.
Cell make_unbounded(Random& random) {
  switch (random.below(8)) {
    case 0:
      return cell_of(random.one_in(2) ? "NaN" : random.one_in(2) ? "Infinity" : "-Infinity");
    case 1:
      return cell_of("1" + digits(random, 999));
    case 2:
      return cell_of("0." + digits(random, random.between(1, 1000)) + "7");
    case 3:
      return cell_of("0");
    default: {
      const std::string whole = without_leading_zeros(digits(random, random.between(1, 60)));
      std::string text = whole + "." + digits(random, random.between(1, 60)) + "3";
      if (random.one_in(2)) text.insert(0, 1, '-');
      return cell_of(text);
    }
  }
}

std::string shortest_enough(double value, int significant) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*g", significant, value);
  return text;
}

Cell random_float(int bits, Random& random) {
  if (bits == 32) {
    for (;;) {
      const auto word = static_cast<std::uint32_t>(random.next());
      float value = 0;
      std::memcpy(&value, &word, sizeof value);
      if (value == value && value - value == 0)
        return cell_of(shortest_enough(static_cast<double>(value), 9));
    }
  }
  for (;;) {
    const std::uint64_t word = random.next();
    double value = 0;
    std::memcpy(&value, &word, sizeof value);
    if (value == value && value - value == 0) return cell_of(shortest_enough(value, 17));
  }
}

Cell float_edge(int bits, Random& random) {
  constexpr std::array k_common = {"0",  "-0",  "NaN", "Infinity", "-Infinity", "1",
                                   "-1", "0.1", "0.5", "1e15",     "1e-5",      "16777216"};
  constexpr std::array k_wide = {"1.7976931348623157e308",
                                 "-1.7976931348623157e308",
                                 "5e-324",
                                 "-5e-324",
                                 "2.2250738585072014e-308",
                                 "9007199254740992",
                                 "-9007199254740994",
                                 "123456789",
                                 "16777217",
                                 "2.225073858507201e-308",
                                 "0.30000000000000004",
                                 "1e22",
                                 "1e23"};
  constexpr std::array k_narrow = {"3.4028235e38",  "-3.4028235e38", "1e-45",  "1.1754944e-38",
                                   "1.1754942e-38", "0.30000001",    "8388609"};
  if (random.one_in(2)) return cell_of(random.pick(k_common));
  return cell_of(bits == 32 ? random.pick(k_narrow) : random.pick(k_wide));
}

}  // namespace

Cell make_bool(Random& random) {
  constexpr std::array k_true = {"true", "t", "TRUE", "True", "1", "yes", "Y", "si", "on"};
  constexpr std::array k_false = {"false", "f", "FALSE", "0", "no", "N", "off"};
  constexpr std::array k_none = {"maybe", "2", "truee", "-1", "tru", "0.0"};
  if (random.one_in(12)) return refused_cell(random.pick(k_none), "is neither true nor false");
  return random.one_in(2) ? cell_of("true", random.pick(k_true))
                          : cell_of("false", random.pick(k_false));
}

Cell make_int(const ColumnModel& column, Random& random) {
  const Ends& ends = ends_of(column.bits);
  std::string text;
  switch (random.below(9)) {
    case 0:
      return refused_cell(random.one_in(2) ? ends.below : ends.above, ends.reason);
    case 1: {
      constexpr std::array k_none = {"abc", "12.5", "1e-1", "0x10", "1_000",
                                     "--1", "1 2",  "+",    "NaN"};
      return refused_cell(random.pick(k_none), k_not_whole);
    }
    case 2:
      text = ends.least;
      break;
    case 3:
      text = ends.most;
      break;
    case 4:
      text = random.one_in(2) ? "0" : "-1";
      break;
    default:
      text = without_leading_zeros(digits(random, random.between(1, column.bits == 16   ? 4
                                                                    : column.bits == 32 ? 9
                                                                                        : 18)));
      if (!is_zero(text) && random.one_in(2)) text.insert(0, 1, '-');
  }
  if (random.one_in(2)) return cell_of(text);
  return cell_of(text, respelled(is_zero(text) && random.one_in(2) ? "-0" : text, false, random));
}

Cell make_decimal(const ColumnModel& column, Random& random) {
  if (column.precision == 0) return make_unbounded(random);
  if (column.precision <= 38 && random.one_in(9)) return refused_decimal(column, random);
  if (column.precision > 38 && random.one_in(9)) return cell_of("NaN");
  std::string text = with_point(unscaled_edge(column.precision, random), column.scale);
  const bool negative = random.one_in(2);
  if (negative && !is_zero(text)) text.insert(0, 1, '-');
  if (random.one_in(2)) return cell_of(text);
  const std::string signed_text = negative && is_zero(text) ? "-" + text : text;
  return cell_of(text, respelled(signed_text, column.scale > 0, random));
}

Cell make_float(const ColumnModel& column, Random& random) {
  if (random.one_in(10)) {
    constexpr std::array k_none = {"12,5", "abc", "1e", "0x1p3", "--1", "1.5.2", "nan(7)", "."};
    constexpr std::array k_beyond = {"1e400", "-1e400", "1e-400", "2e308"};
    constexpr std::array k_beyond_narrow = {"3.5e38", "-1e39", "1e-50", "1e-400"};
    // Between two floating-point numbers, or with digits that none gives back.
    constexpr std::array k_between = {"9007199254740993",         "-123456789012345678",
                                      "9007199254740993.0",       "3.14159265358979323846",
                                      "100000000000000000000000", "3e-324"};
    constexpr std::array k_between_narrow = {"16777217", "-123456789", "0.123456789", "33554433",
                                             "9007199254740993"};
    if (random.one_in(3)) return refused_cell(random.pick(k_none), "is not a number");
    if (random.one_in(2)) {
      return column.bits == 32
                 ? refused_cell(random.pick(k_between_narrow), "has more digits than float32")
                 : refused_cell(random.pick(k_between), "has more digits than float64");
    }
    return column.bits == 32 ? refused_cell(random.pick(k_beyond_narrow), "is outside the range of")
                             : refused_cell(random.pick(k_beyond), "is outside the range of");
  }
  Cell cell =
      random.one_in(2) ? float_edge(column.bits, random) : random_float(column.bits, random);
  if (cell.text[0] >= '0' && cell.text[0] <= '9' && random.one_in(4))
    cell.spelled = "+" + cell.text;
  return cell;
}

}  // namespace decant::property
