// A stage file that is read (STAGE.md). Private to this folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/base/byte_buffer.h"
#include "common/base/result.h"
#include "common/connector/duckdb/stage_format.h"

namespace decant::duck {

// One column of a block, checked. Views into the buffer that it was read into.
struct SectionView {
  std::string_view mask;    // empty: every row has a value
  std::string_view values;  // or lengths, whose sum is the size of `texts`
  std::string_view texts;
};

// Any thread.
class StageFile {
 public:
  // Checks all but the sections. Errors are one sentence that begins with "The stage file PATH":
  // kNotFound, kPermission, kNoSpace where no descriptor is left, kUnreachable for a disk that
  // fails and for a file that is not whole.
  static Result<std::unique_ptr<StageFile>> open(const std::string& path);
  ~StageFile();
  StageFile(const StageFile&) = delete;
  StageFile& operator=(const StageFile&) = delete;

  const StageFooter& footer() const { return footer_; }
  const std::string& path() const { return path_; }
  std::uint64_t rows() const;

  // Replaces what `buffer` holds. kUnreachable.
  Result<SectionView> read(std::size_t block, std::size_t column, ByteBuffer& buffer) const;

 private:
  StageFile(const std::string& path, int file) : path_(path), file_(file) {}

  Status read_footer();
  Result<std::string_view> read_bytes(std::uint64_t offset, std::size_t size,
                                      ByteBuffer& buffer) const;
  tl::unexpected<Error> not_whole(const std::string& reason) const;

  const std::string path_;
  const int file_;
  StageFooter footer_;
};

}  // namespace decant::duck
