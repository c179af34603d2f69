#include "common/base/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

}  // namespace
}  // namespace decant
