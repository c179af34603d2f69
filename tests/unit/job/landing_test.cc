#include "common/job/landing.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

Type type(std::string_view text) { return *parse_type(text); }

class Landing : public ::testing::Test {
 protected:
  Landing() {
    entity_.read.files = "a.csv";
    entity_.read.time = "d";
    entity_.columns = {{.name = "raw", .from = "d"},
                       {.name = "day", .from = "d", .type = type("date")},
                       {.name = "instant", .from = "d", .type = type("timestamp")}};
  }

  // The column by which the plan will cut, of a source column `d` of that type.
  std::string cut_by(const Type& source, const Schema& table = {}) const {
    const auto columns = columns_that_take(entity_, {"d", source}, table);
    const ColumnPlan* column = column_of_range(entity_, columns);
    return column == nullptr ? "none" : column->name + " " + to_string(column->type);
  }
  std::string stores_of(const std::vector<ColumnSpec>& columns, const Schema& table = {}) {
    entity_.columns = columns;
    const StoreReading reading = reading_of_store(entity_, {"shop", Type{}}, table, "UTC");
    return reading.column + " " + to_string(reading.type);
  }

  EntitySpec entity_;
};

TEST_F(Landing, OfATimeIsTheFirstColumnThatTakesItUnchanged) {
  EXPECT_EQ(cut_by(Type{}), "day date");
  EXPECT_EQ(cut_by(type("timestamp")), "raw timestamp");
  entity_.columns.erase(entity_.columns.begin());
  EXPECT_EQ(cut_by(type("timestamp")), "instant timestamp");
  EXPECT_EQ(cut_by(type("bool")), "none");
  entity_.write.key = {"instant"};
  EXPECT_EQ(cut_by(Type{}), "instant timestamp");
}

TEST_F(Landing, FollowsTheOrderAndTheTypesOfTheTable) {
  const Schema table{{{"instant", type("timestamp")}, {"day", type("date")}, {"raw", Type{}}}};
  EXPECT_EQ(cut_by(Type{}, table), "instant timestamp");
  entity_.columns = {{.name = "raw", .from = "d"}};
  EXPECT_EQ(cut_by(Type{}, {{{"raw", type("date")}}}), "raw date");
  EXPECT_EQ(cut_by(Type{}), "none");
}

TEST_F(Landing, OfAColumnThatNobodyListsIsItsOwnName) {
  entity_.columns.clear();
  EXPECT_EQ(cut_by(type("date")), "d date");
  entity_.columns_are_complete = true;
  EXPECT_EQ(cut_by(type("date")), "none");
}

TEST_F(Landing, OfAStoreIsTheNamedColumnElseTheLastOfTheKeyElseTheFirst) {
  const std::vector<ColumnSpec> two = {{.name = "text", .from = "shop"},
                                       {.name = "number", .from = "shop", .type = type("int64")}};
  EXPECT_EQ(stores_of(two), "text text");
  EXPECT_EQ(stores_of(two, {{{"number", type("int64")}, {"text", Type{}}}}), "number int64");
  entity_.write.key = {"text", "number"};
  EXPECT_EQ(stores_of(two), "number int64");
  entity_.store_column = "text";
  EXPECT_EQ(stores_of(two), "text text");
}

// Its values name no stores, and the plan refuses it.
TEST_F(Landing, OfAStoreInATypeThatNamesNoneIsItsText) {
  EXPECT_EQ(stores_of({{.name = "shop", .type = type("date")}}), " text");
}

TEST_F(Landing, InATableThatAnotherEntityMakesIsWhatThatOneDeclares) {
  const Schema of_text = columns_to_make(entity_);
  ASSERT_EQ(of_text.fields.size(), 3U);
  EXPECT_EQ(of_text.fields[0].type, Type{});
  EXPECT_EQ(of_text.fields[1].type, type("date"));
  entity_.read.file_options.format = FileFormat::kParquet;
  EXPECT_EQ(columns_to_make(entity_).fields.size(), 2U);
}

}  // namespace
}  // namespace decant
