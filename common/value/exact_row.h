// A row as a spool keeps it: all that FORMAT.md calls equal stays as it was, so that what is loaded
// later is what was read. It is never digested and lives no longer than its task.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/value/batch.h"

namespace decant {

// Appends the row: its canonical form, but JSON with its own text, and behind it the floating-point
// values whose bits that form changes (-0, a NaN's payload).
void append_exact_row(const RowBatch& batch, std::size_t row, std::string& out);

// Whether rows of that schema are kept in their canonical form and nothing else.
bool is_exact_as_canonical(const Schema& schema);
// The same as append_exact_row for such a row, of which the canonical form is there already.
void append_exact_row(std::string_view canonical_row, std::string& out);

// Appends what append_exact_row wrote to `batch`, whose schema must be the same. kProtocol when the
// bytes are something else.
Status append_row_from_exact(std::string_view bytes, RowBatch& batch);

}  // namespace decant
