// A ledger in a real database, once for each engine, with sessions that stand for coordinators and
// workers.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/ledger/ledger.h"

namespace decant::test {

// One database that lives as long as the test.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::unique_ptr<SqlSession> connect(const std::string& application_name) = 0;
  // To another database of the same server; null where there is no server.
  virtual std::unique_ptr<SqlSession> connect_elsewhere(const std::string&) { return nullptr; }
};

// Null where the engine cannot be had; `why` then says so.
std::unique_ptr<Engine> make_engine(Dialect dialect, std::string& why);

// A DuckDB file, made if it is not there; null where it cannot be opened.
std::unique_ptr<Engine> open_duckdb(const std::string& path);

class LedgerTest : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override;

  std::unique_ptr<SqlSession> connect(const std::string& application_name = "decant") {
    return engine_->connect(application_name);
  }
  bool is_postgres() const { return GetParam() == Dialect::kPostgres; }
  // The first value of a query, as text.
  std::string value(const std::string& sql);

  std::unique_ptr<Engine> engine_;
  std::unique_ptr<SqlSession> coordinator_;
  std::unique_ptr<Ledger> ledger_;
};

inline std::string engine_name(const testing::TestParamInfo<Dialect>& info) {
  return info.param == Dialect::kPostgres ? "PostgreSql" : "DuckDb";
}

#define DECANT_ON_BOTH_ENGINES(suite)                                                      \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values(Dialect::kDuckDb, Dialect::kPostgres), \
                           engine_name)

RunRecord run_of(const std::string& id, const std::string& coordinator = "host:1");
ChunkSpec chunk_of(int number, const std::string& period = "2024-08");
// Rows numbered from `first`; their digests are those numbers, their control sum is 0.1 for each.
ChunkTotals totals_of(int first, int count);
BatchRecord batch_of(const ChunkSpec& chunk, int first_row, int row_count);
TaskCommit commit_of(const std::string& run, std::uint64_t task, std::int64_t fence,
                     std::vector<BatchRecord> batches);
Ledger::Assignment assignment_of(std::uint64_t task, std::int64_t fence);
Mandate mandate_of(const std::string& run, Epoch epoch);

inline constexpr const char* k_table = "ventas_raw";
inline constexpr std::int64_t k_long_lease_ms = 3'600'000;

template <typename T>
std::string why(const Result<T>& result) {
  return result ? "no error"
                : std::string(to_string(result.error().code)) + ": " + result.error().to_string();
}

}  // namespace decant::test

#define ASSERT_OK(expr)                                                 \
  do {                                                                  \
    const auto& ok_result = (expr);                                     \
    ASSERT_TRUE(ok_result.has_value()) << decant::test::why(ok_result); \
  } while (false)
