#include "common/base/descriptors.h"

#include <sys/resource.h>

#include <cerrno>
#include <cstring>

namespace decant {

Status allow_descriptors(int needed) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return fail(ErrorCode::kInternal, std::string("The limit of open files cannot be asked: ") +
                                          std::strerror(errno) + ".");
  }
  if (limit.rlim_max < static_cast<rlim_t>(needed)) {
    return fail(ErrorCode::kNoSpace,
                "This process may have " + std::to_string(limit.rlim_max) +
                    " files and connections open at once, and it needs " + std::to_string(needed) +
                    ".",
                "Raise the limit (`ulimit -n 1024`, or LimitNOFILE= of the service), and run it "
                "again.");
  }
  if (limit.rlim_cur == limit.rlim_max) return {};
  limit.rlim_cur = limit.rlim_max;
  // What it has is enough where the system does not let it have more.
  static_cast<void>(::setrlimit(RLIMIT_NOFILE, &limit));
  return {};
}

}  // namespace decant
