// Layout: which files of a folder belong to an entity and a store, and what their names say of
// their contents.
//
// A template is a path with {store}, {label} and any value of the store, with {month} (2024-08),
// {year}, {mm} and {day}, and with globs: * ? [a-z] [!a-z], none of which crosses a slash (** is
// refused). {day} is the day of the month (31) beside {month} or {mm}, and a whole date
// (2024-08-31) on its own. What stands for a placeholder is read back out of the real names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/job/job_spec.h"
#include "common/job/selection.h"

namespace decant {

struct FoundFile {
  std::string path;  // absolute
  std::string
      store;  // where {store} was read out of the name because no store was given; else empty
  std::string period;  // "2024-08" where the name says it; else empty
  DayRange days;       // that the name says: a day, a month, a year; else open
  bool operator==(const FoundFile&) const = default;
};

// The folder that paths of entities start in, absolute: what a source's connection (a folder, also
// as file:…; may be empty) says, seen from that of the job file.
std::string base_folder(std::string_view connection, const std::string& directory);

// The files of `path_template`, relative to `base`, that may hold rows of `days`; sorted by path.
// `store` may be null: then {store} matches any name. None at all is no error, except for a
// template that is a plain path: kNotFound. kUsage for an unknown placeholder, kPermission for a
// folder that cannot be listed.
Result<std::vector<FoundFile>> find_files(const std::string& path_template, const std::string& base,
                                          const StoreSpec* store, const DayRange& days);

}  // namespace decant
