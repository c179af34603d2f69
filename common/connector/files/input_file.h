// InputFile: an open file that is read from front to back, or a part of it, and what it was when it
// was planned.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/connector/extent.h"

namespace decant {

// Owns the descriptor. Not shared between threads. Errors name the file by its path.
class InputFile {
 public:
  // kNotFound, kPermission, kUnreachable (the disk or the share does not answer).
  static Result<std::unique_ptr<InputFile>> open(const std::string& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& path() const { return path_; }
  // The next bytes, at most `capacity`; 0 at the end of the file.
  Result<std::size_t> read(char* out, std::size_t capacity);
  // The bytes at `offset`, at most `capacity`; 0 beyond the end. Does not move the reading
  // position.
  Result<std::size_t> read_at(std::int64_t offset, char* out, std::size_t capacity) const;
  Result<std::int64_t> size_bytes() const;
  // Size, time of the last change, and the digest of both ends. Does not move the reading position.
  Result<FileIdentity> identify() const;
  // What tells the file from all others, whatever path led to it: its path without links, or where
  // it has several names (hard links) its inode, with what it is, since machines that see one share
  // count its devices differently.
  Result<std::string> place(const FileIdentity& identity) const;
  // kSourceChanged when the file is not `planned` any more. An empty digest was never planned and
  // passes.
  Status verify(const FileIdentity& planned) const;
  // The cheap half of verify(), for the end of a read: size, time, and that the path still leads to
  // this file.
  Status verify_size_and_time(const FileIdentity& planned) const;

 private:
  InputFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Result<FileIdentity> size_and_time() const;
  Status check_same_file() const;
  Status append_at(std::int64_t offset, std::size_t size, std::string& out) const;

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace decant
