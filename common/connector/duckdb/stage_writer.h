// Writes columns into one stage file (STAGE.md). Private to this folder.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/duckdb/stage_format.h"
#include "common/connector/duckdb/vector_write.h"
#include "common/value/batch.h"

namespace decant::duck {

// Memory: one block, or one row where that is larger, and 24 bytes for each section. One owner, one
// thread, but for cancel().
class StageWriter {
 public:
  // Makes the file, which must not be there. kPermission, kNoSpace, kUnreachable, and kUnsupported
  // for a type that cannot be staged.
  static Result<std::unique_ptr<StageWriter>> create(const std::string& path,
                                                     std::vector<StageColumn> columns);
  ~StageWriter();  // removes the file, unless finish() succeeded
  StageWriter(const StageWriter&) = delete;
  StageWriter& operator=(const StageWriter&) = delete;

  // The values at `rows` of each column, in the order of create(). kDataRefused for a value that
  // DuckDB has no place for, kNoSpace, kUnreachable; after an error the file is lost.
  Status add(std::span<const Column* const> columns, std::span<const std::uint32_t> rows);
  // The file is complete and closed when this returns well.
  Status finish();
  // The next add() or finish() says that the task was called off. Any thread.
  void cancel() { is_cancelled_.store(true); }
  std::int64_t size_bytes() const { return static_cast<std::int64_t>(offset_); }

 private:
  StageWriter(const std::string& path, int file, std::vector<StageColumn> columns);

  std::size_t count_of_fitting(std::span<const Column* const> columns,
                               std::span<const std::uint32_t> rows);
  Status write_block();
  Status write(std::vector<std::string_view> pieces);
  Status check_wanted() const;

  const std::string path_;
  int file_;
  StageFooter footer_;
  std::vector<SectionBytes> block_;
  std::size_t fixed_bytes_ = 0;  // of a row, but for its texts
  std::size_t block_rows_ = 0;
  std::size_t block_bytes_ = 0;
  std::array<std::size_t, k_block_rows> row_bytes_;
  std::uint64_t offset_ = 0;
  bool is_finished_ = false;
  std::atomic<bool> is_cancelled_{false};
};

}  // namespace decant::duck
