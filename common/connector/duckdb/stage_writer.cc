#include "common/connector/duckdb/stage_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace decant::duck {
namespace {

tl::unexpected<Error> failed(int error, const std::string& path, const char* done) {
  // One sentence for all that meet a full disk, whatever their files are called.
  if (error == ENOSPC || error == EDQUOT) {
    return fail(ErrorCode::kNoSpace,
                "No space is left for stage files in " +
                    std::filesystem::path(path).parent_path().string() + ".",
                "Free disk space there, and run again.");
  }
  const bool lacks_descriptor = error == EMFILE || error == ENFILE;
  const bool lacks_right = error == EACCES || error == EPERM || error == EROFS;
  return fail(lacks_descriptor ? ErrorCode::kNoSpace
              : lacks_right    ? ErrorCode::kPermission
                               : ErrorCode::kUnreachable,
              "The stage file " + path + " cannot be " + done + ": " + std::strerror(error) + ".",
              lacks_descriptor ? "Raise `ulimit -n`, and run again."
              : lacks_right
                  ? "Give the user that runs Decant the right to read and write it and its folder."
                  : "");
}

}  // namespace

Result<std::unique_ptr<StageWriter>> StageWriter::create(const std::string& path,
                                                         std::vector<StageColumn> columns) {
  for (const StageColumn& column : columns) {
    if (can_be_staged(column.type)) continue;
    return fail(ErrorCode::kUnsupported,
                "DuckDB has no place for " + column.name + ", a " + to_string(column.type) + ".");
  }
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return failed(errno, path, "made");
  std::unique_ptr<StageWriter> writer(new StageWriter(path, file, std::move(columns)));
  DECANT_TRY(writer->write({k_stage_begin}));
  return writer;
}

StageWriter::StageWriter(const std::string& path, int file, std::vector<StageColumn> columns)
    : path_(path), file_(file), block_(columns.size()) {
  for (const StageColumn& column : columns) {
    const std::size_t width = value_bytes(column.type);
    fixed_bytes_ += width == 0 ? sizeof(std::uint32_t) : width;
  }
  footer_.columns = std::move(columns);
}

StageWriter::~StageWriter() {
  if (file_ >= 0) ::close(file_);
  std::error_code ignored;
  if (!is_finished_) std::filesystem::remove(path_, ignored);
}

Status StageWriter::add(std::span<const Column* const> columns,
                        std::span<const std::uint32_t> rows) {
  while (!rows.empty()) {
    DECANT_TRY(check_wanted());
    const std::size_t count = count_of_fitting(columns, rows);
    if (count > 0) {
      for (std::size_t i = 0; i < block_.size(); ++i)
        DECANT_TRY(block_[i].append(*columns[i], rows.first(count), footer_.columns[i].name));
      block_rows_ += count;
      rows = rows.subspan(count);
    }
    if (count == 0 || block_rows_ == k_block_rows) DECANT_TRY(write_block());
  }
  return {};
}

// How many of the rows, from the first, go into the block that was begun; their bytes are counted.
// An empty block takes one in any case.
std::size_t StageWriter::count_of_fitting(std::span<const Column* const> columns,
                                          std::span<const std::uint32_t> rows) {
  const std::size_t most = std::min(rows.size(), k_block_rows - block_rows_);
  std::fill_n(row_bytes_.begin(), most, fixed_bytes_);
  for (const Column* column : columns) {
    if (column->storage != Storage::kView) continue;
    for (std::size_t i = 0; i < most; ++i) {
      if (column->valid[rows[i]] != 0) row_bytes_[i] += column->views[rows[i]].size();
    }
  }
  std::size_t count = 0;
  for (; count < most; ++count) {
    const bool is_first = block_rows_ + count == 0;
    if (!is_first && block_bytes_ + row_bytes_[count] > k_block_bytes) break;
    block_bytes_ += row_bytes_[count];
  }
  return count;
}

Status StageWriter::write_block() {
  std::vector<std::string_view> pieces;
  std::uint64_t place = offset_;
  for (SectionBytes& column : block_) {
    const auto section = column.pieces();
    std::uint64_t size_bytes = 0;
    for (const std::string_view piece : section) size_bytes += piece.size();
    footer_.sections.push_back({place, size_bytes, stage_checksum(section)});
    place += size_bytes;
    pieces.insert(pieces.end(), section.begin(), section.end());
  }
  footer_.block_rows.push_back(static_cast<std::uint32_t>(block_rows_));
  DECANT_TRY(write(std::move(pieces)));
  for (SectionBytes& column : block_) column.clear();
  block_rows_ = 0;
  block_bytes_ = 0;
  return {};
}

Status StageWriter::write(std::vector<std::string_view> pieces) {
  std::vector<iovec> left;
  left.reserve(pieces.size());
  for (const std::string_view piece : pieces) {
    if (!piece.empty()) left.push_back({const_cast<char*>(piece.data()), piece.size()});
  }
  for (std::span<iovec> rest = left; !rest.empty();) {
    const int count = static_cast<int>(std::min<std::size_t>(rest.size(), IOV_MAX));
    const ssize_t written = ::writev(file_, rest.data(), count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed(written < 0 ? errno : EIO, path_, "written");
    offset_ += static_cast<std::uint64_t>(written);
    for (auto done = static_cast<std::size_t>(written); done > 0;) {
      iovec& first = rest.front();
      const std::size_t part = std::min(done, first.iov_len);
      first.iov_base = static_cast<char*>(first.iov_base) + part;
      first.iov_len -= part;
      done -= part;
      if (first.iov_len == 0) rest = rest.subspan(1);
    }
  }
  return {};
}

Status StageWriter::check_wanted() const {
  if (is_cancelled_.load()) return fail(ErrorCode::kCancelled, "The task was called off.");
  return {};
}

Status StageWriter::finish() {
  DECANT_TRY(check_wanted());
  if (block_rows_ > 0) DECANT_TRY(write_block());
  ByteBuffer footer;
  append_footer(footer_, footer);
  DECANT_TRY(write({footer.view()}));
  // A network disk may say only now that it is full, or gone. The descriptor is closed in any case.
  if (::close(std::exchange(file_, -1)) != 0) return failed(errno, path_, "closed");
  is_finished_ = true;
  return {};
}

}  // namespace decant::duck
