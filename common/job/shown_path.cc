#include "common/job/shown_path.h"

#include <algorithm>
#include <filesystem>

namespace decant {
namespace {

namespace fs = std::filesystem;

bool is_pattern(const std::string& part) { return part.find_first_of("{*?[") != std::string::npos; }

// How many parts at the end of the path are shown.
std::size_t shown_parts(const fs::path& files) {
  std::size_t parts = 0;
  std::size_t before_pattern = 0;
  bool in_pattern = false;
  for (const fs::path& part : files.relative_path()) {
    in_pattern = in_pattern || is_pattern(part.string());
    if (!in_pattern) ++before_pattern;
    ++parts;
  }
  if (files.is_absolute()) return std::max<std::size_t>(1, parts - before_pattern);
  return parts + 1;
}

}  // namespace

std::string shown_path(const std::string& path, const std::string& directory,
                       const std::string& files) {
  const fs::path whole = fs::path(path).lexically_normal();
  std::error_code error;
  const fs::path folder = fs::absolute(directory, error).lexically_normal();
  if (!directory.empty() && !error) {
    const fs::path below = whole.lexically_relative(folder);
    if (!below.empty() && *below.begin() != ".." && below != ".") return below.string();
  }
  const fs::path relative = whole.relative_path();
  const auto parts = static_cast<std::size_t>(std::distance(relative.begin(), relative.end()));
  const std::size_t shown = std::min(parts, shown_parts(fs::path(files)));
  fs::path out;
  std::size_t at = 0;
  for (const fs::path& part : relative) {
    if (at++ >= parts - shown) out /= part;
  }
  return out.string();
}

}  // namespace decant
