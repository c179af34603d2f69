#include "coordinator/control/counted_columns.h"

#include <gmock/gmock.h>

namespace decant::testing {
namespace {

using ::testing::HasSubstr;

class CountedColumns : public ::testing::Test {
 protected:
  CountedColumns() {
    plan_.entity = "sales";
    plan_.source_time = "d";
    plan_.range_column = "day";
    plan_.source_store = "shop";
    plan_.store_column = "store";
    plan_.columns = {{.name = "raw", .type = Type{}, .from = "d"},
                     {.name = "day", .type = {TypeKind::kDate}, .from = "d"},
                     {.name = "store", .type = {TypeKind::kInt64}, .from = "shop"}};
  }

  // With what a census of one of two stores says.
  Status check(std::optional<CountedAs> range, std::optional<CountedAs> store) const {
    StoreCensus same{"a", {}};
    same.census.range = CountedAs{"day", {TypeKind::kDate}};
    StoreCensus other{"b", {}};
    other.census.range = std::move(range);
    other.census.store = std::move(store);
    return check_counted_columns(plan_, {same, other});
  }

  EntityPlan plan_;
};

TEST_F(CountedColumns, ThatThePlanFindsRowsByAreTaken) {
  EXPECT_TRUE(check(std::nullopt, std::nullopt));
  EXPECT_TRUE(check(CountedAs{"day", {TypeKind::kDate}}, CountedAs{"store", {TypeKind::kInt64}}));
}

TEST_F(CountedColumns, OfAnotherNameAreRefusedWithBothNames) {
  const Status refused = check(CountedAs{"raw", {TypeKind::kTimestamp}}, std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUsage);
  EXPECT_EQ(refused.error().to_string(),
            "The rows of sales were counted by what \"d\" gives in \"raw\" as timestamp, and the "
            "plan finds them in \"day\" as date, so that a run could miss some of them. Declare "
            "the type of \"day\" under \"columns\" of sales, and list it before the others that "
            "\"d\" feeds.");
}

TEST_F(CountedColumns, OfAnotherTypeAreRefused) {
  const Status day = check(CountedAs{"day", {TypeKind::kTimestamp}}, std::nullopt);
  ASSERT_FALSE(day);
  EXPECT_THAT(day.error().to_string(), HasSubstr("\"day\" as timestamp, and the plan finds"));
  const Status store = check(std::nullopt, CountedAs{"store", Type{}});
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error().to_string(),
              HasSubstr("by what \"shop\" gives in \"store\" as text, and the plan finds them in "
                        "\"store\" as int64"));
}

// An entity whose source has no such column belongs to no store, and its rows have no months.
TEST_F(CountedColumns, DoNotMatterWhereThePlanFindsRowsByNone) {
  plan_.range_column.clear();
  EXPECT_TRUE(check_counted_columns(plan_, {}));
  plan_.store_column.clear();
  EXPECT_TRUE(check(CountedAs{"raw", Type{}}, CountedAs{"store", Type{}}));
}

}  // namespace
}  // namespace decant::testing
