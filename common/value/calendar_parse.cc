// Reading ISO 8601 by hand: dates and timestamps are in nearly every row, and strptime takes ten
// times as long.
#include "common/value/batch.h"
#include "common/value/calendar.h"
#include "common/value/finer_time.h"

namespace decant {
namespace {

constexpr std::int64_t k_us_per_second = 1'000'000;
constexpr std::size_t k_max_year_digits = 7;  // PostgreSQL's last date is in 5874897

constexpr int k_month_days[13] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Walks over a text; each step takes what it is named after, or leaves the text as it is and says
// false.
struct Reader {
  const char* p;
  const char* end;

  explicit Reader(std::string_view text) : p(text.data()), end(text.data() + text.size()) {}
  bool done() const { return p == end; }
  bool take(char c) {
    if (p == end || *p != c) return false;
    ++p;
    return true;
  }
  bool two_digits(int& value) {
    if (end - p < 2 || !is_digit(p[0]) || !is_digit(p[1])) return false;
    value = (p[0] - '0') * 10 + (p[1] - '0');
    p += 2;
    return true;
  }
  // A trailing BC, which turns the year 1 into 0.
  bool take_bc() {
    const char* q = p;
    if (q != end && *q == ' ') ++q;
    if (end - q != 2 || (q[0] | 0x20) != 'b' || (q[1] | 0x20) != 'c') return false;
    p = end;
    return true;
  }
};

// YYYY-MM-DD without a trailing BC; `bare_year` says that no minus stood before it.
bool take_civil(Reader& in, CivilDate& date, bool& bare_year) {
  bare_year = !in.take('-');
  std::size_t digits = 0;
  std::int64_t year = 0;
  while (!in.done() && is_digit(*in.p) && digits <= k_max_year_digits) {
    year = year * 10 + (*in.p++ - '0');
    ++digits;
  }
  if (digits < 4 || digits > k_max_year_digits) return false;
  date.year = bare_year ? year : -year;
  return in.take('-') && in.two_digits(date.month) && in.take('-') && in.two_digits(date.day);
}

bool is_real_date(const CivilDate& date) {
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > k_month_days[date.month])
    return false;
  return date.month != 2 || date.day < 29 || is_leap(date.year);
}

// Six digits after a point, and what lies behind them.
bool take_fraction(Reader& in, std::int64_t& us, Rest& rest) {
  std::int64_t unit = 100'000;
  if (in.done() || !is_digit(*in.p)) return false;
  for (; !in.done() && is_digit(*in.p) && unit > 0; ++in.p, unit /= 10) us += (*in.p - '0') * unit;
  for (bool is_first = true; !in.done() && is_digit(*in.p); ++in.p, is_first = false)
    rest = with_digit(rest, is_first, *in.p);
  return true;
}

// HH:MM[:SS[.ffffff]], up to 24:00:00.
bool take_time(Reader& in, std::int64_t& us, Rest& rest) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int64_t fraction = 0;
  if (!in.two_digits(hour) || !in.take(':') || !in.two_digits(minute)) return false;
  if (in.take(':')) {
    if (!in.two_digits(second)) return false;
    if (in.take('.') && !take_fraction(in, fraction, rest)) return false;
  }
  if (hour > 24 || minute > 59 || second > 59) return false;
  us = (std::int64_t{hour} * 3600 + minute * 60 + second) * k_us_per_second + fraction;
  return us < k_us_per_day || (us == k_us_per_day && rest == Rest::kNone);
}

// Z, +hh, +hhmm, +hh:mm or +hh:mm:ss, a blank before it allowed.
bool take_offset(Reader& in, ParsedTimestamp& out) {
  if (!in.done() && *in.p == ' ' && in.end - in.p > 1 &&
      (in.p[1] == '+' || in.p[1] == '-' || in.p[1] == 'Z'))
    ++in.p;
  if (in.take('Z') || in.take('z')) {
    out.has_offset = true;
    out.offset_us = 0;
    return true;
  }
  const bool west = !in.done() && *in.p == '-';
  if (!in.take('+') && !in.take('-')) return true;
  int parts[3] = {0, 0, 0};
  if (!in.two_digits(parts[0])) return false;
  for (int i = 1; i < 3 && (in.take(':') || (i == 1 && !in.done() && is_digit(*in.p))); ++i) {
    if (!in.two_digits(parts[i])) return false;
  }
  if (parts[0] > 15 || parts[1] > 59 || parts[2] > 59) return false;
  const std::int64_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  out.has_offset = true;
  out.offset_us = (west ? -seconds : seconds) * k_us_per_second;
  return true;
}

bool is_word(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] | 0x20) != word[i]) return false;
  }
  return true;
}

bool take_infinity(std::string_view text, std::int64_t& value) {
  if (text.size() < 8) return false;
  if (is_word(text, "infinity")) {
    value = k_infinity;
    return true;
  }
  if (text[0] == '-' && is_word(text.substr(1), "infinity")) {
    value = k_minus_infinity;
    return true;
  }
  return false;
}

// The one shape that nearly every date has, without a loop.
bool parse_plain_date(const char* p, std::int64_t& days) {
  for (const int i : {0, 1, 2, 3, 5, 6, 8, 9}) {
    if (!is_digit(p[i])) return false;
  }
  if (p[4] != '-' || p[7] != '-') return false;
  CivilDate date;
  date.year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
  date.month = (p[5] - '0') * 10 + (p[6] - '0');
  date.day = (p[8] - '0') * 10 + (p[9] - '0');
  if (!is_real_date(date)) return false;
  days = days_from_civil(date);
  return true;
}

}  // namespace

bool parse_date(std::string_view text, std::int64_t& days) {
  if (text.size() == 10 && parse_plain_date(text.data(), days)) return true;
  Reader in(text);
  CivilDate date;
  bool bare_year = true;
  if (!take_civil(in, date, bare_year)) return take_infinity(text, days);
  if (!in.done()) {
    if (!bare_year || date.year == 0 || !in.take_bc()) return false;
    date.year = 1 - date.year;
  }
  if (!is_real_date(date)) return false;
  days = days_from_civil(date);
  return true;
}

bool parse_finer_time(std::string_view text, std::int64_t& us, Rest& rest) {
  Reader in(text);
  rest = Rest::kNone;
  return take_time(in, us, rest) && in.done();
}

bool parse_time(std::string_view text, std::int64_t& us) {
  Rest rest = Rest::kNone;
  return parse_finer_time(text, us, rest) && rest == Rest::kNone;
}

bool parse_finer_timestamp(std::string_view text, FinerTimestamp& out) {
  out = {};
  Reader in(text);
  CivilDate date;
  bool bare_year = true;
  if (!take_civil(in, date, bare_year)) return take_infinity(text, out.us);
  std::int64_t time = 0;
  const bool has_time =
      in.end - in.p >= 5 && (*in.p == 'T' || *in.p == 't' || (*in.p == ' ' && is_digit(in.p[1])));
  if (has_time) {
    ++in.p;
    if (!take_time(in, time, out.rest) || !take_offset(in, out)) return false;
  }
  if (!in.done()) {
    if (!bare_year || date.year == 0 || !in.take_bc()) return false;
    date.year = 1 - date.year;
  }
  if (!is_real_date(date)) return false;
  std::int64_t us = 0;
  if (__builtin_mul_overflow(days_from_civil(date), k_us_per_day, &us) ||
      __builtin_add_overflow(us, time, &us) || us == k_infinity || us == k_minus_infinity) {
    return false;
  }
  out.us = us;
  out.ends_day = time == k_us_per_day;
  return true;
}

bool parse_timestamp(std::string_view text, ParsedTimestamp& out) {
  FinerTimestamp moment;
  if (!parse_finer_timestamp(text, moment) || moment.rest != Rest::kNone) return false;
  out = moment;
  return true;
}

}  // namespace decant
