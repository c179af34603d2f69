#include "common/connector/chunk_digester.h"

#include <algorithm>
#include <cassert>

#include "common/job/store_name.h"
#include "common/value/canonical.h"

namespace decant {
// An infinite time lies in no month and counts as none.
std::optional<std::int64_t> range_value(const Column& column, std::size_t row) {
  if (column.valid[row] == 0) return std::nullopt;
  if (column.storage == Storage::kWide) return static_cast<std::int64_t>(column.wides[row]);
  assert(column.storage == Storage::kWord);
  const std::int64_t value = column.words[row];
  const bool is_infinite = value == k_infinity || value == k_minus_infinity;
  if (is_infinite && column.type.kind != TypeKind::kInt64) return std::nullopt;
  return value;
}

bool has_range_value(const Column& column, std::size_t row) {
  return range_value(column, row).has_value();
}

bool is_reserved_store(std::string_view name) {
  return name.empty() || name == k_all || name == k_unknown_store;
}

std::string census_store(const std::optional<std::string>& text, const Type& type,
                         const ConvertOptions& options) {
  if (!text) return std::string(k_unknown_store);
  const auto name = store_name_of(type, *text, options);
  return name && !is_reserved_store(*name) ? *name : std::string(k_unknown_store);
}

void ChunkTotals::merge(const ChunkTotals& other) {
  digest.merge(other.digest);
  if (sums.size() < other.sums.size()) sums.resize(other.sums.size());
  for (std::size_t i = 0; i < other.sums.size(); ++i) sums[i].merge(other.sums[i]);
}

RowRouter::RowRouter(const EntityPlan& plan, const std::vector<ChunkSpec>& chunks)
    : router_(chunks, plan.has_ranges()) {
  const Schema schema = plan.target_schema();
  if (!plan.store_column.empty()) store_column_ = schema.find(plan.store_column);
  if (plan.has_ranges()) range_column_ = schema.find(plan.range_column);
}

void RowRouter::route(const RowBatch& batch, std::string_view store,
                      std::vector<int>& chunk_of_row) const {
  chunk_of_row.resize(batch.rows);
  const Column* stores =
      store_column_ < 0 ? nullptr : &batch.columns[static_cast<std::size_t>(store_column_)];
  const Column* ranges =
      range_column_ < 0 ? nullptr : &batch.columns[static_cast<std::size_t>(range_column_)];
  const std::string_view whole = store.empty() ? k_all : store;
  std::string scratch;
  for (std::size_t row = 0; row < batch.rows; ++row) {
    const bool has_name = stores && stores->valid[row] != 0;
    const std::string_view of_row = has_name ? store_name(*stores, row, scratch)
                                    : stores ? k_unknown_store
                                             : whole;
    if (has_name && is_reserved_store(of_row)) {
      chunk_of_row[row] = ChunkRouter::k_no_chunk;
      continue;
    }
    chunk_of_row[row] = router_.route(of_row, ranges ? range_value(*ranges, row) : std::nullopt);
  }
}

std::vector<int> columns_left_to_others(const EntityPlan& plan) {
  std::vector<int> out;
  if (plan.write.mode != WriteMode::kUpsert) return out;
  const std::vector<std::string>& kept = plan.write.keep_on_update;
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    if (std::find(kept.begin(), kept.end(), plan.columns[i].name) != kept.end())
      out.push_back(static_cast<int>(i));
  }
  return out;
}

ChunkDigester::ChunkDigester(ControlSums control_sums, std::size_t chunk_count,
                             std::vector<int> left_out)
    : control_sums_(std::move(control_sums)), left_out_(std::move(left_out)), totals_(chunk_count) {
  for (ChunkTotals& totals : totals_) totals.sums.resize(control_sums_.sums().size());
}

RowDigest ChunkDigester::digest_of(const RowBatch& batch, std::size_t row) {
  if (left_out_.empty()) return hasher_.hash_row(batch, row);
  bytes_.clear();
  auto left_out = left_out_.begin();
  for (std::size_t i = 0; i < batch.columns.size(); ++i) {
    if (left_out != left_out_.end() && *left_out == static_cast<int>(i)) {
      ++left_out;
    } else {
      bytes_.add(batch.columns[i], row);
    }
  }
  return hasher_.hash(bytes_.view());
}

void ChunkDigester::add_and_give(const RowBatch& batch, std::span<const int> chunk_of_row,
                                 const TakeRow& take) {
  assert(left_out_.empty() && chunk_of_row.size() >= batch.rows);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    if (chunk_of_row[row] < 0) continue;
    ChunkTotals& totals = totals_[static_cast<std::size_t>(chunk_of_row[row])];
    const RowDigest digest = hasher_.hash_row(batch, row);
    totals.digest.add(digest);
    control_sums_.add(batch, row, totals.sums);
    take(chunk_of_row[row], hasher_.last_row(), digest);
  }
}

void ChunkDigester::add(const RowBatch& batch, std::span<const int> chunk_of_row,
                        std::span<const std::uint8_t> mask) {
  assert(chunk_of_row.size() >= batch.rows);
  for (std::size_t row = 0; row < batch.rows; ++row) {
    if (chunk_of_row[row] < 0 || (!mask.empty() && mask[row] != 0)) continue;
    ChunkTotals& totals = totals_[static_cast<std::size_t>(chunk_of_row[row])];
    totals.digest.add(digest_of(batch, row));
    control_sums_.add(batch, row, totals.sums);
  }
}

}  // namespace decant
