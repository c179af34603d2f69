// LocalWorkers with real children: shell scripts that note how they were started and end as told.
#include "coordinator/control/local_workers.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <sstream>
#include <thread>

#include "tests/support/temp_folder.h"

namespace decant::test {
namespace {

bool eventually(const std::function<bool()>& holds) {
  for (int tries = 0; tries < 6'000; ++tries) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

class LocalWorkersTest : public ::testing::Test {
 protected:
  // A program in place of decant-worker. It notes its arguments in ARGS.NAME and its id in
  // PID.NAME, one after the other, and then does `body`; $name is its name.
  LocalWorkerOptions program(const std::string& body) {
    const std::string path = folder_ / "worker.sh";
    write_file(path, "#!/bin/sh\nname=$4\nprintf '%s\\n' \"$@\" >'" + folder_ / "ARGS." +
                         "'\"$name\"\n" + "echo $$ >'" + folder_ / "pid.tmp." + "'\"$name\"\nmv '" +
                         folder_ / "pid.tmp." + "'\"$name\" '" + folder_ / "PID." + "'\"$name\"\n" +
                         body + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    LocalWorkerOptions options;
    options.program = path;
    options.endpoint = "ipc://" + folder_ / "coordinator";
    return options;
  }
  // The process id of a worker, once it is there.
  pid_t pid_of(const std::string& name) {
    const std::string path = folder_ / ("PID." + name);
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(path); })) << name;
    return static_cast<pid_t>(std::atoi(read_file(path).c_str()));
  }
  std::vector<std::string> arguments_of(const std::string& name) {
    std::vector<std::string> words;
    std::istringstream text(read_file(folder_ / ("ARGS." + name)));
    for (std::string word; std::getline(text, word);) words.push_back(word);
    return words;
  }
  static bool lives(pid_t pid) { return ::kill(pid, 0) == 0; }
  // The next worker that has ended.
  static std::optional<LocalWorkers::Ended> next_ended(LocalWorkers& workers) {
    std::vector<LocalWorkers::Ended> ended;
    eventually([&] {
      ended = workers.reap();
      return !ended.empty();
    });
    EXPECT_EQ(ended.size(), 1U);
    return ended.empty() ? std::nullopt : std::optional(ended.front());
  }

  TempFolder folder_;
};

// Goes on until it is told to stop.
constexpr const char* k_obedient = "exec sleep 600";

TEST_F(LocalWorkersTest, EachIsStartedWithItsNameAndWhatItHasToKnow) {
  LocalWorkerOptions options = program(k_obedient);
  options.env_file = "/some/where/.env";
  options.log_level = "debug";
  LocalWorkers workers(options);
  ASSERT_TRUE(workers.start(2).has_value());
  EXPECT_EQ(workers.running(), 2U);
  pid_of("local-1");
  pid_of("local-2");
  EXPECT_EQ(arguments_of("local-2"),
            (std::vector<std::string>{"--connect", options.endpoint, "--name", "local-2",
                                      "--parent", std::to_string(::getpid()), "--env-file",
                                      "/some/where/.env", "--log-level", "debug"}));
}

TEST_F(LocalWorkersTest, ItsOutputIsNotOursAndItsErrorsAre) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  LocalWorkers workers(program("echo out; echo err >&2; read line || echo no input >&2"));
  ASSERT_TRUE(workers.start(1).has_value());
  EXPECT_TRUE(next_ended(workers).has_value());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "err\nno input\n");
}

// Ctrl-C on the terminal reaches the coordinator alone.
TEST_F(LocalWorkersTest, EachHasAProcessGroupOfItsOwn) {
  LocalWorkers workers(program(k_obedient));
  ASSERT_TRUE(workers.start(2).has_value());
  for (const char* name : {"local-1", "local-2"}) {
    const pid_t pid = pid_of(name);
    EXPECT_EQ(::getpgid(pid), pid);
  }
}

TEST_F(LocalWorkersTest, OneThatEndsIsToldOnceWithItsStatus) {
  LocalWorkers workers(program("[ \"$name\" = local-1 ] && exit 7\n" + std::string(k_obedient)));
  ASSERT_TRUE(workers.start(2).has_value());
  const auto ended = next_ended(workers);
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->name, "local-1");
  ASSERT_TRUE(WIFEXITED(ended->status));
  EXPECT_EQ(WEXITSTATUS(ended->status), 7);
  EXPECT_TRUE(workers.reap().empty());
  EXPECT_EQ(workers.running(), 1U);
}

TEST_F(LocalWorkersTest, OneThatIsKilledIsToldWithItsSignal) {
  LocalWorkers workers(program(k_obedient));
  ASSERT_TRUE(workers.start(1).has_value());
  ::kill(pid_of("local-1"), SIGKILL);
  const auto ended = next_ended(workers);
  ASSERT_TRUE(ended.has_value());
  ASSERT_TRUE(WIFSIGNALED(ended->status));
  EXPECT_EQ(WTERMSIG(ended->status), SIGKILL);
}

TEST_F(LocalWorkersTest, AReplacementHasANewName) {
  LocalWorkers workers(program("[ \"$name\" = local-1 ] && exit 1\n" + std::string(k_obedient)));
  ASSERT_TRUE(workers.start(1).has_value());
  ASSERT_TRUE(next_ended(workers).has_value());
  ASSERT_TRUE(workers.replace().has_value());
  EXPECT_TRUE(lives(pid_of("local-2")));
  EXPECT_EQ(workers.running(), 1U);
}

TEST_F(LocalWorkersTest, AtTheEndAllAreToldToStopAndAreWaitedFor) {
  std::vector<pid_t> pids;
  {
    LocalWorkerOptions options =
        program("trap 'echo told >\"" + folder_ / "TOLD." + "$name\"; exit 0' TERM\necho >\"" +
                folder_ / "READY." + "$name\"\nwhile :; do sleep 0.05; done");
    options.grace_ms = 600'000;
    LocalWorkers workers(options);
    ASSERT_TRUE(workers.start(3).has_value());
    for (const char* name : {"local-1", "local-2", "local-3"}) {
      pids.push_back(pid_of(name));
      ASSERT_TRUE(eventually(
          [&] { return std::filesystem::exists(folder_ / ("READY." + std::string(name))); }));
    }
  }
  for (const char* name : {"local-1", "local-2", "local-3"})
    EXPECT_EQ(read_file(folder_ / ("TOLD." + std::string(name))), "told\n");
  EXPECT_EQ(std::count_if(pids.begin(), pids.end(), lives), 0);
}

TEST_F(LocalWorkersTest, OneThatDoesNotListenIsKilled) {
  pid_t pid = 0;
  {
    LocalWorkerOptions options =
        program("trap '' TERM\necho >'" + folder_ / "READY'\nwhile :; do sleep 0.05; done");
    options.grace_ms = 100;
    LocalWorkers workers(options);
    ASSERT_TRUE(workers.start(1).has_value());
    pid = pid_of("local-1");
    ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder_ / "READY"); }));
  }
  EXPECT_FALSE(lives(pid));
}

TEST_F(LocalWorkersTest, AProgramThatIsNotThereIsNamed) {
  LocalWorkerOptions options;
  options.program = folder_ / "no-such-worker";
  LocalWorkers workers(options);
  const Status started = workers.start(1);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
  EXPECT_NE(started.error().message.find(options.program), std::string::npos);
  EXPECT_NE(started.error().advice.find("--workers 0"), std::string::npos);
  EXPECT_EQ(workers.running(), 0U);
}

}  // namespace
}  // namespace decant::test
