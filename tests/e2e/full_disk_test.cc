// Disks that fill up: each run says which one and what to do, loses nothing, and the same command
// completes once there is room. The disks are small tmpfs mounts in a namespace of the test's own,
// which go with it.
#include <filesystem>

#include "tests/e2e/other_binaries.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* k_namespace = "unshare --user --map-root-user --mount ";

class FullDisk : public ShopTest {
 protected:
  void SetUp() override {
    ShopTest::SetUp();
    std::filesystem::create_directories(small());
    if (in_shell(std::string(k_namespace) + "mount -t tmpfs none small").status != 0)
      GTEST_SKIP() << "The kernel gives this user no namespace with mounts of its own.";
  }

  std::string small() const { return path("small"); }

  Outcome in_shell(const std::string& script) const {
    Command command = this->command("decant", {});
    const std::string decant = command.program;
    command.program = "/bin/sh";
    command.arguments = {"-c", script, decant};
    return run_process(command);
  }

  // `before` with small/ on a disk of that size, a run, `between`, and the same run again. The
  // first one's status is what comes out; the second one has to succeed.
  Outcome run_twice(const std::string& size, const std::string& before, const std::string& options,
                    const std::string& between) {
    const std::string run = "\"$1\" run job.yaml --yes --workers 2 " + options;
    write("twice.sh", "mount -t tmpfs -o size=" + size + " none small && " + before + "\n" + run +
                          "\nstatus=$?\n" + between + "\n" + run +
                          " >second.out 2>second.err || exit 99\n" +
                          "cp small/*.duckdb . 2>/dev/null\nexit $status\n");
    return in_shell(std::string("exec ") + k_namespace + "/bin/sh ./twice.sh \"$0\"");
  }
  std::string second() const {
    return read_file(path("second.out")) + read_file(path("second.err"));
  }

  // Rows that fill a disk of a few megabytes, with texts that no compression makes small.
  void write_much(int rows) {
    write_job({{"amount: \"decimal(12,2)\"", "amount: \"decimal(12,2)\"\n      note: text"}});
    std::uint64_t state = 42;
    for (const char* store : {"north", "south", "west"}) {
      std::vector<CsvRow> all = {{"id", "sold_on", "amount", "note"}};
      for (int i = 1; i <= rows; ++i) {
        std::string note;
        for (int word = 0; word < 8; ++word) {
          state = state * 6364136223846793005U + 1442695040888963407U;
          note += std::to_string(state);
        }
        all.push_back({std::to_string(i), "2024-08-0" + std::to_string(1 + i % 9), "1.00", note});
      }
      write_store(store, all);
    }
  }
  std::string count() const { return asked("SELECT count(*) FROM sales"); }
};

TEST_F(FullDisk, OfADuckDbTargetIsNamedAndTheSameCommandCompletes) {
  use_target("duckdb:small/target.duckdb");
  const Outcome outcome = run_twice("100k", ":", "", "mount -o remount,size=100m small");
  EXPECT_THAT(outcome, ExitsWith(1)) << second();
  EXPECT_THAT(outcome.err, HasSubstr("No space is left on the disk of "));
  EXPECT_THAT(outcome.err, HasSubstr("small/target.duckdb"));
  EXPECT_THAT(outcome.err, HasSubstr("Free disk space there, and run again."));
  use_target("duckdb:" + path("target.duckdb"));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_F(FullDisk, InMidRunOfADuckDbTargetLosesNothing) {
  write_much(10'000);
  use_target("duckdb:small/target.duckdb");
  const Outcome outcome = run_twice("6m", ":", "", "mount -o remount,size=200m small");
  EXPECT_THAT(outcome, ExitsWith(1)) << second();
  EXPECT_THAT(outcome.err, HasSubstr("No space is left "));
  EXPECT_THAT(outcome.err, HasSubstr("small/target.duckdb"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("the target 0")));
  EXPECT_THAT(second(), HasSubstr("30,000 rows, 0 differences."));
  use_target("duckdb:" + path("target.duckdb"));
  EXPECT_EQ(count(), "30000");
}

TEST_F(FullDisk, OfStageFilesIsNamedWithItsFolder) {
  write_much(5'000);
  use_target("duckdb:target.duckdb");
  const std::string on_stage =
      "mkdir target.duckdb.stage && mount --move small target.duckdb.stage";
  const Outcome outcome =
      run_twice("100k", on_stage, "", "mount -o remount,size=100m target.duckdb.stage");
  EXPECT_THAT(outcome, ExitsWith(1)) << second();
  EXPECT_THAT(outcome.err, HasSubstr("No space is left for stage files in "));
  EXPECT_THAT(outcome.err, HasSubstr("target.duckdb.stage. Free disk space there, and run again."));
  use_target("duckdb:" + path("target.duckdb"));
  EXPECT_EQ(count(), "15000");
}

// What is read of a chunk that has content waits in memory, up to 64 MiB, and then on disk.
TEST_F(FullDisk, OfSpooledRowsIsNamedAndNothingIsSaidOfRowsThatNobodyRead) {
  use_target(fresh_database());
  write_job({{"amount: \"decimal(12,2)\"", "amount: \"decimal(12,2)\"\n      note: text"}});
  const std::string wide(1 << 20, 'x');
  std::vector<CsvRow> rows = {{"id", "sold_on", "amount", "note"}};
  for (int i = 1; i <= 75; ++i) rows.push_back({std::to_string(i), "2024-08-01", "1.00", wide});
  write_store("north", rows);
  const std::vector<CsvRow> few(rows.begin(), rows.begin() + 2);
  for (const char* store : {"south", "west"}) write_store(store, few);
  ASSERT_THAT(run(), ExitsWith(0));
  rows[1][2] = "2.00";
  write_store("north", rows);
  const Outcome outcome =
      run_twice("2m", ":", "--work-dir small", "mount -o remount,size=200m small");
  EXPECT_THAT(outcome, ExitsWith(1)) << second();
  EXPECT_THAT(outcome.err, HasSubstr("The spool file in small cannot be written: No space left"));
  EXPECT_THAT(outcome.err, HasSubstr("Free space there, or give another place with --work-dir."));
  EXPECT_THAT(outcome.out, Not(HasSubstr("the target 0")));
  EXPECT_THAT(outcome.out, Not(HasSubstr("called off")));
  EXPECT_EQ(asked("SELECT count(*), sum(amount) FROM sales"), "77|78.00");
}

TEST_F(FullDisk, OfTheCompletionLogIsNotedAndTheRunGoesOn) {
  for (const Engine engine : {Engine::kDuckDb, Engine::kPostgres}) {
    const std::string connection = fresh_target(engine);
    if (connection.empty()) continue;
    use_target(connection);
    const Outcome outcome = run_twice("4k", "head -c 4096 /dev/zero >small/filler",
                                      "--log-dir small", "mount -o remount,size=1m small");
    EXPECT_THAT(outcome, ExitsWith(0)) << second();
    EXPECT_THAT(outcome.out, HasSubstr("note     Lines of the completion log small/"));
    EXPECT_THAT(outcome.out, HasSubstr("could not be written: No space left on device."));
    EXPECT_THAT(outcome.out, HasSubstr("--log-dir"));
    EXPECT_THAT(second(), Not(HasSubstr("completion log small")));
    EXPECT_EQ(sales(), k_all_sales);
  }
}

TEST_F(FullDisk, OfTheReportIsToldOnceAndLeavesNoPartOfOne) {
  const Outcome outcome =
      run_twice("4k", "head -c 4096 /dev/zero >small/filler", "--report-dir small",
                "ls small >left; mount -o remount,size=1m small");
  EXPECT_THAT(outcome, ExitsWith(1)) << second();
  const std::string sentence =
      ".json cannot be written: No space left on device. What is loaded "
      "stays; give another folder with --report-dir and run again.";
  EXPECT_THAT(outcome.err, HasSubstr(sentence));
  EXPECT_EQ(outcome.err.find(sentence), outcome.err.rfind(sentence)) << outcome.err;
  EXPECT_EQ(read_file(path("left")), "filler\n");
  EXPECT_THAT(second(), HasSubstr("12 rows, 0 differences."));
  EXPECT_EQ(sales(), k_all_sales);
}

// The server lives in the namespace and keeps the database on a disk that is almost full.
TEST_F(FullDisk, OfAPostgresServerIsToldInTheServersWords) {
  namespace fs = std::filesystem;
  fs::permissions(small(), fs::perms(0777));
  if (shared_postgres() == nullptr) GTEST_SKIP() << "No PostgreSQL server is installed.";
  write("serve.sh", "mount -t tmpfs -o size=24m none '" + small() + "' && mkdir -m 700 '" +
                        small() + "/ts' && head -c 17000000 /dev/zero >'" + small() +
                        "/filler' && exec \"$@\"\n");
  const OtherBinaries binaries(
      path("bin"), "exec \"$bin/initdb\" \"$@\"",
      "exec unshare --user --map-current-user --keep-caps --mount /bin/sh '" + path("serve.sh") +
          "' \"$bin/postgres\" \"$@\"");
  const auto server = PostgresServer::start();
  ASSERT_TRUE(server) << server.error().to_string();
  changed_in((*server)->url(), "CREATE TABLESPACE small LOCATION '" + small() + "/ts'");
  changed_in((*server)->url(), "CREATE DATABASE shop TABLESPACE small");
  use_target((*server)->url("shop"));
  write_much(10'000);
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("PostgreSQL: could not extend file"));
  EXPECT_THAT(outcome.err, HasSubstr("Free disk space on the server."));
  EXPECT_THAT(outcome.out, Not(HasSubstr("the target 0")));
  changed_in((*server)->url(), "COPY (SELECT 1) TO PROGRAM 'rm ''" + small() + "/filler'''");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(count(), "30000");
}

// What else a machine may lack.
class BareMachine : public FullDisk {};

TEST_F(BareMachine, WithoutTimeZonesSaysWhatToInstall) {
  if (!std::filesystem::exists("/usr/share/zoneinfo")) GTEST_SKIP() << "There are none here.";
  write_job({{"stores:", "time_zone: America/Caracas\nstores:"}});
  const std::string run = "exec \"$1\" run job.yaml --yes --workers 2";
  write("bare.sh", "mount -t tmpfs none /usr/share/zoneinfo && " + run + "\n");
  const std::string bare = std::string("exec ") + k_namespace + "/bin/sh ./bare.sh \"$0\"";
  const Outcome outcome = in_shell(bare);
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("job.yaml:3:12"));
  EXPECT_THAT(outcome.err, HasSubstr("this system has no tz database. Install the package tzdata"));
  ASSERT_THAT(this->run(), ExitsWith(0));
  write_job();
  ASSERT_THAT(in_shell(bare), ExitsWith(0)) << "UTC needs none";
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_F(BareMachine, WithoutTheRightToWriteATargetSaysSo) {
  if (!can_heed_permissions()) GTEST_SKIP() << "The superuser may write everything here.";
  namespace fs = std::filesystem;
  fs::create_directories(path("data"));
  use_target("duckdb:" + path("data/target.duckdb"));
  ASSERT_THAT(run(), ExitsWith(0));
  write("sales/north.csv", "id,sold_on,amount\n1,2024-08-05,7.00\n");
  heed_permissions();
  for (const std::string& closed : {path("data/target.duckdb"), path("data")}) {
    const fs::perms before = fs::status(closed).permissions();
    fs::permissions(closed, before & ~(fs::perms::owner_write | fs::perms::group_write));
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1)) << closed;
    EXPECT_THAT(outcome.err, HasSubstr("data/target.duckdb"));
    EXPECT_THAT(outcome.err, HasSubstr("Give the user that runs"));
    fs::permissions(closed, before);
    EXPECT_EQ(asked("SELECT count(*) FROM sales"), "12");
  }
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "9");
}

TEST_F(BareMachine, WithAFileSystemThatIsReadOnlySaysSo) {
  use_target("duckdb:small/target.duckdb");
  const Outcome outcome =
      run_twice("50m", "mount -o remount,ro small", "", "mount -o remount,rw small");
  EXPECT_THAT(outcome, ExitsWith(1)) << second();
  EXPECT_THAT(outcome.err, HasSubstr("small/target.duckdb may not be opened: its file system is "
                                     "read-only. Mount it for writing"));
  use_target("duckdb:" + path("target.duckdb"));
  EXPECT_EQ(sales(), k_all_sales);
}

// Limits of open files, which the programs take for a resource like another.
class FewDescriptors : public FullDisk {};

TEST_F(FewDescriptors, AreRefusedBeforeAnythingIsBegun) {
  const Outcome outcome = in_shell("ulimit -n 40; exec \"$0\" run job.yaml --yes --workers 2");
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("may have 40 files and connections open at once"));
  EXPECT_THAT(outcome.err, HasSubstr("`ulimit -n 1024`"));
  EXPECT_FALSE(std::filesystem::exists(target().substr(7)));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_F(FewDescriptors, OfAWorkerAreRefusedByIt) {
  const Outcome outcome =
      in_shell("ulimit -n 20; exec \"$0-worker\" --connect tcp://127.0.0.1:1 --slots 2");
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("decant-worker: This process may have 20 files"));
}

TEST_F(FewDescriptors, ThatAreASoftLimitAreRaised) {
  ASSERT_THAT(in_shell("ulimit -S -n 20; exec \"$0\" run job.yaml --yes --workers 2"),
              ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

}  // namespace
}  // namespace decant::test
