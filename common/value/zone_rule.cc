#include "common/value/zone_rule.h"

#include "common/value/calendar.h"

namespace decant {
namespace {

constexpr std::int64_t k_seconds_a_day = 86'400;
constexpr int k_most_rule_hours = 167;  // RFC 9636: a rule's time may lie a week away
constexpr int k_most_offset_hours = 24;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::int64_t days_since_1970(std::int64_t year, int month, int day) {
  return days_from_civil({year, month, day}) + k_days_1970_to_2000;
}

// 0 is Sunday; 1970-01-01 was a Thursday.
int weekday_of(std::int64_t day) { return static_cast<int>(((day + 4) % 7 + 7) % 7); }

}  // namespace

// Walks over the text; each step takes what it is named after or says false.
class ZoneRule::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }

  bool take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }

  // CET or <+0330>: nobody reads it.
  bool name() {
    const bool quoted = take('<');
    std::size_t count = 0;
    while (count < text_.size() &&
           (is_letter(text_[count]) ||
            (quoted && (is_digit(text_[count]) || text_[count] == '+' || text_[count] == '-')))) {
      ++count;
    }
    text_.remove_prefix(count);
    return count >= 3 && (!quoted || take('>'));
  }

  // hh[:mm[:ss]] with a sign or none.
  bool time(int most_hours, std::int32_t& seconds) {
    const bool negative = take('-');
    if (!negative) (void)take('+');
    int hours = 0;
    int parts[2] = {0, 0};
    if (!number(0, most_hours, hours)) return false;
    for (int& part : parts) {
      if (!take(':')) break;
      if (!number(0, 59, part)) return false;
    }
    const std::int32_t all = hours * 3600 + parts[0] * 60 + parts[1];
    seconds = negative ? -all : all;
    return true;
  }

  // As POSIX writes it: hours to be added to reach UTC, so that east is negative.
  bool offset(std::int32_t& east) {
    if (!time(k_most_offset_hours, east)) return false;
    east = -east;
    return true;
  }

  bool at_offset() const {
    return !done() && (is_digit(text_[0]) || text_[0] == '+' || text_[0] == '-');
  }

  // Mm.w.d, Jn or n, and /time.
  bool moment(Moment& out) {
    if (take('M')) {
      out.form = Form::kWeekday;
      if (!number(1, 12, out.month) || !take('.') || !number(1, 5, out.week) || !take('.') ||
          !number(0, 6, out.day)) {
        return false;
      }
    } else {
      const bool without_leap = take('J');
      out.form = without_leap ? Form::kDayWithoutLeap : Form::kDay;
      if (!number(without_leap ? 1 : 0, 365, out.day)) return false;
    }
    return !take('/') || time(k_most_rule_hours, out.time);
  }

 private:
  bool number(int least, int most, int& value) {
    std::size_t count = 0;
    value = 0;
    while (count < text_.size() && count < 3 && is_digit(text_[count])) {
      value = value * 10 + (text_[count++] - '0');
    }
    text_.remove_prefix(count);
    return count > 0 && value >= least && value <= most;
  }

  std::string_view text_;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  Reader in(text);
  ZoneRule rule;
  if (!in.name() || !in.offset(rule.standard_)) return std::nullopt;
  if (in.done()) return rule;
  rule.changes_ = true;
  rule.summer_ = rule.standard_ + 3600;
  if (!in.name() || (in.at_offset() && !in.offset(rule.summer_)) || !in.take(',') ||
      !in.moment(rule.begins_) || !in.take(',') || !in.moment(rule.ends_) || !in.done()) {
    return std::nullopt;
  }
  return rule;
}

std::int64_t ZoneRule::summer_begins(std::int64_t year) const {
  return local_second(begins_, year) - standard_;
}

std::int64_t ZoneRule::summer_ends(std::int64_t year) const {
  return local_second(ends_, year) - summer_;
}

std::int64_t ZoneRule::local_second(const Moment& moment, std::int64_t year) {
  std::int64_t day = 0;
  if (moment.form == Form::kWeekday) {
    const std::int64_t first = days_since_1970(year, moment.month, 1);
    const std::int64_t next_month = moment.month == 12 ? days_since_1970(year + 1, 1, 1)
                                                       : days_since_1970(year, moment.month + 1, 1);
    day = first + (moment.day - weekday_of(first) + 7) % 7 + (moment.week - 1) * 7;
    while (day >= next_month) day -= 7;
  } else if (moment.form == Form::kDay) {
    day = days_since_1970(year, 1, 1) + moment.day;
  } else {
    // Day 60 is the first of March, whether there is a 29 February or not.
    const std::int64_t march = days_since_1970(year, 3, 1);
    day = moment.day >= 60 ? march + moment.day - 60 : days_since_1970(year, 1, 1) + moment.day - 1;
  }
  return day * k_seconds_a_day + moment.time;
}

}  // namespace decant
