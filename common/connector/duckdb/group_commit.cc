#include "common/connector/duckdb/group_commit.h"

#include <filesystem>
#include <numeric>

#include "common/base/failpoint.h"
#include "common/connector/duckdb/stage_commit.h"
#include "common/connector/duckdb/stage_scan.h"
#include "common/connector/load_sql.h"

namespace decant::duck {
namespace {

std::vector<int> all_chunks(std::size_t count) {
  std::vector<int> chunks(count);
  std::iota(chunks.begin(), chunks.end(), 0);
  return chunks;
}

// All of them by one statement and one scan: DuckDB fills whole row groups with it, which it
// compresses once and in parallel. What is left over of each scan is compressed again at the next
// checkpoint.
LoadStatements appending(const std::vector<StagedAppend>& tasks, std::size_t first,
                         std::size_t count) {
  std::vector<std::string> files;
  std::size_t chunks = 0;
  for (std::size_t i = first; i < first + count; ++i) {
    files.push_back(tasks[i].stage_file);
    chunks = std::max(chunks, tasks[i].plan.chunks.size());
  }
  return load_statements({Dialect::kDuckDb,
                          &tasks[first].plan,
                          stage_relation(files),
                          all_chunks(chunks),
                          {},
                          {},
                          {},
                          {}});
}

}  // namespace

Status commit_appends(Connection& connection, const std::vector<StagedAppend>& tasks) {
  Transaction transaction(connection);
  DECANT_TRY(transaction.begin());
  Session session(connection);
  std::vector<LoadOutcome> outcomes(tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    outcomes[i].counts.resize(tasks[i].plan.chunks.size());
    DECANT_TRY(read_counts(connection, appending(tasks, i, 1).counts, outcomes[i].counts));
  }
  for (const std::string& sql : appending(tasks, 0, tasks.size()).apply) {
    DECANT_TRY(connection.run(
        sql, "The rows could not be put into " + tasks.front().plan.entity.write.table));
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    DECANT_TRY(tasks[i].ledger(session, outcomes[i]));
  }
  DECANT_TRY(transaction.commit());
  pass(Failpoint::kStageCommitted);
  for (const StagedAppend& task : tasks) {
    std::error_code ignored;  // what is committed is committed; `prune` finds a file that stays
    std::filesystem::remove(task.stage_file, ignored);
  }
  pass(Failpoint::kStageRemoved);
  return {};
}

}  // namespace decant::duck
