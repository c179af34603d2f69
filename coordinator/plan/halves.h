// Tasks in smaller pieces, for one that was too much for its source or for a worker. Chunks keep
// their limits, whatever is divided here (promise 2). Pure.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "common/wire/messages.h"

namespace decant {

// How often a piece of the source is cut in two at most: eight statements instead of one.
inline constexpr int k_most_halvings = 3;

// Two tasks, without ids, over the halves of a task's chunks: each reads less than the whole, and
// both together do what it does. None where that is not so:
// - a task of one chunk, or one that writes nothing;
// - a part of a first load, whose rows may be any chunk's;
// - chunks that are loaded together since keys moved between them, or since others would follow
//   their rows;
// - chunks that are read from the same file, or that no range of the source tells apart.
std::optional<std::pair<Task, Task>> halves_of(const Task& task);

// How often the pieces of the source that the task reads can be cut in two; 0: they cannot.
int most_halvings(const Task& task);
// Each range of time or keys, and of heap blocks, in 2^halvings parts of equal width, which are
// read one after the other in one transaction; others stay as they are.
std::vector<Extent> cut_extents(const std::vector<Extent>& extents, int halvings);

}  // namespace decant
