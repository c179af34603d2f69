#include "common/job/shown_path.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(ShownPath, BelowTheJobsFolderIsRelativeToIt) {
  EXPECT_EQ(shown_path("/jobs/shop/data/A/2024-01.csv", "/jobs/shop", "data/{store}/{month}.csv"),
            "data/A/2024-01.csv");
  EXPECT_EQ(shown_path("/jobs/shop/sales.csv", "/jobs/shop/", "sales.csv"), "sales.csv");
}

TEST(ShownPath, ElsewhereBeginsWhereFilesAreToldApart) {
  EXPECT_EQ(shown_path("/mnt/pos/A/2024-01.csv", "/jobs/shop", "/mnt/pos/{store}/{month}.csv"),
            "A/2024-01.csv");
  EXPECT_EQ(shown_path("/mnt/pos/A/x/2024-01.csv", "/jobs/shop", "/mnt/pos/*/x/2024-01.csv"),
            "A/x/2024-01.csv");
  EXPECT_EQ(shown_path("/mnt/pos/sales.csv", "/jobs/shop", "/mnt/pos/sales.csv"), "sales.csv");
}

TEST(ShownPath, InAStoresFolderTheFolderIsShownToo) {
  EXPECT_EQ(shown_path("/mnt/pos/A/2024-01.csv", "/jobs/shop", "{month}.csv"), "A/2024-01.csv");
  EXPECT_EQ(shown_path("/mnt/pos/A/2024-01.csv", "/jobs/shop", "{store}/{month}.csv"),
            "pos/A/2024-01.csv");
  EXPECT_EQ(shown_path("/A.csv", "/jobs/shop", "../../{store}.csv"), "A.csv");
}

TEST(ShownPath, AFolderThatOnlyBeginsLikeTheJobsIsAnother) {
  EXPECT_EQ(shown_path("/jobs/shop2/A.csv", "/jobs/shop", "{store}.csv"), "shop2/A.csv");
}

}  // namespace
}  // namespace decant
