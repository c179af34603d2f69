#include "worker/pipeline/spooled_rows.h"

#include <algorithm>

#include "common/value/exact_row.h"

namespace decant {
namespace {

// 33 bytes each.
constexpr std::size_t k_most_known_rows = 4'000'000;

bool contains(const std::vector<int>& chunks, int chunk) {
  return std::find(chunks.begin(), chunks.end(), chunk) != chunks.end();
}

}  // namespace

SpooledRows::SpooledRows(std::string directory, std::shared_ptr<const Schema> schema,
                         bool finds_differences)
    : directory_(std::move(directory)),
      schema_(std::move(schema)),
      takes_canonical_(is_exact_as_canonical(*schema_)),
      finds_differences_(finds_differences && takes_canonical_),
      spool_(directory_) {}

Status SpooledRows::add(int chunk, std::string_view canonical_row, const RowDigest& digest) {
  if (finds_differences_ && known_.size() == k_most_known_rows) {
    finds_differences_ = false;
    known_ = {};
  }
  if (finds_differences_) known_.add(digest);
  return spool_.add(chunk, canonical_row);
}

Status SpooledRows::load_all(TaskLoader& loader, const std::vector<int>& chunks) {
  return write(loader, chunks, false);
}

// Where canonical bytes do not say all of a row (-0, the text of JSON), its digest does not either.
Status SpooledRows::load_differences(TaskLoader& loader, const std::vector<int>& chunks,
                                     const std::function<bool()>& is_cancelled) {
  if (!finds_differences_) return load_all(loader, chunks);
  DECANT_TRY_ASSIGN(std::unique_ptr<RowSource> present, loader.read_chunks(chunks));
  if (!present) return load_all(loader, chunks);
  constexpr std::size_t k_gone_memory_bytes = 16 * 1024 * 1024;
  Spool gone(directory_, k_gone_memory_bytes);
  DECANT_TRY_ASSIGN(const bool is_read, strike_what_is_there(*present, gone, is_cancelled));
  present.reset();
  if (!is_read) return load_all(loader, chunks);
  DECANT_TRY(loader.write_differences());
  DECANT_TRY(gone.replay(schema_, [&](const RowBatch& batch, std::span<const int>) {
    return loader.write_gone(batch);
  }));
  return write(loader, chunks, true);
}

// Rows of the target that are not among ours go to `gone`. False: some of them cannot be read, or
// two of ours are equal; all are read all the same, so that the loader is free for what comes.
Result<bool> SpooledRows::strike_what_is_there(RowSource& present, Spool& gone,
                                               const std::function<bool()>& is_cancelled) {
  RowHasher hasher;
  RowBatch batch;
  std::vector<Reject> faults;
  std::vector<int> goes;
  bool is_read = known_.index();
  for (;;) {
    if (is_cancelled()) return fail(ErrorCode::kCancelled, "The task was called off.");
    DECANT_TRY_ASSIGN(const bool more, present.next(batch, faults));
    is_read = is_read && faults.empty();
    faults.clear();
    if (!more) return is_read;
    if (!is_read) continue;
    goes.assign(batch.rows, -1);
    for (std::size_t row = 0; row < batch.rows; ++row)
      if (!known_.strike(hasher.hash_row(batch, row))) goes[row] = 0;
    DECANT_TRY(gone.add(batch, goes));
  }
}

Status SpooledRows::write(TaskLoader& loader, const std::vector<int>& chunks, bool but_struck) {
  std::size_t number = 0;
  std::vector<int> wanted;
  return spool_.replay(schema_, [&](const RowBatch& batch, std::span<const int> rows) -> Status {
    wanted.assign(rows.begin(), rows.end());
    for (int& chunk : wanted) {
      const bool is_there = but_struck && known_.is_struck(number);
      ++number;
      if (is_there || !contains(chunks, chunk)) chunk = -1;
    }
    return loader.write(batch, wanted);
  });
}

}  // namespace decant
