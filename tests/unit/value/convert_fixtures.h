// Converts one value and says in text what came out: the value, NULL, or "!" and the reject's
// reason.
#pragma once

#include "common/value/canonical.h"
#include "common/value/convert.h"
#include "tests/unit/value/value_fixtures.h"

namespace decant::testing_support {

inline std::string convert_one(const Column& in, const std::string& to,
                               const ConvertOptions& options = {},
                               const std::string& name = "total") {
  const auto converter = make_converter(in.type, type_of(to), options, name);
  if (!converter) return "?" + converter.error().message;
  Column out = column_of(to);
  Arena arena;
  RowFaults faults;
  faults.reset(in.size());
  (*converter)->convert(in, in.size(), out, arena, faults);
  EXPECT_EQ(out.size(), in.size());
  if (faults.has(0)) {
    const Reject& reject = faults.entries()[0].reject;
    EXPECT_EQ(reject.rule, "type");
    EXPECT_EQ(reject.column, name);
    return "!" + reject.reason;
  }
  return display_text(out, 0);
}

inline std::string from_text(std::string_view text, const std::string& to,
                             const ConvertOptions& options = {}) {
  Column in = column_of("text");
  push_view(in, text);
  return convert_one(in, to, options);
}

// Through text first, so that a test can write any value down.
inline std::string from_value(const std::string& from, std::string_view text, const std::string& to,
                              const ConvertOptions& options = {}) {
  Column in = column_of("text");
  push_view(in, text);
  const auto reader = make_converter(in.type, type_of(from), {}, "total");
  Column value = column_of(from);
  Arena arena;
  RowFaults faults;
  faults.reset(1);
  (*reader)->convert(in, 1, value, arena, faults);
  EXPECT_FALSE(faults.has(0)) << text;
  return convert_one(value, to, options);
}

}  // namespace decant::testing_support
