#include "common/base/spool_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace decant {
namespace {

constexpr std::size_t k_read_bytes = 1024 * 1024;

Error file_error(const std::string& what, const char* done) {
  const ErrorCode code = errno == ENOSPC || errno == EDQUOT || errno == EMFILE ? ErrorCode::kNoSpace
                         : errno == EACCES ? ErrorCode::kPermission
                                           : ErrorCode::kInternal;
  return {code,
          what + " cannot be " + done + ": " + std::strerror(errno) + ".",
          errno == EMFILE ? "Raise `ulimit -n`."
                          : "Free space there, or give another place with --work-dir.",
          {},
          {}};
}

std::string spool_in(const std::string& directory) { return "The spool file in " + directory; }

}  // namespace

Result<bool> read_in_blocks(std::FILE* file, const std::string& what, const ConsumeBytes& consume) {
  std::rewind(file);
  std::string block;
  std::size_t held = 0;
  for (;;) {
    block.resize(held + k_read_bytes);
    const std::size_t got = std::fread(block.data() + held, 1, k_read_bytes, file);
    if (got == 0 && std::ferror(file) != 0) return fail(file_error(what, "read"));
    const std::size_t size = held + got;
    DECANT_TRY_ASSIGN(const std::size_t used, consume(std::string_view(block.data(), size)));
    held = size - used;
    std::memmove(block.data(), block.data() + used, held);
    if (got == 0) return held == 0;
  }
}

SpoolFile::~SpoolFile() {
  if (file_ != nullptr) std::fclose(file_);
}

Status SpoolFile::open() {
  std::error_code ignored;
  std::filesystem::create_directories(directory_, ignored);
  std::string name = directory_ + "/spool-XXXXXX";
  const int fd = ::mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) return fail(file_error(spool_in(directory_), "made"));
  ::unlink(name.c_str());
  file_ = ::fdopen(fd, "w+b");
  if (file_ != nullptr) return {};
  ::close(fd);
  return fail(file_error(spool_in(directory_), "opened"));
}

Status SpoolFile::append(std::string_view bytes) {
  if (file_ == nullptr) DECANT_TRY(open());
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size() ||
      std::fflush(file_) != 0) {
    return fail(file_error(spool_in(directory_), "written"));
  }
  size_bytes_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

Status SpoolFile::read(const ConsumeBytes& consume) {
  if (file_ == nullptr) return {};
  DECANT_TRY_ASSIGN(const bool whole, read_in_blocks(file_, spool_in(directory_), consume));
  if (!whole) {
    return fail(ErrorCode::kProtocol, spool_in(directory_) + " ends inside a row.", "Run again.");
  }
  std::fseek(file_, 0, SEEK_END);
  return {};
}

}  // namespace decant
