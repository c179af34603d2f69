// How a file is named to people: short, and yet not like another one of the job.
#pragma once

#include <string>

namespace decant {

// Relative to `directory`, the job file's, where it lies there. Elsewhere from the first part of
// the entity's `files:` on that is a pattern or, where that is relative, as many parts as it has
// with the folder before them, which may be the store's.
std::string shown_path(const std::string& path, const std::string& directory,
                       const std::string& files);

}  // namespace decant
