// Spool: the rows of a task, kept while their digests are compared with what the ledger holds; then
// dropped, or read once more to be loaded. Up to a bound in memory, beyond that in a file that is
// removed with the spool.
//
// Rows are held in their canonical bytes (value/FORMAT.md), each behind its chunk and length; 8
// bytes of overhead a row. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/base/spool_file.h"
#include "common/value/batch.h"

namespace decant {

class Spool {
 public:
  static constexpr std::size_t k_memory_bytes = 64 * 1024 * 1024;

  // Files go to `directory` (made if needed) and have no name once they are open, so that a crash
  // leaves none behind.
  explicit Spool(std::string directory, std::size_t memory_bytes = k_memory_bytes)
      : memory_bytes_(memory_bytes), file_(std::move(directory)) {}

  // Rows with chunk -1 are left out. kNoSpace when the file cannot grow.
  Status add(const RowBatch& batch, std::span<const int> chunk_of_row);

  // One row of which the canonical bytes are there already; the schema is_exact_as_canonical().
  Status add(int chunk, std::string_view canonical_row);

  // Gives all rows back in order, in batches of at most 4,096. kProtocol when the file was changed
  // meanwhile.
  Status replay(const std::shared_ptr<const Schema>& schema,
                const std::function<Status(const RowBatch&, std::span<const int>)>& take);

  std::int64_t row_count() const { return rows_; }
  std::int64_t file_bytes() const { return file_.size_bytes(); }

 private:
  std::string& block();
  template <typename Append>
  void put_row(int chunk, const Append& append);
  Status bound();
  Status write_blocks();

  std::size_t memory_bytes_;
  // Rows lie whole in blocks of a megabyte, which grow without moving what is there.
  std::vector<std::string> blocks_;
  std::size_t blocks_used_ = 0;
  std::size_t held_bytes_ = 0;
  SpoolFile file_;
  std::int64_t rows_ = 0;
};

}  // namespace decant
