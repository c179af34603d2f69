#include "worker/pipeline/spool.h"

#include <algorithm>
#include <cstring>

#include "common/value/exact_row.h"

namespace decant {
namespace {

constexpr std::size_t k_batch_rows = 4096;
constexpr std::size_t k_block_bytes = 1024 * 1024;
constexpr std::size_t k_usual_row_bytes = 16 * 1024;  // of the row that fills a block

struct RowHead {
  std::int32_t chunk;
  std::uint32_t size_bytes;
};

}  // namespace

// The block that the next row goes to.
std::string& Spool::block() {
  if (blocks_used_ == 0 || blocks_[blocks_used_ - 1].size() >= k_block_bytes) {
    if (blocks_used_ == blocks_.size()) {
      blocks_.emplace_back().reserve(std::min(k_block_bytes, memory_bytes_) + k_usual_row_bytes);
    }
    ++blocks_used_;
  }
  return blocks_[blocks_used_ - 1];
}

Status Spool::write_blocks() {
  for (std::size_t i = 0; i < blocks_used_; ++i) {
    DECANT_TRY(file_.append(blocks_[i]));
    blocks_[i].clear();
  }
  blocks_used_ = 0;
  held_bytes_ = 0;
  return {};
}

template <typename Append>
void Spool::put_row(int chunk, const Append& append) {
  std::string& to = block();
  const std::size_t at = to.size();
  to.resize(at + sizeof(RowHead));
  append(to);
  const RowHead head{chunk, static_cast<std::uint32_t>(to.size() - at - sizeof(RowHead))};
  std::memcpy(to.data() + at, &head, sizeof head);
  held_bytes_ += to.size() - at;
  ++rows_;
}

Status Spool::bound() { return held_bytes_ < memory_bytes_ ? Status{} : write_blocks(); }

Status Spool::add(const RowBatch& batch, std::span<const int> chunk_of_row) {
  for (std::size_t row = 0; row < batch.rows; ++row) {
    if (chunk_of_row[row] < 0) continue;
    put_row(chunk_of_row[row], [&](std::string& to) { append_exact_row(batch, row, to); });
  }
  return bound();
}

Status Spool::add(int chunk, std::string_view canonical_row) {
  put_row(chunk, [&](std::string& to) { append_exact_row(canonical_row, to); });
  return bound();
}

Status Spool::replay(const std::shared_ptr<const Schema>& schema,
                     const std::function<Status(const RowBatch&, std::span<const int>)>& take) {
  RowBatch batch;
  batch.reset(schema);
  std::vector<int> chunks;
  const auto give = [&]() -> Status {
    if (batch.rows == 0) return {};
    DECANT_TRY(take(batch, chunks));
    batch.reset(schema);
    chunks.clear();
    return {};
  };
  // Takes whole rows off the front of `bytes`; returns how many bytes were used.
  const auto consume = [&](std::string_view bytes) -> Result<std::size_t> {
    std::size_t used = 0;
    while (bytes.size() - used >= sizeof(RowHead)) {
      RowHead head;
      std::memcpy(&head, bytes.data() + used, sizeof head);
      if (bytes.size() - used - sizeof head < head.size_bytes) break;
      DECANT_TRY(append_row_from_exact(bytes.substr(used + sizeof head, head.size_bytes), batch));
      chunks.push_back(head.chunk);
      used += sizeof head + head.size_bytes;
      if (batch.rows >= k_batch_rows) DECANT_TRY(give());
    }
    return used;
  };
  DECANT_TRY(file_.read(consume));
  for (std::size_t i = 0; i < blocks_used_; ++i) {
    DECANT_TRY_ASSIGN(const std::size_t used, consume(blocks_[i]));
    if (used != blocks_[i].size())
      return fail(ErrorCode::kInternal, "The spool ends inside a row.");
  }
  return give();
}

}  // namespace decant
