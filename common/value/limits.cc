#include "common/value/limits.h"

#include "common/value/canonical.h"
#include "common/value/convert_parts.h"

namespace decant {
namespace {

bool is_within(std::int64_t value, std::int64_t first, std::int64_t last) {
  return (value >= first && value <= last) || value == k_infinity || value == k_minus_infinity;
}

void refuse(const Field& field, const std::string& sentence, const Column& column, std::size_t row,
            RowFaults& faults) {
  if (faults.has(row)) return;
  conversion::add_reason(field.name, sentence, row, display_text(column, row), faults);
}

}  // namespace

void refuse_beyond(const ValueLimits& limits, const Field& field, const Column& column,
                   std::size_t rows, RowFaults& faults) {
  const TypeKind kind = field.type.kind;
  const bool is_date = kind == TypeKind::kDate;
  if (!is_date && kind != TypeKind::kTimestamp && kind != TypeKind::kTimestampTz) return;
  const std::int64_t first = is_date ? limits.first_day : limits.first_us;
  const std::int64_t last = is_date ? limits.last_day : limits.last_us;
  for (std::size_t row = 0; row < rows; ++row) {
    if (column.valid[row] == 0 || is_within(column.words[row], first, last)) continue;
    refuse(field, "lies outside the years that " + limits.engine + " can hold.", column, row,
           faults);
  }
}

}  // namespace decant
