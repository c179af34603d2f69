// Comparison by sums (DESIGN 5): chunks of a large group are compared with what was loaded before
// by reading the group in parts, each of which is only digested. The sums over all parts say which
// chunks are as they were; only the others are loaded. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/wire/messages.h"

namespace decant {

struct Comparison {
  Task whole;  // all chunks, with what they held, and the method for those that differ; no extents
  std::vector<std::vector<Extent>> parts;  // together all rows of the chunks
  // The table is still in its first load and nobody relies on it: what differs may be taken out
  // first and then loaded by many, where it is more than this many rows. Negative: never.
  std::int64_t most_rows_at_once = -1;
  // Where a database is compared by the blocks of its table: tasks that load all chunks by range,
  // of which those are taken that have one that differs. Empty: what differs is loaded from the
  // parts that hold it.
  std::vector<Task> range_loads = {};
};

// A task and a report for each of its chunks.
struct ComparedChunks {
  Task task;
  TaskResult result;
};

struct ComparisonOutcome {
  ComparedChunks all;         // skipped or not
  ComparedChunks unchanged;   // those that are as they were, without rejects: what is recorded
  std::optional<Task> clear;  // takes the rows of the others out; the loads come after it
  std::vector<Task> loads;
};

class SumComparison {
 public:
  explicit SumComparison(Comparison comparison);

  // What has to be read; each task's result is added once, in any order.
  std::vector<Task> tasks() const;
  bool has(const Task& part) const;
  // `part` is one of tasks().
  void add(const Task& part, const TaskResult& result);
  bool is_complete() const { return results_ == comparison_.parts.size(); }

  // Requires is_complete().
  ComparisonOutcome outcome() const;

 private:
  Task load_of(const std::vector<bool>& differs, bool keeps_prior) const;
  std::vector<std::size_t> parts_of(const std::vector<bool>& differs) const;
  void plan_loads(const std::vector<bool>& differs, ComparisonOutcome& outcome) const;
  void narrow(const std::set<std::size_t>& parts, std::vector<Extent>& extents) const;
  void plan_range_loads(const std::vector<bool>& differs, ComparisonOutcome& outcome) const;

  Comparison comparison_;
  std::vector<std::vector<std::size_t>> fed_;  // by chunk: the parts that hold rows of it
  TaskResult sum_;                             // with a report for each chunk
  std::size_t results_ = 0;
};

}  // namespace decant
