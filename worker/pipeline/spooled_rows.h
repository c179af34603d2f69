// SpooledRows: a task's rows while their digests are compared with what the ledger holds, and how
// those of the chunks that differ get into a loader: all of them or, where the target lets itself
// be read, only what is not in it as it is. One thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/connector/target.h"
#include "common/digest/digest.h"
#include "worker/pipeline/known_rows.h"
#include "worker/pipeline/spool.h"

namespace decant {

class SpooledRows {
 public:
  // Files go to `directory` (spool.h). `schema` is that of the rows. `finds_differences`: the
  // target may let itself be read.
  SpooledRows(std::string directory, std::shared_ptr<const Schema> schema, bool finds_differences);

  // Whether rows are kept in the bytes that were made for their digest; else as batches.
  bool takes_canonical() const { return takes_canonical_; }
  Status add(int chunk, std::string_view canonical_row, const RowDigest& digest);
  Status add(const RowBatch& batch, std::span<const int> chunk_of_row) {
    return spool_.add(batch, chunk_of_row);
  }

  // Writes the rows of `chunks` (positions in the task), or what differs of them where the loader
  // can tell.
  Status load_differences(TaskLoader& loader, const std::vector<int>& chunks,
                          const std::function<bool()>& is_cancelled);
  // Writes all rows of `chunks`.
  Status load_all(TaskLoader& loader, const std::vector<int>& chunks);

 private:
  Result<bool> strike_what_is_there(RowSource& present, Spool& gone,
                                    const std::function<bool()>& is_cancelled);
  Status write(TaskLoader& loader, const std::vector<int>& chunks, bool but_struck);

  std::string directory_;
  std::shared_ptr<const Schema> schema_;
  bool takes_canonical_;
  bool finds_differences_;  // no more, once there are too many rows to know each
  Spool spool_;
  KnownRows known_;
};

}  // namespace decant
