// Upsert, insert and an append under an enforced key: what finds its row by the key alone.
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

TEST(KeyLoad, UpsertInsertsAndUpdatesButNeverDeletesAndLeavesKeptColumns) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  EntityPlan entity =
      plan_of("t", {{"id", "int64", false}, {"nombre", "text"}, {"alta", "date"}}, {"id"});
  entity.write.keep_on_update = {"alta"};
  ASSERT_OK(target->create_table(entity));
  LoadPlan plan = load_plan(entity, LoadMethod::kAppend, {whole_chunk()}, folder.path());
  load(*target, plan,
       {{"1", "Ana", "2020-01-01"}, {"2", "Luis", "2020-01-02"}, {"9", "Eva", "2020-01-09"}});
  plan.method = LoadMethod::kUpsert;
  const Loaded outcome = load(
      *target, plan,
      {{"1", "Ana María", "2024-01-01"}, {"2", "Luis", "2024-01-01"}, {"3", "Sol", "2024-01-01"}});
  EXPECT_EQ(outcome.counts[0].inserted, 1);
  EXPECT_EQ(outcome.counts[0].updated, 1);
  EXPECT_EQ(outcome.counts[0].deleted, 0);
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"),
            (std::vector<TextRow>{{"1", "Ana María", "2020-01-01"},
                                  {"2", "Luis", "2020-01-02"},
                                  {"3", "Sol", "2024-01-01"},
                                  {"9", "Eva", "2020-01-09"}}));
}

TEST(KeyLoad, UpsertWithLatestByKeepsTheLatestRowInAnyOrder) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  EntityPlan entity =
      plan_of("t", {{"id", "int64", false}, {"nombre", "text"}, {"cambio", "date"}}, {"id"});
  entity.write.latest_by = "cambio";
  ASSERT_OK(target->create_table(entity));
  const LoadPlan plan = load_plan(entity, LoadMethod::kUpsert, {whole_chunk()}, folder.path());
  const Loaded first = load(*target, plan,
                            {{"1", "nueva", "2024-03-01"},
                             {"1", "vieja", "2024-01-01"},
                             {"1", "sin fecha", std::nullopt},
                             {"2", "única", std::nullopt}});
  EXPECT_EQ(first.refused.size(), 2u);
  const Loaded second =
      load(*target, plan, {{"1", "tardía", "2024-02-01"}, {"2", "con fecha", "2024-01-01"}});
  ASSERT_EQ(second.refused.size(), 1u);
  EXPECT_EQ(second.refused[0].reject.rule, "superseded");
  EXPECT_EQ(rows_of(*target, "SELECT id, nombre FROM t"),
            (std::vector<TextRow>{{"1", "nueva"}, {"2", "con fecha"}}));
}

TEST(KeyLoad, InsertRefusesKeysThatAreThere) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  ASSERT_OK(target->create_table(entity));
  LoadPlan plan = load_plan(entity, LoadMethod::kInsert, {whole_chunk()}, folder.path());
  load(*target, plan, {{"1", "Ana"}});
  const Loaded outcome = load(*target, plan, {{"1", "otra"}, {"2", "Luis"}, {"2", "doble"}});
  EXPECT_EQ(outcome.counts[0].inserted, 1);
  EXPECT_EQ(outcome.refused.size(), 2u);
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"),
            (std::vector<TextRow>{{"1", "Ana"}, {"2", "Luis"}}));
}

TEST(KeyLoad, AnAppendThatAnEnforcedKeyRefusesIsRepeatedByQuery) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  EntityPlan entity = plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
  entity.write.enforce = true;
  ASSERT_OK(target->create_table(entity));
  const LoadPlan plan = load_plan(entity, LoadMethod::kAppend, {whole_chunk()}, folder.path());
  const Loaded outcome = load(*target, plan, {{"1", "Ana"}, {"2", "Luis"}, {"1", "doble"}});
  EXPECT_EQ(outcome.counts[0].inserted, 2);
  ASSERT_EQ(outcome.refused.size(), 1u);
  EXPECT_EQ(outcome.refused[0].reject.original, "id=1");
}

}  // namespace
}  // namespace decant::test
