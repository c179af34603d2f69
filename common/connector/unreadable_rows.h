// Rows whose date nobody can read, in the census of a run over some days.
#pragma once

#include <string_view>

namespace decant {

// The period of a cell that counts them: text that is no date, or no row at all. It is no slice and
// no chunk holds them, but any of them may be a row of these days, so that the run has to read and
// refuse them. Only files have such, and only with days: in a run over all days they are undated.
inline constexpr std::string_view k_unreadable = "unreadable";

}  // namespace decant
