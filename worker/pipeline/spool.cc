#include "worker/pipeline/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/value/canonical.h"

namespace decant {
namespace {

constexpr std::size_t k_batch_rows = 4096;
constexpr std::size_t k_read_bytes = 1024 * 1024;

struct RowHead {
  std::int32_t chunk;
  std::uint32_t size_bytes;
};

Error file_error(const std::string& directory, const char* what) {
  const ErrorCode code = errno == ENOSPC || errno == EDQUOT || errno == EMFILE ? ErrorCode::kNoSpace
                         : errno == EACCES ? ErrorCode::kPermission
                                           : ErrorCode::kInternal;
  return {code,
          std::string("The spool file in ") + directory + " cannot be " + what + ": " +
              std::strerror(errno) + ".",
          "Free space there, or give another place with --work-dir.",
          {},
          {}};
}

}  // namespace

Spool::Spool(std::string directory, std::size_t memory_bytes)
    : directory_(std::move(directory)), memory_bytes_(memory_bytes) {}

Spool::~Spool() {
  if (file_ != nullptr) std::fclose(file_);
}

Status Spool::add(const RowBatch& batch, std::span<const int> chunk_of_row) {
  for (std::size_t row = 0; row < batch.rows; ++row) {
    if (chunk_of_row[row] < 0) continue;
    const std::size_t at = buffer_.size();
    buffer_.resize(at + sizeof(RowHead));
    append_canonical_row(batch, row, buffer_);
    const RowHead head{chunk_of_row[row],
                       static_cast<std::uint32_t>(buffer_.size() - at - sizeof(RowHead))};
    std::memcpy(buffer_.data() + at, &head, sizeof head);
    ++rows_;
  }
  return buffer_.size() >= memory_bytes_ ? flush() : Status{};
}

Status Spool::flush() {
  if (file_ == nullptr) {
    std::error_code ignored;
    std::filesystem::create_directories(directory_, ignored);
    std::string name = directory_ + "/spool-XXXXXX";
    const int fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return fail(file_error(directory_, "made"));
    ::unlink(name.c_str());
    file_ = ::fdopen(fd, "w+b");
    if (file_ == nullptr) {
      ::close(fd);
      return fail(file_error(directory_, "opened"));
    }
  }
  if (std::fwrite(buffer_.data(), 1, buffer_.size(), file_) != buffer_.size() ||
      std::fflush(file_) != 0) {
    return fail(file_error(directory_, "written"));
  }
  file_bytes_ += static_cast<std::int64_t>(buffer_.size());
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
      DECANT_TRY(
          append_row_from_canonical(bytes.substr(used + sizeof head, head.size_bytes), batch));
      chunks.push_back(head.chunk);
      used += sizeof head + head.size_bytes;
      if (batch.rows >= k_batch_rows) DECANT_TRY(give());
    }
    return used;
  };
  if (file_ != nullptr) {
    std::rewind(file_);
    std::string block;
    std::size_t held = 0;
    for (;;) {
      block.resize(held + k_read_bytes);
      const std::size_t got = std::fread(block.data() + held, 1, k_read_bytes, file_);
      if (got == 0 && std::ferror(file_) != 0) return fail(file_error(directory_, "read"));
      const std::size_t size = held + got;
      DECANT_TRY_ASSIGN(const std::size_t used, consume(std::string_view(block.data(), size)));
      held = size - used;
      std::memmove(block.data(), block.data() + used, held);
      if (got == 0) break;
    }
    if (held != 0)
      return fail(ErrorCode::kProtocol, "The spool file ends inside a row.", "Run again.");
    std::fseek(file_, 0, SEEK_END);
  }
  DECANT_TRY_ASSIGN(const std::size_t used, consume(buffer_));
  if (used != buffer_.size()) return fail(ErrorCode::kInternal, "The spool ends inside a row.");
  return give();
}

}  // namespace decant
