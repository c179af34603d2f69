#include "common/connector/adapters/adapters.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "tests/support/temp_folder.h"

namespace decant {
namespace {

using ::testing::HasSubstr;

TEST(Adapters, ADuckDbFileMayBeToldHowMuchOfTheMachineItMayUse) {
  const test::TempFolder folder;
  const auto target =
      open_target("duckdb:a.duckdb?memory_limit=100MB&threads=1", folder.path(), "decant");
  ASSERT_TRUE(target) << target.error().to_string();
  const auto set = (*target)->sql().query(
      "SELECT current_setting('memory_limit'), current_setting('threads')");
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_EQ(set->front()[0], "95.3 MiB");
  EXPECT_EQ(set->front()[1], "1");
  EXPECT_TRUE(std::filesystem::exists(folder / "a.duckdb"));
  EXPECT_EQ((*target)->identity().database, folder / "a.duckdb");
}

TEST(Adapters, AnOptionOfATargetThatIsNotKnownIsNamed) {
  const test::TempFolder folder;
  const auto mistyped = open_target("duckdb:a.duckdb?memry_limit=1GB", folder.path(), "decant");
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().code, ErrorCode::kUsage);
  EXPECT_THAT(mistyped.error().to_string(), HasSubstr("Did you mean memory_limit?"));
  for (const char* options : {"?threads=many", "?threads=0", "?memory_limit=", "?x"}) {
    EXPECT_FALSE(open_target(std::string("duckdb:a.duckdb") + options, folder.path(), "decant"))
        << options;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a.duckdb"));
}

TEST(Adapters, ASchemeThatNobodyServesIsNamed) {
  const auto target = open_target("oracle://x", "/", "decant");
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().to_string(), HasSubstr("unknown scheme \"oracle\""));
}

}  // namespace
}  // namespace decant
