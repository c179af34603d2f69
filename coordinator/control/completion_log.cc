#include "coordinator/control/completion_log.h"

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace decant {

Result<std::unique_ptr<CompletionLog>> CompletionLog::open(const std::string& folder, RunId run,
                                                           const Clock& clock) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = folder + "/chunks.jsonl";
  std::FILE* file = error ? nullptr : std::fopen(path.c_str(), "ae");
  if (file == nullptr) {
    if (!error) error.assign(errno, std::generic_category());
    const bool is_full = error.value() == ENOSPC || error.value() == EDQUOT;
    return fail(is_full ? ErrorCode::kNoSpace : ErrorCode::kPermission,
                "The completion log " + path + " cannot be made: " + error.message() + ".",
                "Give another folder with --log-dir.");
  }
  return std::unique_ptr<CompletionLog>(new CompletionLog(path, file, std::move(run), clock));
}

CompletionLog::~CompletionLog() { std::fclose(file_); }

ChunkLogLine CompletionLog::line_for(const Task& task, const TaskChunk& chunk,
                                     const std::string& state, const std::string& worker) {
  ChunkLogLine line;
  line.time = format_utc(clock_.wall_us());
  line.run = run_.value;
  line.chunk = chunk.spec.name().value;
  line.store = chunk.spec.slice.store;
  line.month = chunk.spec.slice.period;
  line.entity = task.plan.entity;
  line.state = state;
  line.task = task.id.value;
  line.worker = worker;
  return line;
}

void CompletionLog::task_state(const Task& task, const std::string& state,
                               const std::string& worker, const std::string& error) {
  std::string lines;
  for (const TaskChunk& chunk : task.chunks) {
    ChunkLogLine line = line_for(task, chunk, state, worker);
    line.error = error;
    lines += chunk_log_json(line) + "\n";
  }
  write(lines);
}

void CompletionLog::task_done(const Task& task, const TaskResult& result,
                              const std::string& worker) {
  std::string lines;
  for (const BatchReport& batch : result.batches) {
    if (batch.rows_read == 0 && !task.records_empty_chunks) continue;
    ChunkLogLine line = line_for(task, task.chunks[static_cast<std::size_t>(batch.chunk)],
                                 batch.skipped ? "skipped" : "loaded", worker);
    line.rows = batch.loaded.digest.row_count;
    line.rejects = batch.rows_rejected;
    line.superseded = batch.rows_superseded;
    line.times = result.times;
    line.digest = batch.loaded.digest.hex();
    lines += chunk_log_json(line) + "\n";
  }
  write(lines);
}

void CompletionLog::write(const std::string& lines) {
  const bool is_written =
      std::fwrite(lines.data(), 1, lines.size(), file_) == lines.size() && std::fflush(file_) == 0;
  if (is_written) return;
  if (is_whole_) why_not_ = std::strerror(errno);
  is_whole_ = false;
}

}  // namespace decant
