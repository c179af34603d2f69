// RejectSpool: the refused rows of one task on their way into the ledger. There may be any number
// of them: beyond a bound they lie in a file. FORMAT.md, "Reject files", says how they are written.
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/base/result.h"
#include "common/base/spool_file.h"
#include "common/value/reject.h"

namespace decant {

// Takes one refused row; `chunk` is its position in the task's chunks, or -1.
using TakeReject = std::function<Status(const Reject& reject, int chunk)>;
// Gives all refused rows to its argument, in order; an error of that ends it.
using EachReject = std::function<Status(const TakeReject&)>;

class RejectSpool {
 public:
  static constexpr std::size_t k_memory_bytes = 1024 * 1024;

  explicit RejectSpool(std::string directory, std::size_t memory_bytes = k_memory_bytes)
      : memory_bytes_(memory_bytes), file_(std::move(directory)) {}

  // Texts are kept up to 4,096 bytes each. kNoSpace when the file cannot grow.
  Status add(const Reject& reject, int chunk);
  std::int64_t count() const { return count_; }
  Status each(const TakeReject& take);
  // Writes the first `most` of them under `path`, whose folder is made if needed; the file is
  // complete and on disk when it has its name. kNoSpace, kPermission, kUnreachable.
  Status save(const std::string& path, std::int64_t most);

 private:
  std::size_t memory_bytes_;
  std::string buffer_;
  SpoolFile file_;
  std::int64_t count_ = 0;
};

// Gives the refused rows of a file that save() wrote. kUnreachable when it is not there, kProtocol
// when it is not whole.
Status read_reject_file(const std::string& path, const TakeReject& take);

}  // namespace decant
