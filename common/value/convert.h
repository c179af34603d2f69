// Conversion of a source column into the type of a target column, whole columns at a time.
// What cannot be converted exactly is a reject, never a truncation. Decimals never pass through
// floating point.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant {

enum class Fidelity { kExact, kWidening, kLossy, kImpossible };
std::string_view to_string(Fidelity fidelity);

// How much of a type another can take. kExact and kWidening: every value has its equal there.
// kLossy: some have not; they are rejects unless ConvertOptions::lossy allows to shorten them. Text
// is kExact to every type, since each text is read exactly or is a reject.
Fidelity fidelity_of(const Type& from, const Type& to);

// How text is read as a value; from the entity's `read:` and a column's own keys.
struct ConvertOptions {
  // These texts are NULL, in unquoted fields only: the reader applies them, for only it knows the
  // quotes.
  std::vector<std::string> null_texts = {""};
  // An empty text (after trimming) is NULL where the target is not text. False: it is no value of
  // any such type, as where the source has NULLs of its own.
  bool empty_is_null = true;
  char decimal_point = '.';
  char group_separator = 0;  // 0: none allowed
  std::string date_format;   // strptime-like (%Y-%m-%d %H:%M:%S); empty: ISO 8601
  // Of local times on their way to kTimestampTz and back; empty: nobody can tell, and what would
  // need it is refused.
  std::string time_zone = "UTC";
  bool trim = false;  // blanks at either end, before anything else
  std::string lossy;  // "" refused; "round" half-even; "truncate" (lossy.h)
  // What stands in the target for a NUL character of a text; without it such a text is a reject.
  std::optional<std::string> replace_nul;
  // Of one column, after trimming; only where the source is text.
  std::vector<std::string> column_nulls;  // NULL too, with quotes or without
  std::int32_t zero_pad = 0;  // texts of fewer digits and nothing else get zeros in front; 0: none
};

// Stateless after construction; one per (task, column); not shared between threads.
class ColumnConverter {
 public:
  virtual ~ColumnConverter() = default;
  // Fills `out` (already reset to the target type) with `rows` values. Rows that are already faulty
  // may be left NULL. New faults go to `faults` with column, rule, reason and original filled in.
  // Views in `out` may point into `in`'s memory or into `arena`.
  virtual void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
                       RowFaults& faults) const = 0;
};

// Whether values of `from` are values of `to` as they lie in memory, none of them touched by the
// options, so that a column can be handed on without a converter: of texts those that are sound
// (RowBatch::has_sound_texts).
bool keeps_values(const Type& from, const Type& to, const ConvertOptions& options);

// kMismatch where the fidelity is kImpossible; `column_name` is used in rejects.
Result<std::unique_ptr<ColumnConverter>> make_converter(const Type& from, const Type& to,
                                                        const ConvertOptions& options,
                                                        const std::string& column_name);

}  // namespace decant
