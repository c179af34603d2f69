#include "coordinator/control/completion_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/temp_folder.h"

namespace decant::test {
namespace {

using Json = nlohmann::json;

class StoppedClock final : public Clock {
 public:
  MonotonicMs now() const override { return {}; }
  std::int64_t wall_us() const override { return 1'725'138'300'123'000; }
};

ChunkSpec chunk_of(const std::string& period, int number) {
  ChunkSpec chunk;
  chunk.slice = {"ventas", "tienda_01", period};
  chunk.number = number;
  return chunk;
}

Task task_of_two_chunks() {
  Task task;
  task.plan.entity = "ventas";
  task.chunks = {{chunk_of("2024-08", 1), {}}, {chunk_of("2024-09", 1), {}}};
  return task;
}

class CompletionLogTest : public ::testing::Test {
 protected:
  std::unique_ptr<CompletionLog> open() {
    auto log = CompletionLog::open(folder_ / "logs/r1", RunId("r1"), clock_);
    EXPECT_TRUE(log.has_value());
    return log ? std::move(*log) : nullptr;
  }
  // Every line of the file, read as JSON.
  std::vector<Json> lines() {
    std::vector<Json> all;
    std::istringstream text(read_file(folder_ / "logs/r1/chunks.jsonl"));
    for (std::string line; std::getline(text, line);) all.push_back(Json::parse(line));
    return all;
  }

  TempFolder folder_;
  StoppedClock clock_;
};

TEST_F(CompletionLogTest, EachChunkOfATaskHasALineOfItsOwnAtOnce) {
  const auto log = open();
  log->task_state(task_of_two_chunks(), "assigned", "local-1");
  const auto all = lines();  // the log is still open: whoever tails it sees them
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["time"], "2024-08-31T21:05:00.123Z");
  EXPECT_EQ(all[0]["run"], "r1");
  EXPECT_EQ(all[0]["chunk"], "ventas/tienda_01/2024-08/001");
  EXPECT_EQ(all[0]["store"], "tienda_01");
  EXPECT_EQ(all[0]["month"], "2024-08");
  EXPECT_EQ(all[0]["entity"], "ventas");
  EXPECT_EQ(all[0]["state"], "assigned");
  EXPECT_EQ(all[0]["worker"], "local-1");
  EXPECT_EQ(all[1]["chunk"], "ventas/tienda_01/2024-09/001");
}

TEST_F(CompletionLogTest, AFinishedTaskTellsRowsRejectsAndWhatWasSkipped) {
  TaskResult result;
  result.times.total_ms = 1'250;
  BatchReport loaded;
  loaded.chunk = 1;
  loaded.rows_rejected = 2;
  loaded.loaded.digest.row_count = 40;
  BatchReport skipped;
  skipped.chunk = 0;
  skipped.skipped = true;
  result.batches = {loaded, skipped};
  const auto log = open();
  log->task_done(task_of_two_chunks(), result, "local-2");
  const auto all = lines();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]["state"], "loaded");
  EXPECT_EQ(all[0]["month"], "2024-09");
  EXPECT_EQ(all[0]["rows"], 40);
  EXPECT_EQ(all[0]["rejects"], 2);
  EXPECT_EQ(all[0]["digest"].get<std::string>().size(), 64U);
  EXPECT_EQ(all[1]["state"], "skipped");
  EXPECT_EQ(all[1]["month"], "2024-08");
}

TEST_F(CompletionLogTest, AnErrorOfAnyTextStaysOneLine) {
  const auto log = open();
  Task task = task_of_two_chunks();
  task.chunks.pop_back();
  log->task_state(task, "failed", "local-1", "line one\nline two \"quoted\" \xff");
  const auto all = lines();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_NE(all[0]["error"].get<std::string>().find("line one\nline two \"quoted\""),
            std::string::npos);
}

TEST_F(CompletionLogTest, ALogThatIsThereIsGoneOnWith) {
  open()->task_state(task_of_two_chunks(), "planned", {});
  open()->task_state(task_of_two_chunks(), "assigned", "local-1");
  EXPECT_EQ(lines().size(), 4U);
}

TEST_F(CompletionLogTest, WhereNoFolderCanBeMadeItSaysWhereAndWhatToDo) {
  write_file(folder_ / "file", "no folder");
  const auto log = CompletionLog::open(folder_ / "file/r1", RunId("r1"), clock_);
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, ErrorCode::kPermission);
  EXPECT_NE(log.error().message.find(folder_ / "file/r1/chunks.jsonl"), std::string::npos);
  EXPECT_NE(log.error().advice.find("--log-dir"), std::string::npos);
}

// A full disk, played by the limit on the size of files.
[[noreturn]] void write_where_no_byte_fits(CompletionLog& log) {
  std::signal(SIGXFSZ, SIG_IGN);
  const bool whole_before = log.is_whole();
  const rlimit none = {0, 0};
  ::setrlimit(RLIMIT_FSIZE, &none);
  log.task_state(task_of_two_chunks(), "planned", {});
  std::_Exit(whole_before && !log.is_whole() ? 0 : 1);
}

// A child does it, since the limit is the whole process's.
TEST_F(CompletionLogTest, ALineThatCannotBeWrittenIsTold) {
  EXPECT_EXIT(write_where_no_byte_fits(*open()), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace decant::test
