// Why a row has no place in its job: rejects for stores and months that cannot be. Pure.
#pragma once

#include <optional>
#include <string>

#include "common/job/selection.h"
#include "common/value/reject.h"

namespace decant {

// `name`, which stands in the store column, is no store's: reserved (is_reserved_store), or not
// listed by a job whose stores are strict; such a job refuses rows without a name too.
Reject reject_store(const std::string& column, const std::optional<std::string>& name,
                    bool is_reserved);

// The row comes from the source of one store and says another in its store column, or none.
Reject reject_other_store(const std::string& column, const std::optional<std::string>& name,
                          const std::string& store);

// A row of a file whose name says these days, months or years lies outside of them, or has no date.
Reject reject_period(const std::string& column, const DayRange& days, bool is_dated);

}  // namespace decant
