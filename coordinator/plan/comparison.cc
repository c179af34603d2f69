#include "coordinator/plan/comparison.h"

#include <algorithm>
#include <map>

namespace decant {
namespace {

void add_times(const StageTimes& more, StageTimes& times) {
  times.extract_ms += more.extract_ms;
  times.convert_ms += more.convert_ms;
  times.digest_ms += more.digest_ms;
  times.load_ms += more.load_ms;
  times.commit_ms += more.commit_ms;
  times.total_ms += more.total_ms;
}

// Nothing of it has to be read again. Rejects have: only their first travel in a result, and the
// ledger keeps all of them.
bool is_settled(const BatchReport& report) { return report.skipped && report.rows_rejected == 0; }

ComparedChunks unchanged_of(const ComparedChunks& all) {
  ComparedChunks out = all;
  out.task.chunks.clear();
  out.result.batches.clear();
  out.result.rejects.clear();
  out.result.chunk_of_reject.clear();
  out.result.rows_read = out.result.rows_rejected = 0;
  for (const BatchReport& report : all.result.batches) {
    if (!is_settled(report)) continue;
    out.result.batches.push_back(report);
    out.result.batches.back().chunk = static_cast<std::int32_t>(out.task.chunks.size());
    out.result.rows_read += report.rows_read;
    out.task.chunks.push_back(all.task.chunks[static_cast<std::size_t>(report.chunk)]);
  }
  return out;
}

}  // namespace

SumComparison::SumComparison(Comparison comparison) : comparison_(std::move(comparison)) {
  const std::size_t chunks = comparison_.whole.chunks.size();
  fed_.resize(chunks);
  sum_.batches.resize(chunks);
  for (std::size_t i = 0; i < chunks; ++i) sum_.batches[i].chunk = static_cast<std::int32_t>(i);
}

std::vector<Task> SumComparison::tasks() const {
  std::vector<Task> tasks;
  for (const std::vector<Extent>& part : comparison_.parts) {
    Task task = comparison_.whole;
    task.kind = TaskKind::kCompare;
    task.extents = part;
    task.chunks_are_complete = comparison_.parts.size() == 1;
    task.records_empty_chunks = false;
    for (TaskChunk& chunk : task.chunks) {
      chunk.prior.reset();
      // What is under way is told by rows: each part has its share.
      chunk.spec.estimated_rows /= static_cast<std::int64_t>(comparison_.parts.size());
    }
    tasks.push_back(std::move(task));
  }
  return tasks;
}

bool SumComparison::has(const Task& part) const {
  return part.kind == TaskKind::kCompare && part.store == comparison_.whole.store &&
         std::find(comparison_.parts.begin(), comparison_.parts.end(), part.extents) !=
             comparison_.parts.end();
}

void SumComparison::add(const Task& part, const TaskResult& result) {
  const auto at = std::find(comparison_.parts.begin(), comparison_.parts.end(), part.extents);
  const auto number = static_cast<std::size_t>(at - comparison_.parts.begin());
  for (const BatchReport& report : result.batches) {
    const auto chunk = static_cast<std::size_t>(report.chunk);
    if (chunk >= sum_.batches.size()) continue;  // from outside: no worker of ours says so
    BatchReport& sum = sum_.batches[chunk];
    sum.rows_read += report.rows_read;
    sum.rows_rejected += report.rows_rejected;
    sum.accepted.merge(report.accepted);
    if (report.rows_read > 0) fed_[chunk].push_back(number);
  }
  sum_.rejects.insert(sum_.rejects.end(), result.rejects.begin(), result.rejects.end());
  sum_.chunk_of_reject.insert(sum_.chunk_of_reject.end(), result.chunk_of_reject.begin(),
                              result.chunk_of_reject.end());
  sum_.chunk_of_reject.resize(sum_.rejects.size());
  sum_.rows_read += result.rows_read;
  sum_.rows_rejected += result.rows_rejected;
  add_times(result.times, sum_.times);
  ++results_;
}

ComparisonOutcome SumComparison::outcome() const {
  ComparisonOutcome outcome;
  outcome.all = {comparison_.whole, sum_};
  std::vector<bool> differs(sum_.batches.size());
  for (std::size_t i = 0; i < differs.size(); ++i) {
    const TaskChunk& chunk = comparison_.whole.chunks[i];
    const std::optional<PriorContent>& prior = chunk.prior;
    BatchReport& report = outcome.all.result.batches[i];
    report.loaded = report.accepted;
    report.skipped = !chunk.is_tried_again && prior && prior->accepted == report.accepted.digest &&
                     prior->fingerprint == comparison_.whole.plan.fingerprint;
    differs[i] = !is_settled(report);
  }
  outcome.unchanged = unchanged_of(outcome.all);
  if (std::find(differs.begin(), differs.end(), true) == differs.end()) return outcome;
  if (comparison_.range_loads.empty()) {
    plan_loads(differs, outcome);
  } else {
    plan_range_loads(differs, outcome);
  }
  return outcome;
}

// Where the rows of those chunks were met: the same snapshot has them nowhere else.
void SumComparison::narrow(const std::set<std::size_t>& parts, std::vector<Extent>& extents) const {
  constexpr std::size_t k_most_extents = 8;  // each is a statement of its own
  if (parts.empty() || parts.size() == comparison_.parts.size() || extents.size() != 1) return;
  std::vector<Extent> narrowed;
  for (const std::size_t part : parts) {
    const Extent& blocks = comparison_.parts[part].front();
    if (narrowed.empty() || narrowed.back().end_block != blocks.begin_block) {
      narrowed.push_back(extents.front());
      // What has no ranges is read by blocks alone; the whole of it would come once for each
      // extent.
      if (narrowed.back().kind == ExtentKind::kAll) narrowed.back().kind = ExtentKind::kBlocks;
      narrowed.back().begin_block = blocks.begin_block;
      narrowed.back().snapshot = blocks.snapshot;
    }
    narrowed.back().end_block = blocks.end_block;
  }
  if (narrowed.size() <= k_most_extents) extents = std::move(narrowed);
}

// A reject without a place counts to the first chunk of whoever reads it: where there are any, all
// ranges are read again, so that each is told once.
void SumComparison::plan_range_loads(const std::vector<bool>& differs,
                                     ComparisonOutcome& outcome) const {
  const bool takes_all = sum_.rows_rejected > 0;
  if (takes_all) {
    outcome.unchanged.task.chunks.clear();
    outcome.unchanged.result.batches.clear();
    outcome.unchanged.result.rows_read = 0;
  }
  std::map<std::string, std::size_t> wanted;
  for (std::size_t i = 0; i < differs.size(); ++i) {
    if (differs[i] || takes_all) wanted.emplace(comparison_.whole.chunks[i].spec.name().value, i);
  }
  for (Task load : comparison_.range_loads) {
    std::vector<TaskChunk> chunks;
    std::set<std::size_t> parts;
    for (TaskChunk& chunk : load.chunks) {
      const auto known = wanted.find(chunk.spec.name().value);
      if (known != wanted.end()) {
        parts.insert(fed_[known->second].begin(), fed_[known->second].end());
        chunks.push_back(std::move(chunk));
      } else {
        load.passed_over.push_back(std::move(chunk.spec));
      }
    }
    if (chunks.empty()) continue;
    load.chunks = std::move(chunks);
    if (!takes_all) narrow(parts, load.extents);
    outcome.loads.push_back(std::move(load));
  }
}

// Chunks that differ are loaded in one transaction, since a key may have moved from one to another.
void SumComparison::plan_loads(const std::vector<bool>& differs, ComparisonOutcome& outcome) const {
  std::int64_t rows = 0;
  for (std::size_t i = 0; i < differs.size(); ++i)
    rows += differs[i] ? sum_.batches[i].rows_read : 0;
  const std::vector<std::size_t> parts = parts_of(differs);
  const bool at_once = comparison_.most_rows_at_once < 0 || rows <= comparison_.most_rows_at_once;
  Task load = load_of(differs, at_once);
  if (at_once) {
    for (const std::size_t part : parts) {
      const std::vector<Extent>& extents = comparison_.parts[part];
      load.extents.insert(load.extents.end(), extents.begin(), extents.end());
    }
    outcome.loads.push_back(std::move(load));
    return;
  }
  outcome.clear = load_of(differs, true);
  outcome.clear->passed_over.clear();
  load.method = LoadMethod::kAppend;
  for (const std::size_t part : parts) {
    Task& task = outcome.loads.emplace_back(load);
    task.extents = comparison_.parts[part];
    task.chunks_are_complete = parts.size() == 1;
    task.records_empty_chunks = outcome.loads.size() == 1;
  }
}

// The chunks that differ, as a task that reads nothing yet.
Task SumComparison::load_of(const std::vector<bool>& differs, bool keeps_prior) const {
  Task task = comparison_.whole;
  task.chunks.clear();
  for (std::size_t i = 0; i < differs.size(); ++i) {
    const TaskChunk& chunk = comparison_.whole.chunks[i];
    if (!differs[i]) {
      task.passed_over.push_back(chunk.spec);
      continue;
    }
    task.chunks.push_back(chunk);
    if (!keeps_prior) task.chunks.back().prior.reset();
  }
  // Rows without a place were counted to the first of all chunks.
  task.counts_unplaced = differs.front();
  return task;
}

std::vector<std::size_t> SumComparison::parts_of(const std::vector<bool>& differs) const {
  std::set<std::size_t> parts;
  for (std::size_t i = 0; i < differs.size(); ++i) {
    if (differs[i]) parts.insert(fed_[i].begin(), fed_[i].end());
  }
  return {parts.begin(), parts.end()};
}

}  // namespace decant
