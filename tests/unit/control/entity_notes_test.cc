#include "coordinator/control/entity_notes.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

Field field(const std::string& name) { return {name, Type{}, true}; }

ColumnPlan column(const std::string& name, const std::string& from) {
  ColumnPlan plan;
  plan.name = name;
  plan.from = from;
  return plan;
}

TEST(EntityNotes, ASourceColumnWhoseNameAnotherTakesIsNoted) {
  const Schema source{{field("id"), field("a"), field("b"), field("st")}};
  EntitySpec entity;
  EntityPlan plan;
  plan.entity = "l";
  ColumnPlan constant;
  constant.name = "st";
  constant.constant = "k";
  plan.columns = {column("b", "a"), constant, column("id", "id")};
  const auto note = note_on_hidden(entity, plan, source);
  ASSERT_TRUE(note);
  EXPECT_NE(note->find("l: not read of the source: b (a comes under its name), st (a constant "
                       "comes under its name)."),
            std::string::npos)
      << *note;
  plan.columns = {column("b", "a"), column("a", "b"), column("id", "id"), column("st", "st")};
  EXPECT_FALSE(note_on_hidden(entity, plan, source)) << "all are read";
  plan.columns = {column("b", "a")};
  entity.columns_are_complete = true;
  EXPECT_FALSE(note_on_hidden(entity, plan, source)) << "the job said so";
}

TEST(EntityNotes, ColumnsThatNobodyFillsAreNotedOfTablesThatTheJobMade) {
  const Schema table{{field("id"), field("a")}};
  EntityPlan plan;
  plan.entity = "l";
  plan.fingerprint = "new";
  plan.write.table = "t";
  plan.columns = {column("id", "id")};
  const auto noted = [&](const std::string& entity, bool made_by_us, const std::string& print) {
    TableRecord known;
    known.job = "j";
    known.entity = entity;
    known.made_by_us = made_by_us;
    known.fingerprint = print;
    return note_on_unfilled(plan, table, known, "j").has_value();
  };
  EXPECT_TRUE(noted("l", true, "new"));
  EXPECT_TRUE(noted("other", true, "new")) << "of several entities one has less";
  EXPECT_TRUE(noted("l", false, "old"));
  EXPECT_FALSE(noted("l", false, "new")) << "said once";
  EXPECT_FALSE(noted("other", false, "old"));
  EXPECT_FALSE(note_on_unfilled(plan, table, std::nullopt, "j"));
  const auto note = note_on_unfilled(plan, table);
  ASSERT_TRUE(note);
  EXPECT_NE(note->find("a column that the source does not fill: a."), std::string::npos) << *note;
}

TEST(EntityNotes, OneColumnThatLooksLikeSeveralIsNoted) {
  EntitySpec entity;
  entity.name = "l";
  entity.read.files = "*.csv";
  const auto note = note_on_delimiter(entity, Schema{{field("id;a;b")}});
  ASSERT_TRUE(note);
  EXPECT_NE(note->find("one column, \"id;a;b\""), std::string::npos) << *note;
  EXPECT_FALSE(note_on_delimiter(entity, Schema{{field("id")}}));
  EXPECT_FALSE(note_on_delimiter(entity, Schema{{field("a;b"), field("c")}}));
  entity.read.files.clear();
  EXPECT_FALSE(note_on_delimiter(entity, Schema{{field("id;a;b")}})) << "a table's column";
}

TEST(EntityNotes, AHeaderThatMayBeAllOfTheTextIsNotedWhereThereAreNoRows) {
  EntitySpec entity;
  entity.name = "l";
  entity.read.files = "*.csv";
  const auto note = [&](const std::string& name, std::int64_t rows) {
    StoreCensus census;
    census.store = "north";
    census.census.columns = Schema{{field("id"), field(name)}};
    census.census.extents.resize(1);
    census.census.extents[0].cells.resize(1);
    census.census.extents[0].cells[0].rows = rows;
    census.census.extents[0].extent.path = "/jobs/data/a.csv";
    return note_on_header(entity, "/jobs", {StoreCensus{}, census});
  };
  for (const std::string& name : {std::string(5000, 'a'), std::string("a\n1"), std::string("\x7F"),
                                  std::string("v\u0085"
                                              "1"),
                                  std::string("v\u2028"
                                              "1"),
                                  std::string("v\u2029")}) {
    const auto odd = note(name, 0);
    ASSERT_TRUE(odd);
    EXPECT_NE(odd->find("l of north: its files have no row"), std::string::npos) << *odd;
  }
  EXPECT_FALSE(note("día", 0));
  entity.read.file_options.format = FileFormat::kJsonLines;
  EXPECT_FALSE(note("a\n1", 0));
}

// It can be meant so, and it can be rows behind a quote that was not closed.
TEST(EntityNotes, ANameOfTheHeaderWithALineEndIsNotedWithItsFileAlsoWhereThereAreRows) {
  EntitySpec entity;
  entity.name = "l";
  entity.read.files = "*.csv";
  StoreCensus census;
  census.census.extents.resize(2);
  census.census.extents[0].extent.path = "/jobs/data/a.csv";
  census.census.extents[1].cells.resize(1);
  census.census.extents[1].cells[0].rows = 3;
  const auto note = [&](const std::string& name) {
    census.census.columns = Schema{{field("id"), field(name)}};
    return note_on_header(entity, "/jobs", {StoreCensus{}, census}).value_or("none");
  };
  EXPECT_NE(note("name\n1,a\n2,b")
                .find("l: the header of data/a.csv names a column "
                      "\"name\\x0A1,a\\x0A2,b\", with a line end"),
            std::string::npos)
      << note("name\n1,a\n2,b");
  EXPECT_NE(note("a\u2028"
                 "b")
                .find("\"a\\u2028b\""),
            std::string::npos);
  EXPECT_LT(note("\n" + std::string(100'000, 'a')).size(), 600U);
  EXPECT_EQ(note("día"), "none");
  EXPECT_EQ(note(std::string(5000, 'a')), "none") << "some name it so";
}

TEST(EntityNotes, AQueryThatAnswersByTheOrderOfRowsIsNotedWithWhatMakesItSo) {
  EntitySpec spec;
  spec.name = "sales";
  EntityRun run;
  run.spec = &spec;
  EXPECT_FALSE(note_on_unsteady(run));
  run.unsteady = {"row_number, LIMIT"};
  const auto note = note_on_unsteady(run);
  ASSERT_TRUE(note);
  EXPECT_NE(note->find("sales: each chunk asks its query anew, whose answer may be another each "
                       "time (row_number, LIMIT)"),
            std::string::npos)
      << *note;
}

}  // namespace
}  // namespace decant
