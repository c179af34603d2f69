// Random numbers, most of them at an edge, from every type into every other: each comes out as
// exact arithmetic says, or is a reject where that says so.
#include <cmath>

#include "tests/unit/value/convert_fixtures.h"
#include "tests/unit/value/number_oracle.h"

namespace decant {
namespace {

using namespace testing_support;

constexpr int k_cases = 4000;
constexpr Policy k_policies[] = {Policy::kNone, Policy::kRound, Policy::kTruncate};

struct Target {
  const char* name;
  int precision = 0;
  int scale = 0;
  int integer_bits = 0;
  int float_bits = 0;
};

constexpr Target k_targets[] = {
    {.name = "int16", .integer_bits = 16},
    {.name = "int32", .integer_bits = 32},
    {.name = "int64", .integer_bits = 64},
    {.name = "decimal(5,2)", .precision = 5, .scale = 2},
    {.name = "decimal(18,4)", .precision = 18, .scale = 4},
    {.name = "decimal(38,0)", .precision = 38},
    {.name = "decimal(38,10)", .precision = 38, .scale = 10},
    {.name = "decimal(38,38)", .precision = 38, .scale = 38},
    {.name = "decimal(5,-2)", .precision = 5, .scale = -2},
    {.name = "decimal(50,4)", .precision = 50, .scale = 4},
    {.name = "decimal"},
    {.name = "float32", .float_bits = 32},
    {.name = "float64", .float_bits = 64},
};

std::string shown(double number, int bits) {
  Column column = column_of(bits == 32 ? "float32" : "float64");
  push_float(column, number);
  return display_text(column, 0);
}

// `text` is null where the number comes from no text: then only equal numbers are kept without a
// policy.
std::optional<std::string> expected(const mpq_class& value, const Target& to, Policy policy,
                                    const WrittenNumber* text) {
  if (to.integer_bits != 0) return as_integer(value, to.integer_bits, policy);
  if (to.float_bits == 0) return as_decimal(value, to.precision, to.scale, policy);
  const std::optional<double> nearest = as_float(value, to.float_bits);
  if (!nearest) return std::nullopt;
  const bool is_kept = policy != Policy::kNone || mpq_class(*nearest) == value ||
                       (text != nullptr && gives_back(*text, *nearest));
  if (!is_kept) return std::nullopt;
  const bool is_minus_zero = value == 0 && text != nullptr && text->negative;
  return shown(is_minus_zero ? -0.0 : *nearest, to.float_bits);
}

void expect_same(const std::string& result, const std::optional<std::string>& wanted,
                 const std::string& what) {
  EXPECT_EQ(result.front() == '!' ? "refused" : result, wanted.value_or("refused")) << what;
}

ConvertOptions with(Policy policy) {
  ConvertOptions options;
  options.lossy = name_of(policy);
  return options;
}

// Digits where conversions go wrong: limits of types, powers and their neighbours.
std::string some_digits(Seeded& seed) {
  switch (seed.below(6)) {
    case 5: {
      // The half between two numbers of a float, and its neighbours: whoever rounds twice loses.
      const std::uint64_t digits = seed.below(2) == 0 ? 24 : 53;
      const std::uint64_t step = 1 + seed.below(59 - digits);
      const std::uint64_t number = (std::uint64_t{1} << (digits - 1)) | seed.below(1U << 23);
      return std::to_string((number << step) + (std::uint64_t{1} << (step - 1)) + seed.below(3) -
                            1);
    }
    case 0: {
      mpz_class power;
      const bool of_two = seed.below(2) == 0;
      mpz_ui_pow_ui(power.get_mpz_t(), of_two ? 2 : 10, seed.below(of_two ? 140 : 45));
      return mpz_class(power + static_cast<long>(seed.below(3))).get_str();
    }
    case 1:
      return std::string(seed.below(3), '0') + seed.digits(1 + seed.below(4));
    case 2:
      return seed.digits(1 + seed.below(45));
    default:
      return seed.digits(1 + seed.below(7));
  }
}

WrittenNumber some_number(Seeded& seed) {
  WrittenNumber number;
  number.negative = seed.below(3) == 0;
  number.whole = some_digits(seed);
  if (seed.below(3) > 0) {
    // Halves, and numbers a little above and below them.
    const char* const k_ends[] = {"", "5", "50", "49", "51", "5000000000000000000000000000000001"};
    number.fraction = seed.digits(seed.below(12)) + k_ends[seed.below(6)];
  }
  if (seed.below(4) == 0) number.exponent = static_cast<int>(seed.between(-60, 45));
  if (seed.below(40) == 0) number.exponent = static_cast<int>(seed.between(-360, 330));
  return number;
}

// `whole` in groups; `is_right` says whether they are as they have to be.
std::string grouped(const std::string& whole, char separator, Seeded& seed, bool& is_right) {
  std::string out;
  const bool by_three = seed.below(3) > 0;
  std::size_t end = whole.size();
  std::vector<std::size_t> sizes;
  while (end > 0) {
    const std::size_t size = std::min<std::size_t>(end, by_three ? 3 : 1 + seed.below(6));
    sizes.push_back(size);
    if (!out.empty()) out.insert(0, 1, separator);
    out.insert(0, whole, end - size, size);
    end -= size;
  }
  is_right = true;
  if (sizes.size() < 2) return out;
  for (std::size_t i = 0; i + 1 < sizes.size(); ++i) is_right = is_right && sizes[i] == 3;
  is_right = is_right && sizes.back() <= 3 && out.front() != '0';
  return out;
}

TEST(ConvertOracle, ATextIsTheNumberThatIsWritten) {
  Seeded seed;
  constexpr std::pair<char, char> k_forms[] = {{'.', '\0'}, {'.', ','}, {',', '\0'},
                                               {',', '.'},  {',', ' '}, {'.', '\''}};
  for (int i = 0; i < k_cases; ++i) {
    const WrittenNumber number = some_number(seed);
    const auto& [point, separator] = k_forms[seed.below(std::size(k_forms))];
    const Target& to = k_targets[seed.below(std::size(k_targets))];
    const Policy policy = k_policies[seed.below(3)];
    bool is_right = true;
    std::string text = number.negative ? "-" : seed.below(9) == 0 ? "+" : "";
    text += separator != '\0' ? grouped(number.whole, separator, seed, is_right) : number.whole;
    if (!number.fraction.empty()) text += point + number.fraction;
    if (number.exponent != 0 || seed.below(9) == 0)
      text += (seed.below(2) == 0 ? "e" : "E") + std::to_string(number.exponent);
    ConvertOptions options = with(policy);
    options.decimal_point = point;
    options.group_separator = separator;
    expect_same(from_text(text, to.name, options),
                is_right ? expected(number.value(), to, policy, &number) : std::nullopt,
                text + " into " + to.name + " " + options.lossy);
  }
}

TEST(ConvertOracle, AnIntegerOrADecimalIsTheSameNumberOrTheNearest) {
  Seeded seed;
  for (int i = 0; i < k_cases; ++i) {
    const Target& to = k_targets[seed.below(std::size(k_targets))];
    const Policy policy = k_policies[seed.below(3)];
    WrittenNumber number = some_number(seed);
    std::string from = "decimal";
    if (seed.below(3) > 0) {
      const bool is_integer = seed.below(2) == 0;
      const int scale = is_integer ? 0 : static_cast<int>(seed.below(38));
      from = is_integer ? "int64" : "decimal(38," + std::to_string(scale) + ")";
      number.exponent = -scale;
      number.fraction.clear();
      number.whole.resize(std::min<std::size_t>(number.whole.size(), is_integer ? 18 : 38));
    }
    // A decimal without a policy is not asked for a float: the plan refuses that pair.
    if (to.float_bits != 0 && policy == Policy::kNone && from != "int64") continue;
    const std::string text = *as_decimal(number.value(), 0, 0, Policy::kNone);
    expect_same(from_value(from, text, to.name, with(policy)),
                expected(number.value(), to, policy, nullptr),
                from + " " + text + " into " + to.name + " " + name_of(policy));
  }
}

mpq_class value_of(const std::string& plain) {
  const std::size_t sign = plain[0] == '-' ? 1 : 0;
  const std::size_t point = std::min(plain.find('.'), plain.size());
  const std::string fraction = point < plain.size() ? plain.substr(point + 1) : "";
  return WrittenNumber{sign == 1, plain.substr(sign, point - sign), fraction, 0}.value();
}

double some_float(Seeded& seed, int bits) {
  double number = 0;
  do {
    const double sign = seed.below(2) == 0 ? 1 : -1;
    switch (seed.below(4)) {
      case 0:
        number = bits == 32 ? std::bit_cast<float>(static_cast<std::uint32_t>(seed.engine()()))
                            : std::bit_cast<double>(static_cast<std::uint64_t>(seed.engine()()));
        break;
      case 1:
        number = sign * std::ldexp(1.0, static_cast<int>(seed.between(-1074, 1023)));
        break;
      case 2:
        number = sign * (static_cast<double>(seed.below(1'000'000)) + 0.5);
        break;
      default:
        number = sign * static_cast<double>(seed.below(10'000'000)) / 1000;
    }
    if (bits == 32) number = static_cast<float>(number);
  } while (!std::isfinite(number));
  return number;
}

TEST(ConvertOracle, AFloatIsItsShortestDecimalOrTheNearestOtherFloat) {
  Seeded seed;
  for (int i = 0; i < k_cases; ++i) {
    const int bits = seed.below(2) == 0 ? 32 : 64;
    const double number = some_float(seed, bits);
    Column in = column_of(bits == 32 ? "float32" : "float64");
    push_float(in, number);
    const std::string what = display_text(in, 0) + " of " + std::to_string(bits) + " bits";
    const std::string decimal = convert_one(in, "decimal", with(Policy::kRound));
    const mpq_class shortest = value_of(decimal);
    EXPECT_EQ(as_float(shortest, bits), number) << what;
    EXPECT_TRUE(is_shortest(decimal, number, bits)) << what << ": " << decimal;

    const Target& to = k_targets[seed.below(std::size(k_targets))];
    const Policy policy = k_policies[seed.below(3)];
    if (to.float_bits != 0 && number == 0) continue;
    const bool is_decimal = to.integer_bits == 0 && to.float_bits == 0;
    expect_same(convert_one(in, to.name, with(policy)),
                expected(is_decimal ? shortest : mpq_class(number), to, policy, nullptr),
                what + " into " + to.name + " " + name_of(policy));
  }
}

}  // namespace
}  // namespace decant
