// PathPattern: a path template taken apart into segments, each either a plain name or a pattern
// with captures.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/job/job_spec.h"

namespace re2 {
class RE2;
}

namespace decant {

// What a placeholder stands for; read back out of real names.
enum class Capture { kStore, kMonth, kYear, kMonthNumber, kDayNumber, kDate };

// How the pattern of a segment has a month or day, of two digits or, where it stands apart, of one.
inline constexpr std::string_view k_two_digits = "([0-9]{2})";
inline constexpr std::string_view k_one_or_two_digits = "([0-9]{1,2})";

// A number that may have one digit.
struct ShortNumber {
  std::size_t capture = 0;  // of PathSegment::captures
  std::size_t offset = 0;   // of its group in the pattern
};

struct PathSegment {
  std::string literal;                      // where `pattern` is null
  std::shared_ptr<const re2::RE2> pattern;  // of the whole name
  std::vector<Capture> captures;            // its groups, in order
  std::vector<ShortNumber> short_numbers;
  bool matches_hidden = false;  // the template itself starts with a dot
};

struct PathPattern {
  std::string root;  // "/" for an absolute template, else empty
  std::vector<PathSegment> segments;
  bool is_plain = true;  // names one file: no glob, and no placeholder but the store's own values
};

// kUsage for an unknown placeholder (with the nearest name) and for a template without a name in
// it.
Result<PathPattern> parse_path_pattern(const std::string& path_template, const StoreSpec* store);

}  // namespace decant
