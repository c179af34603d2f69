#include <algorithm>
#include <map>
#include <random>

#include "common/connector/load_sql.h"
#include "common/value/canonical.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

const std::vector<PlanColumn> k_columns = {{"tienda", "text", false}, {"fecha", "date"},
                                           {"id", "int64", false},    {"total", "decimal(18,4)"},
                                           {"peso", "float64"},       {"nota", "json"}};

EntityPlan sales_plan() { return plan_of("pos.ventas", k_columns, {"tienda", "id"}); }

std::string undo_of(const std::string& operation) {
  return "SELECT tienda, fecha, id, total, peso, nota FROM decant." +
         undo_table_name("decant", "pos.ventas").substr(7) + " WHERE decant_operation = '" +
         operation + "'";
}

// A random row; ids are few, so that most keys meet again.
TextRow random_row(std::mt19937& random, int id) {
  const auto one_of = [&](std::vector<Text> values) { return values[random() % values.size()]; };
  return {one_of({"a", "b"}),
          one_of({"2024-08-03", "2024-08-30", "2024-09-02", std::nullopt}),
          std::to_string(id),
          one_of({"1.0000", "2.5000", std::nullopt}),
          one_of({"0", "7", "0.1", std::nullopt}),
          one_of({R"({"a":1})", R"({"a":2})", std::nullopt})};
}

std::vector<TextRow> random_rows(std::mt19937& random, int count) {
  std::vector<TextRow> rows;
  for (int id = 0; id < count; ++id) {
    if (random() % 4 != 0) rows.push_back(random_row(random, id));
  }
  return rows;
}

// The rows as the database shows them, so that both sides compare as text.
std::vector<TextRow> as_stored(const std::vector<TextRow>& rows) {
  const Schema schema = sales_plan().target_schema();
  const RowBatch batch = batch_of(schema, rows);
  std::vector<TextRow> out = rows;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 3; i < 5; ++i) {
      if (out[row][i]) out[row][i] = display_text(batch.columns[i], row);
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Chunks: both stores' August and September and the undated rows of store a only.
std::vector<ChunkSpec> sales_chunks() {
  return {month_chunk("a", 2024, 8), month_chunk("a", 2024, 9), month_chunk("b", 2024, 8),
          month_chunk("b", 2024, 9), undated_chunk("a")};
}

int chunk_of(const TextRow& row) {
  if (!row[1]) return row[0] == "a" ? 4 : -1;
  return (row[0] == "a" ? 0 : 2) + (row[1]->substr(0, 7) == "2024-08" ? 0 : 1);
}

struct Expected {
  std::vector<TextRow> table, deleted, updated, inserted;
  std::vector<ChunkCounts> counts = std::vector<ChunkCounts>(5);
};

// What the differences are, found the plain way: rows of a chunk by key, before and after.
Expected brute_force(const std::vector<TextRow>& before, const std::vector<TextRow>& staged) {
  using Key = std::pair<int, std::vector<Text>>;
  std::map<Key, TextRow> old_rows, new_rows;
  Expected expected;
  for (const TextRow& row : before) {
    const int chunk = chunk_of(row);
    if (chunk < 0) expected.table.push_back(row);
    if (chunk >= 0) old_rows[{chunk, {row[0], row[2]}}] = row;
  }
  for (const TextRow& row : staged) {
    if (chunk_of(row) >= 0) new_rows[{chunk_of(row), {row[0], row[2]}}] = row;
  }
  for (const auto& [key, row] : old_rows) {
    ChunkCounts& counts = expected.counts[static_cast<std::size_t>(key.first)];
    const auto found = new_rows.find(key);
    if (found == new_rows.end()) {
      expected.deleted.push_back(row);
      ++counts.deleted;
    } else if (found->second != row) {
      expected.updated.push_back(row);
      ++counts.updated;
    }
  }
  for (const auto& [key, row] : new_rows) {
    expected.table.push_back(row);
    if (old_rows.count(key)) continue;
    expected.inserted.push_back(row);
    ++expected.counts[static_cast<std::size_t>(key.first)].inserted;
  }
  return expected;
}

void fill(Target& target, const std::vector<TextRow>& rows, const std::string& folder) {
  std::vector<ChunkSpec> everywhere = sales_chunks();
  everywhere.push_back(undated_chunk("b"));
  load(target, load_plan(sales_plan(), LoadMethod::kAppend, everywhere, folder), rows);
}

class ReplaceByKey : public testing::TestWithParam<unsigned> {};

TEST_P(ReplaceByKey, AppliesExactlyTheDifferencesThatBruteForceFinds) {
  std::mt19937 random(GetParam());
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(sales_plan()));
  const std::vector<TextRow> before = random_rows(random, 60);
  std::vector<TextRow> staged = random_rows(random, 60);
  // Half of the keys keep their row, so that "unchanged" is tried as well.
  for (TextRow& row : staged) {
    for (const TextRow& old_row : before) {
      if (old_row[2] == row[2] && random() % 2 == 0) row = old_row;
    }
  }
  fill(*target, before, folder.path());
  const LoadPlan plan =
      load_plan(sales_plan(), LoadMethod::kReplaceByKey, sales_chunks(), folder.path());
  const Loaded outcome = load(*target, plan, staged);
  const Expected expected = brute_force(before, staged);
  EXPECT_EQ(rows_of(*target, "SELECT * FROM pos.ventas"), as_stored(expected.table));
  EXPECT_EQ(rows_of(*target, undo_of("deleted")), as_stored(expected.deleted));
  EXPECT_EQ(rows_of(*target, undo_of("updated")), as_stored(expected.updated));
  EXPECT_EQ(rows_of(*target, undo_of("inserted")), as_stored(expected.inserted));
  for (std::size_t i = 0; i < expected.counts.size(); ++i) {
    SCOPED_TRACE(plan.chunks[i].name().value);
    EXPECT_EQ(outcome.counts[i].inserted, expected.counts[i].inserted);
    EXPECT_EQ(outcome.counts[i].updated, expected.counts[i].updated);
    EXPECT_EQ(outcome.counts[i].deleted, expected.counts[i].deleted);
  }
  EXPECT_TRUE(outcome.refused.empty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ReplaceByKey, testing::Range(1U, 9U));

TEST(DiffLoad, ASecondLoadOfTheSameRowsChangesNothing) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(sales_plan()));
  std::mt19937 random(3);
  const std::vector<TextRow> rows = random_rows(random, 50);
  fill(*target, rows, folder.path());
  const Loaded outcome =
      load(*target,
           load_plan(sales_plan(), LoadMethod::kReplaceByKey, sales_chunks(), folder.path()), rows);
  for (const ChunkCounts& counts : outcome.counts)
    EXPECT_EQ(counts.inserted + counts.updated + counts.deleted, 0);
}

TEST(DiffLoad, KeysThatTheTableHoldsMoreThanOnceAreMended) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  ASSERT_OK(target->create_table(entity));
  LoadPlan plan = load_plan(entity, LoadMethod::kAppend, {whole_chunk()}, folder.path());
  load(*target, plan, {{"1", "Ana"}, {"1", "Ana"}, {"1", "otra"}, {"2", "Luis"}});
  EXPECT_FALSE(target->build_key(entity).has_value());
  plan.method = LoadMethod::kReplaceByKey;
  const Loaded outcome = load(*target, plan, {{"1", "Ana"}, {"2", "Luis"}});
  EXPECT_EQ(outcome.counts[0].deleted, 2);
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"),
            (std::vector<TextRow>{{"1", "Ana"}, {"2", "Luis"}}));
  ASSERT_OK(target->build_key(entity));
}

TEST(DiffLoad, AStageWithoutRowsEmptiesItsChunksAndNoOthers) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(sales_plan()));
  fill(*target,
       {{"a", "2024-08-03", "1", "1", "0.1", "1"}, {"b", "2024-08-03", "2", "1", "0.1", "1"}},
       folder.path());
  const LoadPlan plan = load_plan(sales_plan(), LoadMethod::kReplaceByKey,
                                  {month_chunk("a", 2024, 8)}, folder.path());
  EXPECT_EQ(load(*target, plan, {}).counts[0].deleted, 1);
  EXPECT_EQ(rows_of(*target, "SELECT id FROM pos.ventas"), (std::vector<TextRow>{{"2"}}));
}

TEST(DiffLoad, ATaskOfThousandsOfChunksIsOneTransaction) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity =
      plan_of("t", {{"tienda", "text", false}, {"fecha", "date"}, {"id", "int64", false}},
              {"tienda", "id"});
  ASSERT_OK(target->create_table(entity));
  std::vector<ChunkSpec> chunks;
  std::vector<TextRow> rows;
  for (int store = 0; store < 200; ++store) {
    for (int month = 1; month <= 12; ++month) {
      chunks.push_back(month_chunk("t" + std::to_string(store), 2024, month));
      rows.push_back({"t" + std::to_string(store), format_date(days_from_civil({2024, month, 5})),
                      std::to_string(month)});
    }
  }
  LoadPlan plan = load_plan(entity, LoadMethod::kAppend, chunks, folder.path());
  load(*target, plan, rows);
  plan.method = LoadMethod::kReplaceByKey;
  rows.erase(rows.begin());
  const Loaded outcome = load(*target, plan, rows);
  EXPECT_EQ(outcome.counts[0].deleted, 1);
  std::int64_t changes = 0;
  for (const ChunkCounts& counts : outcome.counts)
    changes += counts.inserted + counts.updated + counts.deleted;
  EXPECT_EQ(changes, 1);
  plan.method = LoadMethod::kReplaceRange;
  EXPECT_EQ(load(*target, plan, rows).counts[1].inserted, 1);
}

TEST(DiffLoad, ZeroOfEitherSignIsNoDifference) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(sales_plan()));
  fill(*target, {{"a", "2024-08-03", "1", "1", "-0.0", "1"}}, folder.path());
  const LoadPlan plan =
      load_plan(sales_plan(), LoadMethod::kReplaceByKey, sales_chunks(), folder.path());
  EXPECT_EQ(load(*target, plan, {{"a", "2024-08-03", "1", "1", "0", "1"}}).counts[0].updated, 0);
}

TEST(DiffLoad, AnEnforcedKeyThatMovesBetweenChunksIsDeletedAndInserted) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  EntityPlan entity = sales_plan();
  entity.write.enforce = true;
  ASSERT_OK(target->create_table(entity));
  const LoadPlan append = load_plan(entity, LoadMethod::kAppend, sales_chunks(), folder.path());
  load(*target, append,
       {{"a", "2024-08-03", "1", "1", "0.1", "1"}, {"a", "2024-08-04", "2", "1", "0.1", "1"}});
  LoadPlan replace = append;
  replace.method = LoadMethod::kReplaceByKey;
  const Loaded outcome =
      load(*target, replace,
           {{"a", "2024-09-03", "1", "1", "0.1", "1"}, {"a", "2024-08-04", "2", "1", "0.1", "1"}});
  EXPECT_EQ(outcome.counts[0].deleted, 1);
  EXPECT_EQ(outcome.counts[1].inserted, 1);
  EXPECT_EQ(rows_of(*target, "SELECT id, fecha FROM pos.ventas"),
            (std::vector<TextRow>{{"1", "2024-09-03"}, {"2", "2024-08-04"}}));
}

// Deleted, it would be refused; and what the job does not fill would be gone.
TEST(DiffLoad, ARowOfATableThatOthersReferToIsUpdatedWhereItMovesBetweenChunks) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity =
      plan_of("t", {{"tienda", "text", false}, {"fecha", "date"}, {"id", "int64", false}}, {"id"});
  ASSERT_OK(target->sql().execute(
      "CREATE TABLE t (tienda TEXT, fecha DATE, id BIGINT PRIMARY KEY, interno TEXT)"));
  ASSERT_OK(target->sql().execute("CREATE TABLE linea (id BIGINT REFERENCES t (id))"));
  ASSERT_OK(target->sql().execute(
      "INSERT INTO t VALUES ('a', '2024-08-03', 1, 'x'), ('a', '2024-08-04', 2, 'y')"));
  ASSERT_OK(target->sql().execute("INSERT INTO linea VALUES (1)"));
  const LoadPlan plan = load_plan(entity, LoadMethod::kReplaceByKey, sales_chunks(), folder.path());
  const Loaded outcome = load(*target, plan, {{"b", "2024-09-03", "1"}, {"a", "2024-08-05", "3"}});
  EXPECT_EQ(outcome.counts[0].deleted, 1) << "the other one is gone";
  EXPECT_EQ(outcome.counts[0].inserted, 1);
  EXPECT_EQ(outcome.counts[3].updated, 1);
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"),
            (std::vector<TextRow>{{"a", "2024-08-05", "3", std::nullopt},
                                  {"b", "2024-09-03", "1", "x"}}));
  EXPECT_EQ(rows_of(*target, "SELECT decant_operation, tienda, fecha, id FROM " +
                                 undo_table_name("decant", "t") +
                                 " WHERE decant_operation <> 'inserted'"),
            (std::vector<TextRow>{{"deleted", "a", "2024-08-04", "2"},
                                  {"updated", "a", "2024-08-03", "1"}}));
}

TEST(DiffLoad, ChunksThatAreNotNamedStayAsTheyAre) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(sales_plan()));
  fill(*target,
       {{"a", "2024-08-03", "1", "1", "0.1", "1"}, {"a", "2024-09-03", "2", "1", "0.1", "1"}},
       folder.path());
  const LoadPlan plan =
      load_plan(sales_plan(), LoadMethod::kReplaceByKey, sales_chunks(), folder.path());
  const std::string file = stage(
      plan, {{"a", "2024-08-09", "3", "1", "0.1", "1"}, {"a", "2024-09-09", "4", "1", "0.1", "1"}});
  ASSERT_OK(commit(*target, plan, file, {0}));
  EXPECT_EQ(rows_of(*target, "SELECT id FROM pos.ventas"), (std::vector<TextRow>{{"2"}, {"3"}}));
}

TEST(DiffLoad, OfEqualKeysInOneStageTheFirstStaysAndTheOthersAreRefused) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  EntityPlan entity = sales_plan();
  entity.columns[2].is_private = true;
  ASSERT_OK(target->create_table(entity));
  const Loaded outcome =
      load(*target, load_plan(entity, LoadMethod::kReplaceByKey, sales_chunks(), folder.path()),
           {{"a", "2024-08-03", "1", "1", "0.1", "1"},
            {"a", "2024-08-04", "1", "2", "0.1", "1"},
            {"a", "2024-08-05", "1", "3", "0.1", "1"}});
  EXPECT_EQ(rows_of(*target, "SELECT total FROM pos.ventas"), (std::vector<TextRow>{{"1.0000"}}));
  ASSERT_EQ(outcome.refused.size(), 2u);
  EXPECT_EQ(outcome.refused[0].reject.rule, "unique");
  EXPECT_EQ(outcome.refused[0].reject.original, "tienda=a, id=***");
  std::string canonical;
  append_canonical_row(
      batch_of(entity.target_schema(), {{"a", "2024-08-04", "1", "2", "0.1", "1"}}), 0, canonical);
  EXPECT_EQ(outcome.refused[0].canonical_row, canonical);
}

TEST(DiffLoad, ReplaceRangeKeepsWhatItDeletesAndLeavesOtherMonthsAlone) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity = plan_of("pos.ventas", k_columns, {});
  ASSERT_OK(target->create_table(entity));
  LoadPlan plan = load_plan(entity, LoadMethod::kAppend,
                            {month_chunk("a", 2024, 8), month_chunk("a", 2024, 9)}, folder.path());
  load(*target, plan,
       {{"a", "2024-08-03", "1", "1", "0.1", "1"},
        {"a", "2024-08-03", "1", "1", "0.1", "1"},
        {"a", "2024-09-03", "2", "1", "0.1", "1"}});
  plan.method = LoadMethod::kReplaceRange;
  plan.chunks.pop_back();
  const Loaded outcome = load(*target, plan, {{"a", "2024-08-05", "5", "1", "0.1", "1"}});
  EXPECT_EQ(outcome.counts[0].deleted, 2);
  EXPECT_EQ(outcome.counts[0].inserted, 1);
  EXPECT_EQ(rows_of(*target, "SELECT id FROM pos.ventas"), (std::vector<TextRow>{{"2"}, {"5"}}));
  EXPECT_EQ(rows_of(*target, undo_of("deleted")).size(), 2u);
}

TEST(DiffLoad, ColumnsThatOnlyTheTableHasAreKeptInThePreImageAndSurviveAnUpdate) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  ASSERT_OK(
      target->sql().execute("CREATE TABLE t (id BIGINT NOT NULL, nombre TEXT, interno TEXT)"));
  ASSERT_OK(target->sql().execute("INSERT INTO t VALUES (1, 'Ana', 'x'), (2, 'Luis', 'y')"));
  load(*target, load_plan(entity, LoadMethod::kReplaceByKey, {whole_chunk()}, folder.path()),
       {{"1", "Anna"}});
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"), (std::vector<TextRow>{{"1", "Anna", "x"}}));
  const std::string undo = undo_table_name("decant", "t");
  EXPECT_EQ(rows_of(*target, "SELECT decant_operation, id, nombre, interno FROM " + undo),
            (std::vector<TextRow>{{"deleted", "2", "Luis", "y"}, {"updated", "1", "Ana", "x"}}));
}

TEST(DiffLoad, ATableWhoseColumnsChangedGetsAnUndoTableOfItsOwn) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  ASSERT_OK(target->create_table(entity));
  const LoadPlan plan =
      load_plan(entity, LoadMethod::kReplaceByKey, {whole_chunk()}, folder.path());
  load(*target, plan, {{"1", "Ana"}});
  ASSERT_OK(target->sql().execute("ALTER TABLE t ADD COLUMN nuevo INTEGER"));
  load(*target, plan, {{"2", "Luis"}});
  EXPECT_EQ(rows_of(*target, "SELECT id FROM " + undo_table_name("decant", "t")).size(), 1u);
  EXPECT_EQ(rows_of(*target, "SELECT id, nuevo FROM " + undo_table_name("decant", "t", 2)).size(),
            2u);
}

}  // namespace
}  // namespace decant::test
