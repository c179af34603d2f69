#include "worker/pipeline/spool.h"

#include <cstring>

#include "common/value/exact_row.h"

namespace decant {
namespace {

constexpr std::size_t k_batch_rows = 4096;

struct RowHead {
  std::int32_t chunk;
  std::uint32_t size_bytes;
};

}  // namespace

Status Spool::add(const RowBatch& batch, std::span<const int> chunk_of_row) {
  for (std::size_t row = 0; row < batch.rows; ++row) {
    if (chunk_of_row[row] < 0) continue;
    const std::size_t at = buffer_.size();
    buffer_.resize(at + sizeof(RowHead));
    append_exact_row(batch, row, buffer_);
    const RowHead head{chunk_of_row[row],
                       static_cast<std::uint32_t>(buffer_.size() - at - sizeof(RowHead))};
    std::memcpy(buffer_.data() + at, &head, sizeof head);
    ++rows_;
  }
  if (buffer_.size() < memory_bytes_) return {};
  DECANT_TRY(file_.append(buffer_));
  buffer_.clear();
  return {};
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
  DECANT_TRY_ASSIGN(const std::size_t used, consume(buffer_));
  if (used != buffer_.size()) return fail(ErrorCode::kInternal, "The spool ends inside a row.");
  return give();
}

}  // namespace decant
