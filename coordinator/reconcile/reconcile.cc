#include "coordinator/reconcile/reconcile.h"

#include <map>

#include "common/base/text.h"

namespace decant {
namespace {

std::string with_sign(std::int64_t value) { return (value > 0 ? "+" : "") + group_digits(value); }

std::string count_text(const std::string& where, std::int64_t source, std::int64_t target) {
  return where + ": the source has " + group_digits(source) + " rows, the target " +
         group_digits(target) + " (" + with_sign(target - source) + ").";
}

}  // namespace

bool target_differs(const ChunkEvidence& chunk, VerifyLevel level) {
  if (!chunk.is_whole() || !chunk.has_target || level == VerifyLevel::kLedger) return false;
  if (chunk.loaded.digest.row_count != chunk.target.digest.row_count) return true;
  return level == VerifyLevel::kDigests && !(chunk.loaded.digest == chunk.target.digest);
}

namespace {

class EntityReconciler {
 public:
  EntityReconciler(const ReconcileInput& input, std::vector<Difference>& differences)
      : input_(input), differences_(differences) {}

  // True when the chunk holds no difference.
  bool check(const ChunkEvidence& chunk) {
    const std::size_t before = differences_.size();
    const std::string name = chunk.chunk.name().value;
    const std::int64_t accepted = chunk.accepted.digest.row_count;
    const std::int64_t loaded = chunk.loaded.digest.row_count;
    if (!chunk.is_whole()) {
      // Planned and not done: the run failed or was interrupted before it.
      Left& left = chunk.was_loaded ? not_compared_ : not_loaded_;
      if (left.chunks++ == 0) left.first = name;
      return false;
    }
    if (chunk.rows_read != loaded + chunk.rows_rejected + chunk.rows_superseded) {
      add(chunk, DifferenceKind::kRowsUnaccounted,
          name + ": " + group_digits(chunk.rows_read) + " rows were read, but " +
              group_digits(loaded) + " loaded, " + group_digits(chunk.rows_rejected) +
              " rejected and " + group_digits(chunk.rows_superseded) + " superseded.");
    }
    // Rows that the target refused are the only way from accepted to loaded.
    if (!input_.loaded_is_partial && loaded == accepted &&
        !(chunk.accepted.digest == chunk.loaded.digest)) {
      add(chunk, DifferenceKind::kLedgerDiffers,
          name + ": the ledger has another digest (" + chunk.loaded.digest.hex().substr(0, 12) +
              "…) than the source (" + chunk.accepted.digest.hex().substr(0, 12) + "…).");
    }
    if (chunk.has_target && input_.level != VerifyLevel::kLedger) check_target(chunk, name);
    return differences_.size() == before;
  }

  // Chunks that the run did not get to: one sentence for those of a kind.
  void tell_what_is_left() {
    tell(not_loaded_, "not loaded yet");
    tell(not_compared_, "loaded already and not compared by this run");
  }

 private:
  struct Left {
    std::int64_t chunks = 0;
    std::string first;
  };

  void tell(const Left& left, const std::string& what) {
    if (left.chunks == 0) return;
    differences_.push_back({DifferenceKind::kRowsUnaccounted,
                            {input_.entity, {}, {}},
                            {},
                            input_.entity + ": " + group_digits(left.chunks) +
                                (left.chunks == 1 ? " planned chunk is " : " planned chunks are ") +
                                what + ", the first is " + left.first + "."});
  }

  void check_target(const ChunkEvidence& chunk, const std::string& name) {
    const std::int64_t loaded = chunk.loaded.digest.row_count;
    const std::int64_t target = chunk.target.digest.row_count;
    if (loaded != target)
      add(chunk, DifferenceKind::kCountDiffers, count_text(name, loaded, target));
    if (input_.level == VerifyLevel::kCounts) return;
    for (std::size_t i = 0; i < chunk.loaded.sums.size() && i < chunk.target.sums.size(); ++i) {
      if (chunk.loaded.sums[i] == chunk.target.sums[i]) continue;
      add(chunk, DifferenceKind::kSumDiffers,
          name + ": the sum of " +
              (i < input_.sum_names.size() ? input_.sum_names[i] : std::to_string(i)) + " is " +
              chunk.loaded.sums[i].to_string() + " at the source and " +
              chunk.target.sums[i].to_string() + " in the target.");
    }
    if (loaded == target && !(chunk.loaded.digest == chunk.target.digest)) {
      add(chunk, DifferenceKind::kDigestDiffers,
          name + ": the counts agree (" + group_digits(loaded) +
              "), the values of at least one row do not (digest " +
              chunk.loaded.digest.hex().substr(0, 12) + "… and " +
              chunk.target.digest.hex().substr(0, 12) + "…).");
    }
  }

  void add(const ChunkEvidence& chunk, DifferenceKind kind, std::string text) {
    differences_.push_back({kind, chunk.chunk.slice, chunk.chunk.name(), std::move(text)});
  }

  const ReconcileInput& input_;
  std::vector<Difference>& differences_;
  Left not_loaded_, not_compared_;
};

// Rows that somebody read twice. Rows that are refused without a store count to any.
std::vector<Difference> rows_read_twice(const ReconcileInput& input) {
  std::map<std::string, std::int64_t> read, rejected;
  for (const ChunkEvidence& chunk : input.evidence) {
    read[chunk.chunk.slice.store] += chunk.rows_read;
    rejected[chunk.chunk.slice.store] += chunk.rows_rejected;
  }
  std::vector<Difference> differences;
  for (const CountedRows& counted : input.counted) {
    const std::int64_t surplus = read[counted.store] - counted.rows;
    if (!counted.is_fixed || !counted.is_all || surplus <= rejected[counted.store]) continue;
    differences.push_back(
        {DifferenceKind::kRowsUnaccounted,
         {input.entity, counted.store, {}},
         {},
         input.entity + (counted.store == k_all ? "" : ", " + counted.store) + ": " +
             group_digits(counted.rows) + " rows were counted at the source and " +
             group_digits(read[counted.store]) +
             " read, under one snapshot: some were read twice. Please report this as a defect."});
  }
  return differences;
}

// Rows that were counted and that nobody read. A row whose store cannot be told from what is wrong
// with it is refused, and counts to a chunk of another store, which has more rows by it than were
// counted: so many may be missing in all.
std::vector<Difference> rows_not_read(const ReconcileInput& input) {
  std::map<std::string, std::int64_t> surplus, rejected;
  for (const ChunkEvidence& chunk : input.evidence) {
    if (!chunk.is_whole()) return {};  // which is said, and nothing more is known
    surplus[chunk.chunk.slice.store] += chunk.rows_read;
    rejected[chunk.chunk.slice.store] += chunk.rows_rejected;
  }
  std::map<std::string, std::int64_t> read = surplus;
  for (const CountedRows& counted : input.counted) surplus[counted.store] -= counted.rows;
  std::int64_t elsewhere = 0;
  std::int64_t all_missing = 0;
  for (const auto& [store, rows] : surplus) {
    elsewhere += std::clamp<std::int64_t>(rows, 0, rejected[store]);
    all_missing += std::max<std::int64_t>(0, -rows);
  }
  std::vector<Difference> differences;
  if (all_missing <= elsewhere) return differences;
  for (const CountedRows& counted : input.counted) {
    const std::int64_t missing = counted.rows - read[counted.store];
    if (missing <= 0) continue;
    differences.push_back(
        {DifferenceKind::kRowsUnaccounted,
         {input.entity, counted.store, {}},
         {},
         input.entity + (counted.store == k_all ? "" : ", " + counted.store) + ": " +
             group_digits(counted.rows) + " rows were counted at the source and " +
             group_digits(read[counted.store]) + " read: " + group_digits(missing) +
             (counted.is_fixed
                  ? (missing == 1 ? " is" : " are") + std::string(" in no chunk of the plan.")
                  : " went in between, if the source changed; else " +
                        std::string(missing == 1 ? "it is" : "they are") +
                        " in no chunk of the plan. Run again.")});
  }
  return differences;
}

void add_to(SliceResult& slice, const ChunkEvidence& chunk, bool equal) {
  ++slice.chunks;
  if (!chunk.is_whole())
    ++(chunk.was_loaded ? slice.not_compared_chunks : slice.not_loaded_chunks);
  else if (chunk.skipped)
    ++slice.skipped_chunks;
  if (chunk.has_target) ++slice.read_back_chunks;
  slice.rows_read += chunk.rows_read;
  slice.rows_rejected += chunk.rows_rejected;
  slice.rows_superseded += chunk.rows_superseded;
  slice.rows_loaded += chunk.loaded.digest.row_count;
  slice.rows_target += chunk.target.digest.row_count;
  slice.source.merge(chunk.loaded);
  slice.target.merge(chunk.target);
  slice.equal = slice.equal && equal;
}

// Such a row may have the key of one that the source has, which the table then refuses at each run.
std::string name_foreign(const ReconcileInput& input) {
  if (input.first_foreign.empty()) return {};
  return (input.foreign_rows == 1 ? " It is " : " The first is ") + input.first_foreign +
         "; where a row of the source is refused for such a key, take this one out of the table.";
}

}  // namespace

std::string_view to_string(VerifyLevel level) {
  switch (level) {
    case VerifyLevel::kLedger:
      return "ledger";
    case VerifyLevel::kCounts:
      return "counts";
    case VerifyLevel::kDigests:
      return "digests";
  }
  return "digests";
}

Result<VerifyLevel> parse_verify_level(std::string_view text) {
  for (const VerifyLevel level :
       {VerifyLevel::kLedger, VerifyLevel::kCounts, VerifyLevel::kDigests}) {
    if (to_string(level) == text) return level;
  }
  const std::string near = nearest(text, {"ledger", "counts", "digests"});
  return fail(ErrorCode::kUsage, "\"" + std::string(text) + "\" is no level of verification.",
              near.empty() ? "Use ledger, counts or digests." : "Did you mean " + near + "?");
}

EntityResult reconcile_entity(const ReconcileInput& input, std::vector<Difference>& differences) {
  EntityResult result;
  result.entity = input.entity;
  result.sum_names = input.sum_names;
  result.foreign_rows = input.foreign_rows;
  result.target_only_rows = input.target_only_rows;
  result.total.slice.entity = input.entity;
  EntityReconciler reconciler(input, differences);
  std::map<SliceId, SliceResult> slices;
  for (const ChunkEvidence& chunk : input.evidence) {
    const bool equal = reconciler.check(chunk);
    SliceResult& slice = slices[chunk.chunk.slice];
    slice.slice = chunk.chunk.slice;
    add_to(slice, chunk, equal);
    add_to(result.total, chunk, equal);
  }
  for (auto& [id, slice] : slices) result.slices.push_back(std::move(slice));
  reconciler.tell_what_is_left();
  for (const auto& find : {rows_not_read, rows_read_twice}) {
    for (Difference& difference : find(input)) {
      differences.push_back(std::move(difference));
      result.total.equal = false;
    }
  }
  if (input.foreign_rows > 0 && input.level == VerifyLevel::kDigests) {
    differences.push_back({DifferenceKind::kForeignRows,
                           {input.entity, {}, {}},
                           {},
                           input.entity + ": the target's table has " +
                               group_digits(input.foreign_rows) +
                               (input.foreign_rows == 1 ? " row" : " rows") +
                               " in the range of the run that no chunk holds; not loaded by "
                               "Decant." +
                               name_foreign(input)});
    result.total.equal = false;
  }
  return result;
}

}  // namespace decant
