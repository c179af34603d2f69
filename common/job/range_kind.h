// The types by which rows can be cut into chunks: dates and timestamps by `read: time`, integers by
// `read: key`.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/job/job_spec.h"
#include "common/value/type.h"

namespace decant {

// Of an entity that has a time or a key.
bool can_cut_by(const ReadSpec& read, const Type& type);

// kMismatch: the time or key lands in a column of a type by which nothing can be cut.
Error no_type_to_cut_by(const ReadSpec& read, const std::string& column, const Type& type);

}  // namespace decant
