// Types whose texts do not say what a value is, by the names that DuckDB gives to types.
#include "common/job/foreign_type.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(ForeignType, AUnionIsFoundAtAnyDepthAndNotInNames) {
  EXPECT_TRUE(has_union("UNION(n INTEGER, s VARCHAR)"));
  EXPECT_TRUE(has_union("MAP(VARCHAR, STRUCT(u UNION(n INTEGER)))"));
  EXPECT_FALSE(has_union("STRUCT(\"UNION(\" INTEGER)"));
  EXPECT_FALSE(has_union("STRUCT(variant VARIANT)"));
}

TEST(ForeignType, AVariantIsFoundAtAnyDepth) {
  for (const char* type :
       {"VARIANT", "VARIANT[]", "VARIANT[2][]", "STRUCT(a INTEGER, b VARIANT)",
        "MAP(VARCHAR, VARIANT)", "STRUCT(VARIANT, INTEGER)", "STRUCT(INTEGER, VARIANT)",
        "STRUCT(VARIANT VARIANT)", "STRUCT(variant STRUCT(\"a\"\"b\" VARIANT[]))[]"}) {
    EXPECT_TRUE(has_variant(type)) << type;
  }
}

TEST(ForeignType, ANameThatIsVariantIsNoVariant) {
  for (const char* type : {"STRUCT(variant INTEGER)", "STRUCT(VARIANT INTEGER, b VARCHAR)",
                           "STRUCT(\"My VARIANT\" INTEGER)", "ENUM('VARIANT', 'VARIANT,')",
                           "STRUCT(MY_VARIANT INTEGER)", "VARIANTS", "NO_VARIANT", ""}) {
    EXPECT_FALSE(has_variant(type)) << type;
  }
}

TEST(ForeignType, AnIntervalIsFoundAtAnyDepthAndNotInNames) {
  for (const char* type : {"INTERVAL", "INTERVAL[]", "STRUCT(a INTERVAL)", "MAP(INTERVAL, DATE)"})
    EXPECT_TRUE(has_interval(type)) << type;
  EXPECT_FALSE(has_interval("STRUCT(\"INTERVAL\" INTEGER, e ENUM('INTERVAL'))"));
}

}  // namespace
}  // namespace decant
