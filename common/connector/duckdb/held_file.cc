#include "common/connector/duckdb/held_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "common/digest/digest.h"

namespace decant::duck {
namespace {

// The main header and the two of the database.
constexpr std::size_t k_headers_bytes = 3 * 4096;

std::string state_of(int descriptor) {
  struct stat file = {};
  if (descriptor < 0 || fstat(descriptor, &file) != 0) return "none";
  std::string headers(k_headers_bytes, '\0');
  static_cast<void>(!pread(descriptor, headers.data(), headers.size(), 0));
  return std::to_string(file.st_size) + "-" + std::to_string(file.st_mtim.tv_sec) + "." +
         std::to_string(file.st_mtim.tv_nsec) + "-" + sha256_hex(headers).substr(0, 16);
}

}  // namespace

HeldFile::HeldFile(HeldFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

HeldFile::~HeldFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

HeldFile HeldFile::hold(const std::string& path) {
  HeldFile held(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct flock lock = {};  // from the first byte to the end, wherever that will be
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  if (held.descriptor_ >= 0 && fcntl(held.descriptor_, F_OFD_SETLK, &lock) == 0) return held;
  return {};
}

bool HeldFile::is(const std::string& path) const {
  struct stat held = {};
  struct stat there = {};
  return descriptor_ >= 0 && fstat(descriptor_, &held) == 0 && stat(path.c_str(), &there) == 0 &&
         held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

std::string HeldFile::state() const { return state_of(descriptor_); }

std::string state_of_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::string state = state_of(descriptor);
  if (descriptor >= 0) ::close(descriptor);
  return state;
}

}  // namespace decant::duck
