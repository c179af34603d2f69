#include "coordinator/report/plan_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace decant {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using What = PlannedAction::What;

EntityPlanView view_of(const std::vector<PlannedAction>& chunks) {
  EntityPlanView view;
  view.entity = "ventas";
  view.table = "sales";
  view.chunks = chunks;
  view.notes = {"the months are those of the store"};
  return view;
}

TEST(PlanText, AddsUpWhatWouldHappenToTheChunks) {
  const std::string text =
      plan_text({view_of({{"ventas/a/2024-01/001", What::kLoad, 10, 1},
                          {"ventas/a/2024-02/001", What::kReplace, 20, 0, 1500},
                          {"ventas/a/2024-03/001", What::kSkip, 40, 0, 40}})});
  EXPECT_THAT(text, HasSubstr("ventas -> sales (the table would be made)\n"));
  EXPECT_THAT(text, HasSubstr("  3 chunks, 70 rows would pass\n"));
  EXPECT_THAT(text, HasSubstr("  1 new chunk: 10 rows would be inserted\n"));
  EXPECT_THAT(text, HasSubstr("  1 changed chunk: 20 rows would replace 1,500\n"
                              "    ventas/a/2024-02/001, 20 rows for 1,500\n"));
  EXPECT_THAT(text, HasSubstr("  1 unchanged chunk: 40 rows would be skipped\n"));
  EXPECT_THAT(text, HasSubstr("  note: the months are those of the store\n"));
}

TEST(PlanText, SaysOfEachColumnHowItsValuesGetThere) {
  EntityPlanView view = view_of({});
  ColumnPlan total;
  total.name = "total";
  total.from = "Total";
  total.source_type = {TypeKind::kDecimal, 18, 4};
  total.type = {TypeKind::kDecimal, 18, 2};
  total.lossy = "round";
  total.fidelity = Fidelity::kLossy;
  ColumnPlan span;
  span.name = span.from = "span";
  span.foreign = "interval";
  view.columns = {total, span};
  const std::string text = plan_text({view});
  EXPECT_THAT(text, HasSubstr("  total decimal(18,2) <- Total decimal(18,4) (lossy: digits after "
                              "the 2nd decimal place are rounded, half to even)\n"));
  EXPECT_THAT(text,
              HasSubstr("  span text <- span interval (exact; interval travels as its text)\n"));
  const auto columns =
      nlohmann::json::parse(plan_json("r1", "shop", {view}))["entities"][0]["columns"];
  EXPECT_EQ(columns[0]["fidelity"], "lossy");
  EXPECT_EQ(columns[0]["policy"], "round");
  EXPECT_EQ(columns[1]["fidelity"], "exact");
  EXPECT_EQ(columns[1]["travels_as"], "text");
  EXPECT_FALSE(columns[1].contains("policy"));
}

TEST(PlanText, SaysWhatInsertWouldRefuse) {
  const EntityPlanView view = view_of({{"ventas/a/2024-02/001", What::kRefuse, 3, 0, 2}});
  const std::string text = plan_text({view});
  EXPECT_THAT(text, HasSubstr("  1 chunk that has changed would be refused, "));
  EXPECT_THAT(text, HasSubstr("    ventas/a/2024-02/001, 3 rows for 2\n"));
  EXPECT_THAT(text, HasSubstr("  0 changed chunks: 0 rows would replace 0\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("read together")));
  const EntityPlanView with_new = view_of({{"ventas/a/2024-02/001", What::kRefuse, 3, 0, 2},
                                           {"ventas/a/2024-03/001", What::kLoad, 5, 0, 0}});
  EXPECT_THAT(
      plan_text({with_new}),
      HasSubstr("; new chunks that are read together with them would not be inserted either"));
  const auto json = nlohmann::json::parse(plan_json("r1", "shop", {view}));
  EXPECT_EQ(json["entities"][0]["chunks_to_refuse"], 1);
  EXPECT_EQ(json["entities"][0]["chunks"][0]["action"], "refuse");
}

TEST(PlanText, NamesTheFirstTwentyChangedChunksAndCountsTheOthers) {
  std::vector<PlannedAction> chunks;
  for (int i = 100; i < 123; ++i) chunks.push_back({"c" + std::to_string(i), What::kReplace, 1, 0});
  const std::string text = plan_text({view_of(chunks)});
  EXPECT_THAT(text, HasSubstr("    c119, 1 row for 0\n    … and 3 more; `decant plan --json`"));
  EXPECT_THAT(text, Not(HasSubstr("c120")));
}

TEST(PlanJson, HasEachChunkWithItsAction) {
  const auto json = nlohmann::json::parse(plan_json(
      "r1", "shop",
      {view_of({{"x", What::kLoad, 10, 1}, {"y", What::kReplace, 20, 0, 25}}), view_of({})}));
  EXPECT_EQ(json["plan"], "r1");
  const auto& entity = json["entities"][0];
  EXPECT_EQ(entity["chunks"][0]["action"], "load");
  EXPECT_EQ(entity["chunks"][0]["rejects"], 1);
  EXPECT_EQ(entity["chunks"][1]["action"], "replace");
  EXPECT_EQ(entity["rows_to_insert"], 10);
  EXPECT_EQ(entity["rows_in_changed_chunks"], 20);
  EXPECT_EQ(entity["rows_now_in_changed_chunks"], 25);
  EXPECT_EQ(entity["chunks"][1]["rows_now"], 25);
  EXPECT_EQ(entity["chunks_to_refuse"], 0);
  EXPECT_TRUE(json["entities"][1]["chunks"].empty());
}

}  // namespace
}  // namespace decant
