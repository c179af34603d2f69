// Values that a type has and an engine has not.
#include "common/value/limits.h"

#include "tests/unit/value/value_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

std::string refused(const std::string& type, const Column& column, const ValueLimits& limits) {
  RowFaults faults;
  faults.reset(column.size());
  refuse_beyond(limits, {"c", type_of(type)}, column, column.size(), faults);
  std::string text;
  for (const RowFaults::Entry& entry : faults.entries())
    text += std::to_string(entry.row) + " " + entry.reject.rule + " " + entry.reject.reason + "\n";
  return text;
}

Column words_of(const std::string& type, const std::vector<std::int64_t>& words) {
  Column column = column_of(type);
  column.resize(words.size());
  column.words = words;
  column.valid.assign(words.size(), 1);
  return column;
}

ValueLimits days(std::int64_t first, std::int64_t last) {
  ValueLimits limits;
  limits.engine = "Some Database";
  limits.first_day = limits.first_us = first;
  limits.last_day = limits.last_us = last;
  return limits;
}

TEST(ValueLimits, YearsBeyondTheEndsAreRefusedAndTheEndsAndInfinityAreNot) {
  const Column column = words_of("date", {-2, -1, 0, 1, 2, k_infinity, k_minus_infinity});
  EXPECT_EQ(refused("date", column, days(-1, 1)),
            "0 type c: \"1999-12-30\" lies outside the years that Some Database can hold.\n"
            "4 type c: \"2000-01-03\" lies outside the years that Some Database can hold.\n");
  EXPECT_EQ(refused("timestamp", words_of("timestamp", {0, 1, 2}), days(0, 1)),
            "2 type c: \"2000-01-01 00:00:00.000002\" lies outside the years that Some Database "
            "can hold.\n");
  EXPECT_EQ(refused("int64", words_of("int64", {-2, 2}), days(-1, 1)), "");
}

TEST(ValueLimits, ANullAndARowThatIsFaultyAlreadyAreLeftAlone) {
  Column column = words_of("date", {5, 6});
  column.valid[0] = 0;
  RowFaults faults;
  faults.reset(2);
  faults.add(1, Reject{});
  refuse_beyond(days(0, 1), {"c", type_of("date")}, column, 2, faults);
  EXPECT_EQ(faults.count(), 1U);
  EXPECT_EQ(faults.entries()[0].reject.reason, "");
}

}  // namespace
}  // namespace decant
