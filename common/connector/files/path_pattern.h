// PathPattern: a path template taken apart into segments, each either a plain name or a pattern
// with captures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/job/job_spec.h"

namespace re2 {
class RE2;
}

namespace decant {

// What a placeholder stands for; read back out of real names.
enum class Capture { kStore, kMonth, kYear, kMonthNumber, kDayNumber, kDate };

struct PathSegment {
  std::string literal;                      // where `pattern` is null
  std::shared_ptr<const re2::RE2> pattern;  // of the whole name
  std::vector<Capture> captures;            // its groups, in order
  bool matches_hidden = false;              // the template itself starts with a dot
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
