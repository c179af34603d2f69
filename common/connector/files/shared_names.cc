#include "common/connector/files/shared_names.h"

#include <re2/re2.h>

#include <filesystem>
#include <optional>
#include <string_view>

#include "common/base/text.h"
#include "common/connector/files/path_pattern.h"
#include "common/job/store_template.h"

namespace decant {
namespace {

namespace fs = std::filesystem;

// The folders and the name of an absolute path, without ways back.
std::vector<std::string> names_of(const fs::path& path) {
  std::vector<std::string> names;
  for (const auto& name : path.lexically_normal().relative_path()) {
    if (!name.empty()) names.push_back(name.string());
  }
  return names;
}

// A pattern of whole paths, as names_of() writes them.
std::vector<PathSegment> whole_segments(const PathPattern& pattern, const std::string& base) {
  std::vector<PathSegment> out;
  const auto add = [&](const PathSegment& segment) {
    if (!segment.pattern && segment.literal == ".") return;
    if (!segment.pattern && segment.literal == "..") {
      if (!out.empty()) out.pop_back();
      return;
    }
    out.push_back(segment);
  };
  if (pattern.root.empty()) {
    for (std::string& name : names_of(base)) {
      PathSegment folder;
      folder.literal = std::move(name);
      add(folder);
    }
  }
  for (const PathSegment& segment : pattern.segments) add(segment);
  return out;
}

bool is_match(const std::vector<std::string>& names, const std::vector<PathSegment>& segments) {
  if (names.size() != segments.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const PathSegment& segment = segments[i];
    const bool is_same = segment.pattern ? re2::RE2::FullMatch(names[i], *segment.pattern)
                                         : names[i] == segment.literal;
    if (!is_same) return false;
  }
  return true;
}

// Where the files of a store are said to be, its values filled in; nothing where it lacks one.
std::optional<std::string> place_of(const StoreSpec& store, const std::string& files,
                                    const std::string& base) {
  const auto own = expand_template(files, store, file_placeholders());
  if (!own) return std::nullopt;
  return (fs::path(base) / *own).lexically_normal().string();
}

// Whether the path begins with the plain text that the place begins with: patterns are made for the
// few stores of which this is so.
bool may_be_at(std::string_view path, std::string_view place) {
  return path.starts_with(place.substr(0, place.find_first_of("{*?[")));
}

Error claimed_by_both(const std::string& path, const EntitySpec& entity, const StoreSpec& store,
                      const StoreSpec& other) {
  const std::string what = other.active
                               ? ": its rows would land twice."
                               : ", which is not active: nobody can say whose rows it has.";
  return Error{ErrorCode::kUsage,
               path + " is by its name a file of the stores " + store.name + " and " + other.name +
                   ", entity " + entity.name + what,
               "Make `files:` tell the stores apart: what stands behind {store} in it, as the _ "
               "in {store}_*.csv, must be in no store's name.",
               {},
               {}};
}

}  // namespace

Status check_names_apart(const std::vector<FoundFile>& files, const JobSpec& job,
                         const EntitySpec& entity, const StoreFolder& found) {
  const std::string& path_template = entity.read.files;
  const bool has_glob = path_template.find_first_of("*?[") != std::string::npos;
  if (!has_glob || path_template.find('{') == std::string::npos) return {};
  const auto own_place = place_of(found.store, path_template, found.base);
  std::vector<std::string> paths;
  for (const FoundFile& file : files)
    paths.push_back(fs::path(file.path).lexically_normal().string());
  for (const StoreSpec& other : job.stores) {
    if (other.name == found.store.name) continue;
    const Result<std::string> told = found.base_of(other);
    if (!told) continue;  // nothing of it is read, which its own census tells if it is active
    // Another spelling, or a symbolic link.
    std::error_code unknown;
    const bool is_same = fs::equivalent(found.base, *told, unknown);
    const std::string& other_base = is_same ? found.base : *told;
    const auto place = place_of(other, path_template, other_base);
    // One of two stores with the same files was switched off so that the other has them all.
    if (!other.active && (!place || place == own_place)) continue;
    std::optional<std::vector<PathSegment>> segments;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (place && !may_be_at(paths[i], *place)) continue;
      if (!segments) {
        DECANT_TRY_ASSIGN(const PathPattern pattern, parse_path_pattern(path_template, &other));
        segments = whole_segments(pattern, other_base);
      }
      if (is_match(names_of(paths[i]), *segments))
        return fail(claimed_by_both(paths[i], entity, found.store, other));
    }
  }
  return {};
}

}  // namespace decant
