#include "common/job/range_kind.h"

#include "common/job/map_reader.h"

namespace decant {

bool can_cut_by(const ReadSpec& read, const Type& type) {
  if (read.time.empty()) return type.kind == TypeKind::kInt64;
  return type.kind == TypeKind::kDate || type.kind == TypeKind::kTimestamp ||
         type.kind == TypeKind::kTimestampTz;
}

Error no_type_to_cut_by(const ReadSpec& read, const std::string& column, const Type& type) {
  const bool is_key = read.time.empty();
  return Error{ErrorCode::kMismatch,
               std::string(is_key ? "\"read: key\"" : "\"read: time\"") + " lands in " +
                   in_quotes(column) + ", which is " + to_string(type) + " and not " +
                   (is_key ? "an integer." : "a date or a timestamp."),
               is_key ? "Declare it, such as { " + column + ": int64 }, or cut by another column."
                      : "Declare it, such as { " + column +
                            ": timestamp }, with a \"date_format\" if it has one.",
               {},
               {}};
}

}  // namespace decant
