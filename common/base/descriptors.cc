#include "common/base/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace decant {

namespace {

// Only what a signal handler may call.
extern "C" void on_abort(int) {
  int why = errno;
  if (why != EMFILE && why != ENFILE && ::open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) why = errno;
  if (why == EMFILE || why == ENFILE) {
    constexpr std::string_view k_text =
        "No file descriptor is left to this process, which ends; what is committed stays. "
        "Raise the limit (`ulimit -n`), and run the same command again.\n";
    const auto told = ::write(STDERR_FILENO, k_text.data(), k_text.size());
    static_cast<void>(told);  // there is nothing else to tell it to
    ::_exit(1);
  }
  std::signal(SIGABRT, SIG_DFL);  // abort() raises it once more
}

}  // namespace

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

void explain_lack_of_descriptors() { std::signal(SIGABRT, on_abort); }

}  // namespace decant
