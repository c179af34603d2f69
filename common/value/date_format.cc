#include "common/value/date_format.h"

#include <array>
#include <cctype>

#include "common/value/date_format_parts.h"

namespace decant {
namespace {

constexpr std::string_view k_directives = "YymdebBjHIMSfpz%FTD";
constexpr std::int64_t k_us_per_second = 1'000'000;

constexpr std::array<std::string_view, 12> k_english = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<std::string_view, 12> k_spanish = {
    "enero", "febrero", "marzo",      "abril",   "mayo",      "junio",
    "julio", "agosto",  "septiembre", "octubre", "noviembre", "diciembre"};

// What has been read so far.
struct Fields {
  CivilDate date{1970, 1, 1};
  int day_of_year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction_us = 0;
  Rest rest = Rest::kNone;
  int half_day = -1;  // 0: am, 1: pm
  bool has_offset = false;
  std::int64_t offset_us = 0;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  Fields fields;
  bool done() const { return text_.empty(); }

  bool literal(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // `is_exact`: with all the digits of its width, where it is a number.
  bool directive(char c, bool is_exact) {
    const std::size_t one = is_exact ? 2 : 1;
    int value = 0;
    switch (c) {
      case 'Y':
        return number(4, 4, value) && set(fields.date.year, value);
      case 'y':
        return number(2, 2, value) && set(fields.date.year, value + (value < 69 ? 2000 : 1900));
      case 'm':
        return number(one, 2, fields.date.month);
      case 'e':
        if (literal(' ')) return number(1, is_exact ? 1 : 2, fields.date.day);
        return number(one, 2, fields.date.day);
      case 'd':
        return number(one, 2, fields.date.day);
      case 'b':
      case 'B':
        return month_name();
      case 'j':
        return number(is_exact ? 3 : 1, 3, fields.day_of_year) && fields.day_of_year >= 1;
      case 'H':
        return number(one, 2, fields.hour) && fields.hour <= 24;
      case 'I':
        return number(one, 2, fields.hour) && fields.hour >= 1 && fields.hour <= 12;
      case 'M':
        return number(one, 2, fields.minute) && fields.minute <= 59;
      case 'S':
        return number(one, 2, fields.second) && fields.second <= 59;
      case 'f':
        return fraction(is_exact);
      case 'p':
        return half_day();
      case 'z':
        return offset();
      case '%':
        return literal('%');
      default:
        return false;
    }
  }

 private:
  static bool set(std::int64_t& field, std::int64_t value) {
    field = value;
    return true;
  }

  bool number(std::size_t least, std::size_t most, int& value) {
    std::size_t count = 0;
    value = 0;
    while (count < most && count < text_.size() && text_[count] >= '0' && text_[count] <= '9') {
      value = value * 10 + (text_[count++] - '0');
    }
    text_.remove_prefix(count);
    return count >= least;
  }

  bool starts_with(std::string_view word) {
    if (text_.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
      if (std::tolower(static_cast<unsigned char>(text_[i])) != word[i]) return false;
    }
    text_.remove_prefix(word.size());
    return true;
  }

  // A month's name or its beginning, three letters at least: all letters that stand here.
  bool month_name() {
    std::array<char, 12> letters{};
    std::size_t count = 0;
    while (count < text_.size() && std::isalpha(static_cast<unsigned char>(text_[count]))) {
      if (count == letters.size()) return false;
      letters[count] = static_cast<char>(std::tolower(static_cast<unsigned char>(text_[count])));
      ++count;
    }
    const std::string_view word(letters.data(), count);
    if (count < 3) return false;
    for (std::size_t i = 0; i < k_english.size(); ++i) {
      if (!k_english[i].starts_with(word) && !k_spanish[i].starts_with(word)) continue;
      fields.date.month = static_cast<int>(i) + 1;
      text_.remove_prefix(count);
      literal('.');
      return true;
    }
    return false;
  }

  bool fraction(bool is_exact) {
    std::int64_t unit = 100'000;
    std::size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9';
         ++count, unit /= 10) {
      fields.fraction_us += (text_[count] - '0') * unit;
      if (unit == 0) fields.rest = with_digit(fields.rest, count == 6, text_[count]);
    }
    text_.remove_prefix(count);
    // Of other numbers of digits one may be a zero that was lost in front of the text.
    return is_exact ? count == 3 || count == 6 || count == 9 : count > 0;
  }

  // am, pm, a.m., p. m. and the like.
  bool half_day() {
    fields.half_day = starts_with("a") ? 0 : starts_with("p") ? 1 : -1;
    literal('.');
    literal(' ');
    if (fields.half_day < 0 || !starts_with("m")) return false;
    literal('.');
    return true;
  }

  bool offset() {
    fields.has_offset = true;
    if (starts_with("z")) return true;
    const bool west = !text_.empty() && text_[0] == '-';
    int hours = 0;
    int minutes = 0;
    if ((!literal('+') && !literal('-')) || !number(2, 2, hours)) return false;
    if (literal(':') || !text_.empty()) {
      if (!number(2, 2, minutes)) return false;
    }
    if (hours > 15 || minutes > 59) return false;
    fields.offset_us =
        (west ? -1 : 1) * (std::int64_t{hours} * 3600 + minutes * 60) * k_us_per_second;
    return true;
  }

  std::string_view text_;
};

// %F, %T and %D written out, so that the reader knows single directives only.
std::string expanded(const std::string& format) {
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char next = format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
    const std::string_view text = next == 'F'   ? "%Y-%m-%d"
                                  : next == 'T' ? "%H:%M:%S"
                                  : next == 'D' ? "%m/%d/%y"
                                                : "";
    if (!text.empty()) {
      out += text;
      ++i;
    } else {
      out += format[i];
      if (next != '\0') out += format[++i];
    }
  }
  return out;
}

bool time_of(const Fields& fields, std::int64_t& us) {
  int hour = fields.hour;
  if (fields.half_day >= 0) {
    if (hour > 12) return false;
    hour = hour % 12 + 12 * fields.half_day;
  }
  us = (std::int64_t{hour} * 3600 + fields.minute * 60 + fields.second) * k_us_per_second +
       fields.fraction_us;
  return us < k_us_per_day || (us == k_us_per_day && fields.rest == Rest::kNone);
}

bool day_of(const Fields& fields, std::int64_t& days) {
  if (fields.day_of_year != 0) {
    days = days_from_civil({fields.date.year, 1, 1}) + fields.day_of_year - 1;
    return civil_from_days(days).year == fields.date.year;
  }
  if (fields.date.month < 1 || fields.date.month > 12 || fields.date.day < 1) return false;
  days = days_from_civil(fields.date);
  // A day that does not exist comes back as another one.
  return civil_from_days(days) == fields.date;
}

}  // namespace

Result<DateFormat> DateFormat::compile(const std::string& format, TypeKind to,
                                       const std::string& column) {
  const std::string start = "The date format \"" + format + "\" of the column " + column + " ";
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size() || k_directives.find(format[i]) == std::string_view::npos) {
      return fail(ErrorCode::kUsage, start + "has a part that is not known.",
                  "Use %Y %y %m %d %b %j %H %I %M %S %f %p %z, for example %d/%m/%Y.");
    }
  }
  DateFormat compiled;
  compiled.steps_ = steps_of(expanded(format));
  std::string directives;
  for (const Step& step : compiled.steps_) {
    if (step.directive != 0 && step.directive != '%') directives += step.directive;
  }
  const std::string fault = format.empty() ? std::string() : date_format_fault(directives, to);
  if (!fault.empty()) {
    return fail(ErrorCode::kUsage, start + fault + ".",
                to == TypeKind::kTime
                    ? "Write such as %H:%M:%S; what is the same in every text may stand as it is "
                      "(1899-12-30 %H:%M:%S)."
                    : "Write all of it, such as %d/%m/%Y %H:%M:%S.");
  }
  return compiled;
}

std::vector<DateFormat::Step> DateFormat::steps_of(const std::string& format) {
  std::vector<Step> steps;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool is_directive = format[i] == '%';
    steps.push_back(is_directive ? Step{.directive = format[++i]} : Step{.literal = format[i]});
  }
  const auto is_number = [&steps](std::size_t i) {
    constexpr std::string_view k_numbers = "YymdejHIMSf";
    return i < steps.size() &&
           (steps[i].directive == 0 ? steps[i].literal >= '0' && steps[i].literal <= '9'
                                    : k_numbers.find(steps[i].directive) != std::string::npos);
  };
  for (std::size_t i = 0; i < steps.size(); ++i)
    steps[i].is_exact = is_number(i) && (is_number(i + 1) || (i > 0 && is_number(i - 1)));
  return steps;
}

namespace {

template <typename Steps>
bool read_fields(const Steps& steps, std::string_view text, Fields& fields) {
  Reader in(text);
  for (const auto& step : steps) {
    const bool read = step.directive != 0 ? in.directive(step.directive, step.is_exact)
                                          : in.literal(step.literal);
    if (!read) return false;
  }
  fields = in.fields;
  return in.done();
}

}  // namespace

bool DateFormat::parse(std::string_view text, FinerTimestamp& out) const {
  Fields fields;
  std::int64_t days = 0;
  std::int64_t time = 0;
  if (!read_fields(steps_, text, fields) || !day_of(fields, days) || !time_of(fields, time))
    return false;
  out = {{days * k_us_per_day + time, fields.has_offset, fields.offset_us},
         fields.rest,
         time == k_us_per_day};
  return true;
}

bool DateFormat::parse_time(std::string_view text, std::int64_t& us, Rest& rest) const {
  Fields fields;
  if (!read_fields(steps_, text, fields) || !time_of(fields, us)) return false;
  rest = fields.rest;
  return true;
}

}  // namespace decant
