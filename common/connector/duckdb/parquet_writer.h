// Writes data chunks into one Parquet file, on a thread of its own. Private to this folder.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/base/result.h"
#include "common/connector/duckdb/engines.h"
#include "common/connector/duckdb/stage_queue.h"

namespace decant::duck {

struct StageColumn {
  std::string name;
  LogicalType type;
};

// Memory: the queue's limit and one row group, whatever the number of rows. One owner, one thread,
// but for cancel().
class ParquetWriter {
 public:
  ParquetWriter(std::string path, std::vector<StageColumn> columns, std::size_t queue_bytes);
  ~ParquetWriter();  // gives up and removes the file, unless finish() succeeded
  ParquetWriter(const ParquetWriter&) = delete;
  ParquetWriter& operator=(const ParquetWriter&) = delete;

  // The engine is this writer's until it goes.
  Status start(std::shared_ptr<Engine> engine);
  // An empty chunk of the columns, to be filled and given to write().
  DataChunk make_chunk() const;
  Status write(DataChunk chunk, std::size_t bytes);
  // The file is complete and on disk when this returns well.
  Status finish();
  void cancel();

 private:
  struct Callbacks;  // what DuckDB calls
  Status register_function();
  void copy();
  Status failure() const;

  const std::string path_;
  std::vector<StageColumn> columns_;
  StageQueue queue_;
  DataChunk current_;  // the encoder's: alive until its next call
  std::shared_ptr<Engine> engine_;
  Status copied_;  // the encoder's until it is joined
  std::thread encoder_;
  bool is_finished_ = false;
  std::atomic<bool> is_cancelled_{false};
};

}  // namespace decant::duck
