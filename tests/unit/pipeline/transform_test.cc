#include "worker/pipeline/transform.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/value/canonical.h"
#include "worker/pipeline/rules.h"

namespace decant {
namespace {

// Text columns as a file gives them.
RowBatch text_batch(const std::vector<std::string>& names,
                    const std::vector<std::vector<std::string>>& rows) {
  Schema schema;
  for (const std::string& name : names) schema.fields.push_back({name, Type{}});
  RowBatch batch;
  batch.reset(std::make_shared<const Schema>(schema));
  batch.rows = rows.size();
  for (std::size_t c = 0; c < names.size(); ++c) {
    batch.columns[c].resize(rows.size());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      batch.columns[c].valid[r] = rows[r][c] != "NULL";
      batch.columns[c].views[r] = batch.arena.copy(rows[r][c]);
    }
  }
  return batch;
}

ColumnPlan column(const std::string& name, const std::string& type, bool nullable = true) {
  ColumnPlan plan;
  plan.name = plan.from = name;
  plan.type = *parse_type(type);
  plan.nullable = nullable;
  return plan;
}

EntityPlan sales_plan() {
  EntityPlan plan;
  plan.entity = "ventas";
  ColumnPlan shop;
  shop.name = "ubicacion_id";
  shop.constant = "{store}";
  plan.columns = {shop, column("linea", "int32", false), column("total", "decimal(18,4)")};
  return plan;
}

StoreSpec store(const std::string& name) {
  StoreSpec spec;
  spec.name = name;
  return spec;
}

TEST(Transform, FillsConstantsFromTheStoreAndConvertsTheRest) {
  RowBatch in = text_batch({"total", "linea"}, {{"12.5", "1"}, {"NULL", "2"}});
  const StoreSpec shop = store("tienda_01");
  const auto transform =
      Transform::make(sales_plan(), EntitySpec{}, &shop, *in.schema, "UTC", ValueLimits{});
  ASSERT_TRUE(transform) << transform.error().message;
  RowBatch out;
  RowFaults faults;
  (*transform)->apply(in, out, faults);
  ASSERT_EQ(out.rows, 2U);
  EXPECT_EQ(faults.count(), 0U);
  EXPECT_EQ(display_text(out.columns[0], 1), "tienda_01");
  EXPECT_EQ(display_text(out.columns[1], 1), "2");
  EXPECT_EQ(display_text(out.columns[2], 0), "12.5000");
  EXPECT_EQ(out.columns[2].valid[1], 0);
}

TEST(Transform, AConstantIsWrittenAsTheJobIsAndNotAsItsFilesAre) {
  EntityPlan plan = sales_plan();
  ColumnPlan rate = column("rate", "decimal(9,3)");
  rate.constant = "1.125";
  plan.columns.push_back(rate);
  EntitySpec entity;
  entity.read.files = "a.csv";
  entity.read.file_options.decimal_point = ',';
  entity.read.file_options.group_separator = '.';
  RowBatch in = text_batch({"total", "linea"}, {{"1.125", "1"}});
  const StoreSpec shop = store("t");
  const auto transform = Transform::make(plan, entity, &shop, *in.schema, "UTC", ValueLimits{});
  ASSERT_TRUE(transform) << transform.error().message;
  RowBatch out;
  RowFaults faults;
  (*transform)->apply(in, out, faults);
  EXPECT_EQ(display_text(out.columns[2], 0), "1125.0000");
  EXPECT_EQ(display_text(out.columns[3], 0), "1.125");
}

TEST(Transform, AMissingValueInARequiredColumnIsAFaultThatNamesIt) {
  RowBatch in = text_batch({"total", "linea"}, {{"1", "NULL"}});
  const StoreSpec shop = store("t");
  const auto transform =
      Transform::make(sales_plan(), EntitySpec{}, &shop, *in.schema, "UTC", ValueLimits{});
  ASSERT_TRUE(transform);
  RowBatch out;
  RowFaults faults;
  (*transform)->apply(in, out, faults);
  ASSERT_EQ(faults.count(), 1U);
  EXPECT_EQ(faults.entries()[0].reject.column, "linea");
  EXPECT_EQ(faults.entries()[0].reject.rule, "not null");
}

TEST(Transform, AConstantThatIsNoValueOfItsColumnIsRefusedAtOnce) {
  EntityPlan plan = sales_plan();
  plan.columns[0].type = *parse_type("int64");
  RowBatch in = text_batch({"total", "linea"}, {});
  const StoreSpec shop = store("tienda_01");
  const auto transform =
      Transform::make(plan, EntitySpec{}, &shop, *in.schema, "UTC", ValueLimits{});
  ASSERT_FALSE(transform);
  EXPECT_EQ(transform.error().code, ErrorCode::kUsage);
  EXPECT_NE(transform.error().message.find("tienda_01"), std::string::npos);
}

class RulesTest : public ::testing::Test {
 protected:
  // The rules that each row of total breaks, "" for none.
  std::vector<std::string> broken(const RuleSpec& rule, const std::vector<std::string>& totals) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& total : totals) rows.push_back({total, "1"});
    RowBatch in = text_batch({"total", "linea"}, rows);
    const StoreSpec shop = store("t");
    const auto transform =
        Transform::make(sales_plan(), EntitySpec{}, &shop, *in.schema, "UTC", ValueLimits{});
    const auto rules = make_rules({rule}, *(*transform)->schema(), "UTC");
    EXPECT_TRUE(rules) << rules.error().message;
    RowBatch out;
    RowFaults faults;
    (*transform)->apply(in, out, faults);
    (*rules)->check(out, faults);
    std::vector<std::string> found(totals.size());
    for (const auto& entry : faults.entries()) found[entry.row] = entry.reject.rule;
    return found;
  }
};

TEST_F(RulesTest, ARangeIncludesItsEndsAndComparesExactly) {
  RuleSpec rule;
  rule.column = "total";
  rule.min = "0";
  rule.max = "10.0001";
  EXPECT_EQ(broken(rule, {"0", "-0.0001", "10.0001", "10.0002", "NULL"}),
            (std::vector<std::string>{"", "range", "", "range", ""}));
}

TEST_F(RulesTest, AnOpenSideHasNoLimit) {
  RuleSpec rule;
  rule.column = "total";
  rule.min = "0";
  EXPECT_EQ(broken(rule, {"99999999999999", "-1"}), (std::vector<std::string>{"", "range"}));
}

TEST_F(RulesTest, NotNullPatternAndOneOfLookAtTheValueAsItIsShown) {
  RuleSpec rule;
  rule.column = "total";
  rule.not_null = true;
  rule.pattern = "[0-9]+\\.5000";
  EXPECT_EQ(broken(rule, {"1.5", "1.6", "NULL"}),
            (std::vector<std::string>{"", "pattern", "not null"}));
  RuleSpec choice;
  choice.column = "total";
  choice.one_of = {"1.0000", "2.0000"};
  EXPECT_EQ(broken(choice, {"1", "3"}), (std::vector<std::string>{"", "one of"}));
}

TEST_F(RulesTest, ARuleOnAColumnThatIsNotThereIsRefusedWithTheNearestName) {
  Schema schema;
  schema.fields = {{"total", Type{}}};
  RuleSpec rule;
  rule.column = "totl";
  const auto rules = make_rules({rule}, schema, "UTC");
  ASSERT_FALSE(rules);
  EXPECT_NE(rules.error().advice.find("total"), std::string::npos);
}

// Rows as a database sent them, with a name for their form.
RowBatch sent_batch() {
  RowBatch batch = text_batch({"linea", "total"}, {{"1", "12.5"}, {"2", "NULL"}});
  batch.sent_form = "a form";
  batch.sent_rows = {"first", "second"};
  return batch;
}

std::size_t sent_rows_after(const EntityPlan& plan, const EntitySpec& entity) {
  RowBatch in = sent_batch();
  const auto transform = Transform::make(plan, entity, nullptr, *in.schema, "UTC", ValueLimits{});
  EXPECT_TRUE(transform);
  RowBatch out;
  RowFaults faults;
  (*transform)->apply(in, out, faults);
  EXPECT_EQ(out.sent_form.empty(), out.sent_rows.empty());
  return out.sent_rows.size();
}

TEST(Transform, RowsStayAsTheyWereSentOnlyWhereNoValueIsTouched) {
  EntityPlan plan;
  plan.entity = "ventas";
  plan.columns = {column("linea", "text"), column("total", "text")};
  EXPECT_EQ(sent_rows_after(plan, {}), 2U);
  const std::vector<std::function<void(EntityPlan&, EntitySpec&)>> touches = {
      [](EntityPlan& p, EntitySpec&) { p.columns[1].type = *parse_type("decimal(18,4)"); },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].type = *parse_type("text(4)"); },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].lossy = "truncate"; },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].replace_nul = ""; },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].null_texts = {"-"}; },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].zero_pad = 8; },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].constant = "x"; },
      [](EntityPlan& p, EntitySpec&) { p.columns[1].from = "linea"; },
      [](EntityPlan& p, EntitySpec&) { std::swap(p.columns[0], p.columns[1]); },
      [](EntityPlan& p, EntitySpec&) { p.columns.pop_back(); },
      [](EntityPlan&, EntitySpec& e) { e.read.files = "a.csv"; },
  };
  for (std::size_t i = 0; i < touches.size(); ++i) {
    EntityPlan touched = plan;
    EntitySpec entity;
    touches[i](touched, entity);
    EXPECT_EQ(sent_rows_after(touched, entity), 0U) << "touch " << i;
  }
}

// Texts that the source has looked at, those that nobody has, and a column that is needed twice.
TEST(Transform, TakesTextsAsTheyStandOnlyWhereTheyAreSound) {
  EntityPlan plan;
  plan.entity = "ventas";
  plan.columns = {column("note", "text"), column("more", "text"), column("again", "text")};
  plan.columns[2].from = "more";
  for (const bool is_sound : {true, false}) {
    RowBatch in = text_batch({"note", "more"}, {{"a\xe9", "b"}, {"c", "NULL"}});
    in.has_sound_texts = is_sound;
    const auto transform = Transform::make(plan, {}, nullptr, *in.schema, "UTC", ValueLimits{});
    ASSERT_TRUE(transform);
    RowBatch out;
    RowFaults faults;
    (*transform)->apply(in, out, faults);
    EXPECT_EQ(faults.has(0), !is_sound);
    EXPECT_FALSE(faults.has(1));
    EXPECT_EQ(out.columns[0].views[1], "c");
    EXPECT_EQ(out.columns[1].views[0], "b");
    EXPECT_EQ(out.columns[2].views[0], "b");
    EXPECT_EQ(out.columns[2].valid[1], 0);
  }
}

TEST(Transform, GivesAColumnThatStaysWhatItIsTheTargetsType) {
  Schema schema;
  schema.fields = {{"linea", *parse_type("int16")}};
  RowBatch in;
  in.reset(std::make_shared<const Schema>(schema));
  in.rows = 1;
  in.columns[0].resize(1);
  in.columns[0].valid[0] = 1;
  in.columns[0].words[0] = 7;
  EntityPlan plan;
  plan.columns = {column("linea", "int64")};
  const auto transform = Transform::make(plan, {}, nullptr, *in.schema, "UTC", ValueLimits{});
  ASSERT_TRUE(transform);
  RowBatch out;
  RowFaults faults;
  (*transform)->apply(in, out, faults);
  EXPECT_EQ(out.columns[0].type, *parse_type("int64"));
  EXPECT_EQ(display_text(out.columns[0], 0), "7");
}

}  // namespace
}  // namespace decant
