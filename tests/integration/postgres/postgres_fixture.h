// What the PostgreSQL tests share: one server for the whole program, a fresh database for every
// test, and short ways to read, load and digest tables.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/connector/postgres/postgres_source.h"
#include "common/connector/postgres/postgres_target.h"
#include "common/digest/digest.h"
#include "tests/support/loaded.h"
#include "tests/support/postgres_server.h"

namespace decant::test {

// Ends the test with the error's text, else gives the value.
template <typename T>
T value_of(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::move(*result);
}

class PostgresTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  PostgresServer& server();
  const std::string& url() const { return url_; }
  // Statements as an operator's psql would send them.
  void exec(const std::string& sql);
  std::string ask(const std::string& sql);  // the first value of the first row, or "NULL"

  std::unique_ptr<Source> source(const std::vector<std::string>& snapshots = {});
  Target& target();

  // An entity that reads `table`, and a plan that writes all of its columns to `to`.
  static EntitySpec entity(const std::string& table, const std::string& time = {},
                           const std::string& key = {});
  EntityPlan plan(const std::string& from, const std::string& to,
                  const std::vector<std::string>& key = {});
  LoadPlan load_plan(EntityPlan entity, LoadMethod method, std::vector<ChunkSpec> chunks);

  SetDigest digest(const std::string& table, const Extent& extent = {});
  static SetDigest digest(RowSource& rows);

  // Copies all rows of `from` through a loader of `plan`, every row into chunk 0; ends with
  // `ledger`.
  Result<Loaded> copy(const std::string& from, const LoadPlan& plan,
                      const LedgerWrites& ledger = nothing());
  // Ends a load and gives what it refused, too.
  static Result<Loaded> finish(TaskLoader& loader, const std::vector<int>& chunks,
                               const LedgerWrites& ledger = nothing());
  static LedgerWrites nothing();

 private:
  std::string database_;
  std::string url_;
  std::unique_ptr<Target> target_;
};

}  // namespace decant::test
