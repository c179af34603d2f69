#include "common/base/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace decant {
namespace {

// In a child, whose limits are its own.
template <typename Check>
bool holds_with_limits(rlim_t soft, rlim_t hard, const Check& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit limit{soft, hard};
    ::_exit(::setrlimit(RLIMIT_NOFILE, &limit) == 0 && check() ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Descriptors, ALimitThatMayBeRaisedIsRaised) {
  EXPECT_TRUE(holds_with_limits(20, 200, [] {
    rlimit limit{};
    return allow_descriptors(100).has_value() && ::getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
           limit.rlim_cur == 200;
  }));
}

TEST(Descriptors, OneThatIsTooLowIsToldWithBothNumbers) {
  EXPECT_TRUE(holds_with_limits(20, 99, [] {
    const Status allowed = allow_descriptors(100);
    return !allowed && allowed.error().code == ErrorCode::kNoSpace &&
           allowed.error().message.find("may have 99 ") != std::string::npos &&
           allowed.error().message.find("needs 100.") != std::string::npos;
  }));
}

[[noreturn]] void abort_with_descriptors(rlim_t count) {
  const rlimit limit{count, count};
  ::setrlimit(RLIMIT_NOFILE, &limit);
  explain_lack_of_descriptors();
  errno = 0;
  std::abort();
}

TEST(Descriptors, ALibraryThatEndsTheProcessForLackOfThemIsExplained) {
  EXPECT_EXIT(abort_with_descriptors(3), testing::ExitedWithCode(1), "No file descriptor is left");
}

TEST(Descriptors, AnyOtherAbortStaysOne) {
  EXPECT_EXIT(abort_with_descriptors(64), testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace decant
