// What the DuckDB tests share: a temporary folder, plans of small tables, rows from text, a staged
// and committed task.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/connector/target.h"
#include "tests/support/loaded.h"
#include "tests/support/temp_folder.h"

namespace decant::test {

using Text = std::optional<std::string>;
using TextRow = std::vector<Text>;

struct PlanColumn {
  std::string name;
  std::string type;
  bool nullable = true;
};

// An entity whose rows land in `table`; the range column, if any, is `fecha`, the store column
// `tienda`.
EntityPlan plan_of(const std::string& table, const std::vector<PlanColumn>& columns,
                   const std::vector<std::string>& key);

// Table t: id int64, the key, and nombre text.
EntityPlan small_plan();

// Rows whose values are read from text as the job's files would be. nullopt is NULL.
RowBatch batch_of(const Schema& schema, const std::vector<TextRow>& rows);

ChunkSpec month_chunk(const std::string& store, int year, int month);
ChunkSpec undated_chunk(const std::string& store);
ChunkSpec whole_chunk();

LoadPlan load_plan(const EntityPlan& entity, LoadMethod method, std::vector<ChunkSpec> chunks,
                   const std::string& folder);

// All positions of the plan's chunks.
std::vector<int> all_chunks(const LoadPlan& plan);

// Routes the rows to the plan's chunks and stages them; the stage file's path.
std::string stage(const LoadPlan& plan, const std::vector<TextRow>& rows);

LedgerWrites no_ledger();

// Stages and commits; fails the test when either does.
Loaded load(Target& target, const LoadPlan& plan, const std::vector<TextRow>& rows);
// Commits a stage file.
Result<Loaded> commit(Target& target, const LoadPlan& plan, const std::string& stage_file,
                      const std::vector<int>& chunks, const LedgerWrites& ledger = no_ledger());

// The table's rows as text, sorted; NULL is nullopt.
std::vector<TextRow> rows_of(Target& target, const std::string& sql);

std::unique_ptr<Target> open_target(const std::string& path);

#define ASSERT_OK(expr)                                                          \
  do {                                                                           \
    const auto& decant_result = (expr);                                          \
    ASSERT_TRUE(decant_result.has_value()) << decant_result.error().to_string(); \
  } while (false)

}  // namespace decant::test
