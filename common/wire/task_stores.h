// Whose sources a task reads. Mostly one store's; where keys moved between stores, the chunks of
// all of them travel together.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/wire/messages.h"

namespace decant {

// Empty where a column says the store: all are read from one source.
inline const std::string& store_of(const Task& task, const Extent& extent) {
  return task.store.empty() || extent.store.empty() ? task.store : extent.store;
}
inline const std::string& store_of(const Task& task, const ChunkSpec& chunk) {
  return task.store.empty() ? task.store : chunk.slice.store;
}

// Those of its extents and of its chunks: what is no longer there was looked for, too. The task's
// own comes first.
inline std::vector<std::string> stores_of(const Task& task) {
  std::vector<std::string> stores = {task.store};
  if (task.store.empty()) return stores;
  std::set<std::string> others;
  for (const Extent& extent : task.extents) others.insert(store_of(task, extent));
  for (const TaskChunk& chunk : task.chunks) others.insert(store_of(task, chunk.spec));
  others.erase(task.store);
  stores.insert(stores.end(), others.begin(), others.end());
  return stores;
}

}  // namespace decant
