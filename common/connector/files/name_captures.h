// NameCaptures: what a name has in the place of each placeholder of a path's segment.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/connector/files/path_pattern.h"

namespace decant {

struct NameCaptures {
  std::vector<std::string> texts;  // of PathSegment::captures
  // Digits that are a month of two and a day of one, or the other way round: both are taken.
  bool is_unclear = false;
};

// Nothing where the name does not match. A month or day of one or two digits is the whole of its
// number, where the name can be read so: with *{mm}, a12 is December of a and not February of a1.
std::optional<NameCaptures> captures_in(const PathSegment& segment, const std::string& name);

}  // namespace decant
