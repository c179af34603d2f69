#include "common/connector/files/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "common/digest/digest.h"

namespace decant {
namespace {

constexpr std::int64_t k_digest_end_bytes = 64 * 1024;

Error system_error(const std::string& path, int number, std::string_view action) {
  Error error;
  error.message = path + " cannot be " + std::string(action) + ": " + std::strerror(number) + ".";
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      error.code = ErrorCode::kNotFound;
      error.message = "There is no file " + path + ".";
      error.advice = "Check `files:` of the entity; paths start at the job file's folder.";
      break;
    case EACCES:
    case EPERM:
      error.code = ErrorCode::kPermission;
      error.advice = "Give the user that runs the worker the right to read it.";
      break;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
      error.code = ErrorCode::kNoSpace;
      error.advice = number == ENOMEM ? "The machine has no memory left." : "Raise `ulimit -n`.";
      break;
    default:
      error.code = ErrorCode::kUnreachable;
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<InputFile>> InputFile::open(const std::string& path) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return fail(system_error(path, errno, "opened"));
  std::unique_ptr<InputFile> file(new InputFile(path, descriptor));
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return fail(system_error(path, errno, "examined"));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kNotFound, path + " is not a file.");
  // Only a hint: a kernel that does not take it reads as well, a little later.
  static_cast<void>(::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL));
  return file;
}

InputFile::~InputFile() { ::close(descriptor_); }

Result<std::size_t> InputFile::read(char* out, std::size_t capacity) {
  for (;;) {
    const ssize_t count = ::read(descriptor_, out, capacity);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return fail(system_error(path_, errno, "read"));
  }
}

Result<FileIdentity> InputFile::size_and_time() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return fail(system_error(path_, errno, "examined"));
  FileIdentity identity;
  identity.size_bytes = status.st_size;
  const auto ns = [](const timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  identity.modified_ns = ns(status.st_mtim);
  identity.changed_ns = ns(status.st_ctim);
  return identity;
}

Result<std::int64_t> InputFile::size_bytes() const {
  DECANT_TRY_ASSIGN(const FileIdentity identity, size_and_time());
  return identity.size_bytes;
}

Result<std::size_t> InputFile::read_at(std::int64_t offset, char* out, std::size_t capacity) const {
  for (;;) {
    const ssize_t count = ::pread(descriptor_, out, capacity, offset);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return fail(system_error(path_, errno, "read"));
  }
}

Status InputFile::append_at(std::int64_t offset, std::size_t size, std::string& out) const {
  const std::size_t start = out.size();
  out.resize(start + size);
  std::size_t done = 0;
  while (done < size) {
    DECANT_TRY_ASSIGN(const std::size_t count, read_at(offset + static_cast<std::int64_t>(done),
                                                       out.data() + start + done, size - done));
    if (count == 0) break;  // it shrank under us: the digest differs, which is what we want to see
    done += count;
  }
  out.resize(start + done);
  return {};
}

Result<FileIdentity> InputFile::identify() const {
  DECANT_TRY_ASSIGN(FileIdentity identity, size_and_time());
  const std::int64_t size = identity.size_bytes;
  const std::int64_t end = std::min(size, k_digest_end_bytes);
  std::string bytes;
  DECANT_TRY(append_at(0, static_cast<std::size_t>(end), bytes));
  DECANT_TRY(append_at(size - end, static_cast<std::size_t>(end), bytes));
  bytes += std::to_string(size);
  identity.digest = sha256_hex(bytes);
  return identity;
}

Result<std::string> InputFile::place(const FileIdentity& identity) const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) return fail(system_error(path_, errno, "examined"));
  if (status.st_nlink > 1) {
    return "inode " + std::to_string(status.st_ino) + " changed " +
           std::to_string(identity.changed_ns) + " sized " + std::to_string(identity.size_bytes) +
           " with " + identity.digest;
  }
  std::error_code unknown;  // then the path itself says which file it is
  const std::string canonical = std::filesystem::canonical(path_, unknown).string();
  return unknown ? path_ : canonical;
}

Status InputFile::verify(const FileIdentity& planned) const {
  if (planned.digest.empty()) return {};
  DECANT_TRY(verify_size_and_time(planned));
  DECANT_TRY_ASSIGN(const FileIdentity now, identify());
  if (now == planned) return {};
  return fail(ErrorCode::kSourceChanged, path_ + " has other content than when it was planned.",
              "Run again, so that it is planned as it is now.");
}

// What was read is still what the path leads to: a file that is renamed over it leaves the open one
// as it was.
Status InputFile::check_same_file() const {
  struct stat opened {};
  struct stat there {};
  if (::fstat(descriptor_, &opened) != 0) return fail(system_error(path_, errno, "examined"));
  const bool is_there = ::stat(path_.c_str(), &there) == 0;
  if (is_there && there.st_dev == opened.st_dev && there.st_ino == opened.st_ino) return {};
  return fail(
      ErrorCode::kSourceChanged,
      path_ + (is_there ? " was replaced by another file" : " was removed") + " while it was read.",
      "Run again, so that it is planned as it is now.");
}

Status InputFile::verify_size_and_time(const FileIdentity& planned) const {
  if (planned.digest.empty()) return {};
  DECANT_TRY(check_same_file());
  DECANT_TRY_ASSIGN(const FileIdentity now, size_and_time());
  if (now.size_bytes == planned.size_bytes && now.modified_ns == planned.modified_ns &&
      now.changed_ns == planned.changed_ns)
    return {};
  std::string message = path_ + " was changed since it was planned";
  if (now.size_bytes != planned.size_bytes) {
    message += ": " + std::to_string(planned.size_bytes) + " bytes then, " +
               std::to_string(now.size_bytes) + " now";
  }
  return fail(ErrorCode::kSourceChanged, message + ".",
              "Run again, so that it is planned as it is now.");
}

}  // namespace decant
