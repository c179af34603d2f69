// logs/RUN/chunks.jsonl: one line per change of a chunk's state, the log that operators tail.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/wire/messages.h"
#include "coordinator/report/report.h"

namespace decant {

class CompletionLog {
 public:
  // Makes `folder`. kPermission or kNoSpace with the path.
  static Result<std::unique_ptr<CompletionLog>> open(const std::string& folder, RunId run,
                                                     const Clock& clock);
  ~CompletionLog();
  CompletionLog(const CompletionLog&) = delete;
  CompletionLog& operator=(const CompletionLog&) = delete;

  // Lines for all chunks of a task, written at once.
  void task_state(const Task& task, const std::string& state, const std::string& worker,
                  const std::string& error = {});
  // Lines for what a task did, chunk by chunk; a task's times are shared by its chunks.
  void task_done(const Task& task, const TaskResult& result, const std::string& worker);
  // False after a line could not be written; the run goes on and the report says so.
  bool is_whole() const { return is_whole_; }
  // Why the first of them could not be, in the system's words.
  const std::string& why_not() const { return why_not_; }
  const std::string& path() const { return path_; }

 private:
  CompletionLog(std::string path, std::FILE* file, RunId run, const Clock& clock)
      : path_(std::move(path)), file_(file), run_(std::move(run)), clock_(clock) {}
  ChunkLogLine line_for(const Task& task, const TaskChunk& chunk, const std::string& state,
                        const std::string& worker);
  void write(const std::string& lines);

  std::string path_;
  std::FILE* file_;
  RunId run_;
  const Clock& clock_;
  bool is_whole_ = true;
  std::string why_not_;
};

}  // namespace decant
