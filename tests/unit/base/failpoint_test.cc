#include "common/base/failpoint.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/support/temp_folder.h"

namespace decant {
namespace {

// What becomes of a process that passes these points, one after the other.
int end_of(const std::string& spec, const std::vector<Failpoint>& points,
           const std::string& role = "worker", const std::string& marks = {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!failpoints::arm(spec, role, marks)) ::_exit(2);
    for (const Failpoint point : points) pass(point);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

constexpr int k_killed = 128 + SIGKILL;

TEST(Failpoints, EachHasANameOfItsOwn) {
  std::set<std::string_view> names(k_failpoint_names.begin(), k_failpoint_names.end());
  EXPECT_EQ(names.size(), k_failpoint_names.size());
  EXPECT_FALSE(names.contains(""));
  EXPECT_EQ(k_failpoint_names[static_cast<std::size_t>(Failpoint::kCommitSent)], "commit_sent");
  EXPECT_EQ(k_failpoint_names[static_cast<std::size_t>(Failpoint::kAfterEnd)], "after_end");
}

TEST(Failpoints, DoNothingUntilTheyAreArmed) {
  EXPECT_EQ(end_of("", {Failpoint::kBeforeCopy}), 0);
  EXPECT_EQ(end_of("after_copy=kill", {Failpoint::kBeforeCopy}), 0);
}

TEST(Failpoints, KillAtThePassingThatIsAskedFor) {
  EXPECT_EQ(end_of("before_copy=kill", {Failpoint::kBeforeCopy}), k_killed);
  EXPECT_EQ(end_of("led=sleep:1; before_copy=kill@2", {Failpoint::kLed, Failpoint::kBeforeCopy}),
            0);
  EXPECT_EQ(end_of("before_copy=kill@2", {Failpoint::kBeforeCopy, Failpoint::kBeforeCopy}),
            k_killed);
}

// Which is one of many: a signal to the process may find another.
TEST(Failpoints, StopTheThreadThatPasses) {
  for (int run = 0; run < 20; ++run) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      if (!failpoints::arm("before_copy=stop", "worker", {})) ::_exit(2);
      std::thread([&] {
        pass(Failpoint::kBeforeCopy);
        [[maybe_unused]] const auto written = ::write(ends[1], "x", 1);
      }).join();
      ::_exit(0);
    }
    ::close(ends[1]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
    ASSERT_TRUE(WIFSTOPPED(status));
    ASSERT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), -1) << "it went on";
    ::kill(child, SIGCONT);
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    ::close(ends[0]);
  }
}

TEST(Failpoints, HoldForTheRoleThatIsNamed) {
  EXPECT_EQ(end_of("coordinator.before_copy=kill", {Failpoint::kBeforeCopy}), 0);
  EXPECT_EQ(end_of("coordinator.before_copy=kill", {Failpoint::kBeforeCopy}, "coordinator"),
            k_killed);
}

TEST(Failpoints, StrikeOnceWhereTheyLeaveMarks) {
  const test::TempFolder folder;
  EXPECT_EQ(end_of("led=kill", {Failpoint::kLed}, "coordinator", folder.path()), k_killed);
  EXPECT_TRUE(std::filesystem::exists(folder / "coordinator.led"));
  EXPECT_EQ(end_of("led=kill", {Failpoint::kLed}, "coordinator", folder.path()), 0);
}

TEST(Failpoints, RefuseWhatTheyDoNotKnow) {
  for (const char* spec : {"before_coppy=kill", "before_copy", "before_copy=end", "led=kill@0",
                           "led=kill@x", "led=sleep:", "boss.led=kill"}) {
    const Status armed = failpoints::arm(spec, "worker", {});
    ASSERT_FALSE(armed) << spec;
    EXPECT_EQ(armed.error().code, ErrorCode::kUsage);
    EXPECT_NE(armed.error().to_string().find("DECANT_FAILPOINTS: "), std::string::npos);
  }
  ASSERT_TRUE(failpoints::arm("", "worker", {}));
}

}  // namespace
}  // namespace decant
