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

constexpr std::string_view k_store = "{store}";

std::vector<std::string> names_of(const std::filesystem::path& relative) {
  std::vector<std::string> names;
  for (const auto& name : relative) names.push_back(name.string());
  return names;
}

bool is_match(const std::vector<std::string>& names, const PathPattern& pattern) {
  if (names.size() != pattern.segments.size()) return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const PathSegment& segment = pattern.segments[i];
    const bool is_same = segment.pattern ? re2::RE2::FullMatch(names[i], *segment.pattern)
                                         : names[i] == segment.literal;
    if (!is_same) return false;
  }
  return true;
}

// Whether the name of `other` can stand where the file's path has a store's: most jobs' templates
// begin with plain text and then have {store}, so that patterns are made for few stores.
bool may_begin_so(const std::string& files, const std::string& relative, const StoreSpec& other) {
  const std::size_t first = files.find_first_of("{*?[");
  if (files.compare(first, k_store.size(), k_store) != 0) return true;
  return relative.compare(0, first, files, 0, first) != 0 ||
         relative.compare(first, other.name.size(), other.name) == 0;
}

// Whether names say which of the two stores a file is of. Where they are alike, one of the stores
// was switched off so that the other has them all.
bool is_told_apart(const std::string& files, const StoreSpec& store, const StoreSpec& other) {
  const auto own = expand_template(files, store, file_placeholders());
  const auto others = expand_template(files, other, file_placeholders());
  return own && others && *own != *others;
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
                         const EntitySpec& entity, const StoreSpec& store,
                         const std::string& base) {
  const std::string& path_template = entity.read.files;
  const bool has_glob = path_template.find_first_of("*?[") != std::string::npos;
  if (!has_glob || path_template.find('{') == std::string::npos) return {};
  const auto source_of = [&](const StoreSpec& of) {
    return expand_template(entity.read.source.empty() ? of.source : entity.read.source, of, {});
  };
  DECANT_TRY_ASSIGN(const std::string own_source, source_of(store));
  const bool is_absolute = path_template.starts_with('/');
  std::vector<std::string> relative;  // the files' paths, as the template writes them
  for (const FoundFile& file : files) {
    relative.push_back(is_absolute
                           ? file.path
                           : std::filesystem::path(file.path).lexically_relative(base).string());
  }
  for (const StoreSpec& other : job.stores) {
    if (other.name == store.name || (!other.active && !is_told_apart(path_template, store, other)))
      continue;
    const Result<std::string> source = source_of(other);
    if (!source && !other.active) continue;  // the job need not say where it was
    if (!source) return fail(source.error());
    if (*source != own_source) continue;
    std::optional<PathPattern> pattern;
    for (std::size_t i = 0; i < files.size(); ++i) {
      if (!may_begin_so(path_template, relative[i], other)) continue;
      if (!pattern) {
        DECANT_TRY_ASSIGN(pattern, parse_path_pattern(path_template, &other));
      }
      const std::filesystem::path path = files[i].path;
      if (is_match(names_of(path.lexically_relative(pattern->root.empty() ? base : pattern->root)),
                   *pattern))
        return fail(claimed_by_both(files[i].path, entity, store, other));
    }
  }
  return {};
}

}  // namespace decant
