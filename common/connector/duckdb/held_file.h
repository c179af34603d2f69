// A database file that nobody writes to while this object lives. DuckDB's own lock does not see to
// that: it is the process's (fcntl(2), F_SETLK), and gone as soon as anything in the process closes
// the file, such as another session. This one belongs to its descriptor (F_OFD_SETLK). Private to
// this folder.
#pragma once

#include <string>

#include "common/base/result.h"

namespace decant::duck {

class HeldFile {
 public:
  HeldFile() = default;
  HeldFile(HeldFile&& other) noexcept;
  HeldFile& operator=(HeldFile&&) = delete;
  ~HeldFile();

  // Whoever has the file open for writing is left alone: then, and where the file cannot be opened,
  // nothing is held, and DuckDB says why.
  static HeldFile hold(const std::string& path);

  // Whether this is, held, the file that `path` leads to now.
  bool is(const std::string& path) const;
  // Length, time of change and headers, in which DuckDB counts its checkpoints; the same for copies
  // on other machines.
  std::string state() const;

 private:
  explicit HeldFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

// As HeldFile::state, of a file that is not held, "none" where it is not there. Not for one that
// DuckDB has open.
std::string state_of_file(const std::string& path);

}  // namespace decant::duck
