// SpoolFile: bytes that one task has to keep and that shall not stay in memory.
//
// The file has no name once it is open, so that a crash leaves none behind. One thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace decant {

// Is given bytes from the front of what was not used yet and says how many of them it used. The
// rest comes again with more behind it.
using ConsumeBytes = std::function<Result<std::size_t>(std::string_view)>;

// Reads `file` from its beginning to its end in blocks. False: bytes were left over that `consume`
// did not use. Error's `what` names the file.
Result<bool> read_in_blocks(std::FILE* file, const std::string& what, const ConsumeBytes& consume);

class SpoolFile {
 public:
  // Files go to `directory`, which is made if needed.
  explicit SpoolFile(std::string directory) : directory_(std::move(directory)) {}
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  // Makes the file the first time. kNoSpace, kPermission.
  Status append(std::string_view bytes);
  // All bytes so far, in order; more may be appended afterwards. kProtocol when bytes are left
  // over.
  Status read(const ConsumeBytes& consume);
  std::int64_t size_bytes() const { return size_bytes_; }

 private:
  Status open();

  std::string directory_;
  std::FILE* file_ = nullptr;
  std::int64_t size_bytes_ = 0;
};

}  // namespace decant
