// The refused rows of a run: the first few by entity and store, for people, and whether there are
// more than the job allows. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/job/job_spec.h"
#include "common/wire/messages.h"
#include "coordinator/report/report.h"

namespace decant {

class RejectSummary {
 public:
  static constexpr std::size_t k_first_of_store = 5;

  // A finished task, or one that failed for its rejects: then it has no batches, and all its rows
  // count at its store.
  void take(const Task& task, const TaskResult& result);
  void count(const std::string& entity, const std::string& store, std::int64_t rows);
  // `chunk`: as the reject counts, with its store alone where that is all there is to tell.
  void remember(const std::string& entity, const ChunkSpec& chunk, const Reject& reject);
  // A chunk is loaded again: the rows that were counted of it, and what was told of them.
  void forget(const std::string& entity, const ChunkSpec& chunk, std::int64_t rows);

  std::vector<StoreRejects> list() const;  // by entity and store, those without rejects left out

 private:
  struct OfChunk {
    ChunkName chunk;
    Reject reject;
  };
  struct OfStore {
    std::int64_t rows = 0;
    std::vector<OfChunk> first;
  };
  std::map<std::pair<std::string, std::string>, OfStore> stores_;
};

// What has been read and refused of an entity, in all tasks so far.
struct RejectCount {
  std::int64_t rows_read = 0;
  std::int64_t rows_rejected = 0;
  // No more rows than these will have been read at the end, but for rejects; absent: not known.
  std::optional<std::int64_t> rows_at_most;
};

// How many of so many rows a ratio lets be refused.
std::int64_t allowed_by_ratio(double ratio, std::int64_t rows);

// kTooManyRejects when the limit is exceeded for certain, whatever the rows still to be read are
// like. `is_over`: the entity has been read to its end, and the ratio is what it is.
std::optional<Error> over_reject_limit(const EntitySpec& entity, const RejectCount& count,
                                       bool is_over);

}  // namespace decant
