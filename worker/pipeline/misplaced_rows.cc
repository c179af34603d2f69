#include "worker/pipeline/misplaced_rows.h"

#include "common/job/slice.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

struct Named {
  std::string text, unit;
};

// As a file's name says it: a day, a month or a year.
Named named_by(const DayRange& days) {
  const std::int64_t begin = days.begin.value_or(0);
  const std::int64_t count = days.end.value_or(begin) - begin;
  const CivilDate first = civil_from_days(begin);
  const std::string month = format_month(first.year, first.month);
  if (count > 31) return {month.substr(0, month.rfind('-')), "year"};
  if (count > 1) return {month, "month"};
  return {month + (first.day < 10 ? "-0" : "-") + std::to_string(first.day), "day"};
}

}  // namespace

Reject reject_store(const std::string& column, const std::optional<std::string>& name,
                    bool is_reserved) {
  Reject reject;
  reject.column = column;
  reject.rule = "store";
  reject.original = name.value_or("");
  if (!name) {
    reject.reason = column + ": the row names no store, and the job's stores are strict.";
  } else if (!is_reserved) {
    reject.reason = column + ": the job lists no store of this name, and its stores are strict.";
  } else if (name->empty()) {
    reject.reason = column + ": an empty text is no store's name; say `nulls` where it means none.";
  } else {
    reject.reason = column + ": no store can be named \"" + *name + "\", which Decant uses itself.";
  }
  return reject;
}

Reject reject_other_store(const std::string& column, const std::optional<std::string>& name,
                          const std::string& store) {
  Reject reject;
  reject.column = column;
  reject.rule = "store";
  reject.original = name.value_or("");
  reject.reason = column + ": the row says " + (name ? "the store \"" + *name + "\"" : "no store") +
                  ", and it comes from the source of \"" + store + "\".";
  return reject;
}

Reject reject_period(const std::string& column, const DayRange& days, bool is_dated) {
  Reject reject;
  reject.column = column;
  reject.rule = "period";
  const Named named = named_by(days);
  reject.reason =
      column + (is_dated ? ": the date lies outside of " + named.text + ", the " + named.unit +
                               " that the file's name says."
                         : ": the row has no date, and the file's name says a " + named.unit + ".");
  return reject;
}

}  // namespace decant
