#include "worker/pipeline/home_chunk.h"

#include "common/connector/chunk_digester.h"

namespace decant {

int home_chunk(const Task& task, std::size_t extent) {
  const Extent& read = task.extents[extent];
  const bool has_ranges = task.plan.has_ranges();
  std::string store = read.store.empty() ? task.store : read.store;
  if (store.empty() && task.plan.store_column.empty()) store = k_all;
  if (store.empty() || (has_ranges && read.period.empty())) return ChunkRouter::k_no_chunk;
  const std::string period = has_ranges ? read.period : std::string(k_all);
  int home = ChunkRouter::k_no_chunk;
  std::int32_t number = 0;
  const auto look_at = [&](const ChunkSpec& chunk, std::size_t position) {
    if (chunk.slice.store != store || chunk.slice.period != period) return;
    if (home != ChunkRouter::k_no_chunk && chunk.number >= number) return;
    home = static_cast<int>(position);
    number = chunk.number;
  };
  for (std::size_t i = 0; i < task.chunks.size(); ++i) look_at(task.chunks[i].spec, i);
  for (std::size_t i = 0; i < task.passed_over.size(); ++i)
    look_at(task.passed_over[i], task.chunks.size() + i);
  return home;
}

}  // namespace decant
