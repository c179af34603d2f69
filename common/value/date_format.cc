#include "common/value/date_format.h"

#include <array>
#include <cctype>

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

  bool directive(char c) {
    int value = 0;
    switch (c) {
      case 'Y':
        return number(4, 4, value) && set(fields.date.year, value);
      case 'y':
        return number(2, 2, value) && set(fields.date.year, value + (value < 69 ? 2000 : 1900));
      case 'm':
        return number(1, 2, fields.date.month);
      case 'e':
        literal(' ');
        return number(1, 2, fields.date.day);
      case 'd':
        return number(1, 2, fields.date.day);
      case 'b':
      case 'B':
        return month_name();
      case 'j':
        return number(1, 3, fields.day_of_year) && fields.day_of_year >= 1;
      case 'H':
        return number(1, 2, fields.hour) && fields.hour <= 24;
      case 'I':
        return number(1, 2, fields.hour) && fields.hour >= 1 && fields.hour <= 12;
      case 'M':
        return number(1, 2, fields.minute) && fields.minute <= 59;
      case 'S':
        return number(1, 2, fields.second) && fields.second <= 59;
      case 'f':
        return fraction();
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

  bool fraction() {
    std::int64_t unit = 100'000;
    std::size_t count = 0;
    for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9';
         ++count, unit /= 10) {
      if (unit == 0 && text_[count] != '0') return false;
      fields.fraction_us += (text_[count] - '0') * unit;
    }
    text_.remove_prefix(count);
    return count > 0;
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

bool to_moment(Fields& fields, ParsedTimestamp& out) {
  if (fields.half_day >= 0) {
    if (fields.hour > 12) return false;
    fields.hour = fields.hour % 12 + 12 * fields.half_day;
  }
  std::int64_t days = days_from_civil({fields.date.year, 1, 1}) + fields.day_of_year - 1;
  if (fields.day_of_year == 0) {
    if (fields.date.month < 1 || fields.date.month > 12 || fields.date.day < 1) return false;
    days = days_from_civil(fields.date);
    // A day that does not exist comes back as another one.
    if (civil_from_days(days) != fields.date) return false;
  } else if (civil_from_days(days).year != fields.date.year) {
    return false;
  }
  const std::int64_t time =
      (std::int64_t{fields.hour} * 3600 + fields.minute * 60 + fields.second) * k_us_per_second +
      fields.fraction_us;
  if (time > k_us_per_day) return false;
  out = {days * k_us_per_day + time, fields.has_offset, fields.offset_us};
  return true;
}

}  // namespace

Result<DateFormat> DateFormat::compile(const std::string& format, const std::string& column) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    if (++i == format.size() || k_directives.find(format[i]) == std::string_view::npos) {
      return fail(ErrorCode::kUsage,
                  "The date format \"" + format + "\" of the column " + column +
                      " has a part that is not known.",
                  "Use %Y %y %m %d %b %j %H %I %M %S %f %p %z, for example %d/%m/%Y.");
    }
  }
  DateFormat compiled;
  compiled.format_ = expanded(format);
  return compiled;
}

bool DateFormat::parse(std::string_view text, ParsedTimestamp& out) const {
  Reader in(text);
  for (std::size_t i = 0; i < format_.size(); ++i) {
    const bool read = format_[i] == '%' ? in.directive(format_[++i]) : in.literal(format_[i]);
    if (!read) return false;
  }
  return in.done() && to_moment(in.fields, out);
}

}  // namespace decant
