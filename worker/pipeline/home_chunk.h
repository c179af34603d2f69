// Where a row counts whose own store or time cannot be read, such as a ragged one. Pure.
#pragma once

#include <cstddef>

#include "common/wire/messages.h"

namespace decant {

// The first chunk of the slice that the extent is of, as far as the entity or the name of its file
// says: its position in task.chunks or, behind those, in task.passed_over. The same whatever else
// the task reads. ChunkRouter::k_no_chunk where the slice is not known or not in the task.
int home_chunk(const Task& task, std::size_t extent);

}  // namespace decant
