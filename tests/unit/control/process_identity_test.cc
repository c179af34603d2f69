#include "coordinator/control/process_identity.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace decant {
namespace {

// "host:PID@machine" with another process's id in place of ours.
std::string with_pid(const std::string& identity, pid_t pid) {
  const std::size_t at = identity.rfind('@');
  const std::size_t colon = identity.rfind(':', at);
  return identity.substr(0, colon + 1) + std::to_string(pid) + identity.substr(at);
}

// The id of a process that has ended and was waited for.
pid_t ended_process() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ::waitpid(child, nullptr, 0);
  return child;
}

TEST(ProcessIdentity, NamesThisProcessAndStaysTheSame) {
  const std::string identity = process_identity();
  EXPECT_EQ(identity, process_identity());
  EXPECT_EQ(identity, with_pid(identity, ::getpid()));
  EXPECT_LT(identity.rfind('@') + 1, identity.size()) << "it does not name the machine";
}

TEST(ProcessIdentity, AProcessThatHasEndedHereIsCertainlyDead) {
  EXPECT_TRUE(is_certainly_dead(with_pid(process_identity(), ended_process())));
}

TEST(ProcessIdentity, ALivingProcessIsNotDead) {
  EXPECT_FALSE(is_certainly_dead(process_identity()));
  EXPECT_FALSE(is_certainly_dead(with_pid(process_identity(), ::getppid())));
}

// One that nobody has waited for yet still has its id.
TEST(ProcessIdentity, AZombieIsDead) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_TRUE(is_certainly_dead(with_pid(process_identity(), child)));
  ::waitpid(child, nullptr, 0);
}

TEST(ProcessIdentity, AProcessWhoseFirstThreadAloneHasEndedLives) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    pthread_t other;
    const auto wait = [](void*) -> void* {
      for (;;) ::pause();
    };
    if (::pthread_create(&other, nullptr, wait, nullptr) != 0) ::_exit(1);
    ::close(ready[0]);
    static_cast<void>(::write(ready[1], "x", 1));
    ::syscall(SYS_exit, 0);  // of this thread alone
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  const std::string stat = "/proc/" + std::to_string(child) + "/stat";
  const auto state = [&] {
    std::ifstream file(stat);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    return text.substr(text.rfind(") ") + 2, 1);
  };
  while (state() != "Z") ::usleep(1000);
  EXPECT_FALSE(is_certainly_dead(with_pid(process_identity(), child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(ProcessIdentity, NothingIsKnownOfAnotherMachine) {
  const std::string gone = with_pid(process_identity(), ended_process());
  EXPECT_FALSE(is_certainly_dead(gone + "0"));
  EXPECT_FALSE(is_certainly_dead(gone.substr(0, gone.rfind('@'))));
}

TEST(ProcessIdentity, WhatIsNoIdentityIsNeverDead) {
  const std::string identity = process_identity();
  const std::string machine = identity.substr(identity.rfind('@'));
  for (const std::string& holder :
       {std::string(), std::string("@"), std::string("host:1"), "host" + machine, "host:" + machine,
        "host:x" + machine, "host:0" + machine, "host:-1" + machine}) {
    EXPECT_FALSE(is_certainly_dead(holder)) << holder;
  }
}

}  // namespace
}  // namespace decant
