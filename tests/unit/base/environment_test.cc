#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/base/secrets.h"

namespace decant {
namespace {

class DotEnv : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("decant-env-" + std::to_string(::testing::UnitTest::GetInstance()->random_seed()) +
               "-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& text) {
    const std::string path = (folder_ / ".env").string();
    std::ofstream(path) << text;
    return path;
  }
  std::filesystem::path folder_;
};

TEST_F(DotEnv, ReadsPlainQuotedAndExportedValues) {
  const auto environment = Environment::load(
      write("# shops\nexport DECANT_T_A=one # first\n"
            "DECANT_T_B='two $x # no'\r\n\nDECANT_T_C=\"th\\\"ree\\n\"\nDECANT_T_D=\n"));
  ASSERT_TRUE(environment.has_value());
  EXPECT_EQ(*environment->find("DECANT_T_A"), "one");
  EXPECT_EQ(*environment->find("DECANT_T_B"), "two $x # no");
  EXPECT_EQ(*environment->find("DECANT_T_C"), "th\"ree\n");
  EXPECT_EQ(*environment->find("DECANT_T_D"), "");
  EXPECT_EQ(environment->find("DECANT_T_E"), nullptr);
}

TEST_F(DotEnv, TheProcessEnvironmentWins) {
  setenv("DECANT_T_WINS", "process", 1);
  const auto environment = Environment::load(write("DECANT_T_WINS=file\n"));
  unsetenv("DECANT_T_WINS");
  EXPECT_EQ(*environment->find("DECANT_T_WINS"), "process");
}

TEST_F(DotEnv, AbsentFileIsNoError) {
  EXPECT_TRUE(Environment::load((folder_ / "none").string()).has_value());
}

TEST_F(DotEnv, ABadLineIsNamedByNumberAndNotShown) {
  const auto environment = Environment::load(write("A=1\nhunter2 hunter3\n"));
  ASSERT_FALSE(environment.has_value());
  EXPECT_EQ(environment.error().code, ErrorCode::kUsage);
  EXPECT_NE(environment.error().message.find("line 2"), std::string::npos);
  EXPECT_EQ(environment.error().to_string().find("hunter"), std::string::npos);
  EXPECT_FALSE(Environment::load(write("A='open\n")).has_value());
}

const Environment k_empty{std::map<std::string, std::string>{}};

TEST(Expand, ReplacesNamesAndDefaults) {
  const Environment environment({{"USER", "ana"}, {"EMPTY", ""}});
  EXPECT_EQ(environment.expand("u=${USER};p=${PASS:-none};${EMPTY:-x}${EMPTY}").value(),
            "u=ana;p=none;x");
  EXPECT_EQ(environment.expand("${NONE:-${USER:-nobody}}").value(), "ana");
  EXPECT_EQ(environment.expand("${NONE:-duckdb:data/v.duckdb}").value(), "duckdb:data/v.duckdb");
}

TEST(Expand, TwoDollarsAreOneAndALoneOneStays) {
  const Environment environment{std::map<std::string, std::string>{{"A", "1"}}};
  EXPECT_EQ(environment.expand("$${A} ^[0-9]+$ $A").value(), "${A} ^[0-9]+$ $A");
}

TEST(Expand, AMissingNameIsNamed) {
  const auto missing = k_empty.expand("x=${POS_PASSWORD}");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kUsage);
  EXPECT_NE(missing.error().message.find("POS_PASSWORD"), std::string::npos);
}

TEST(Expand, RefusesWhatIsNotClosedOrNoName) {
  EXPECT_FALSE(k_empty.expand("${A").has_value());
  EXPECT_FALSE(k_empty.expand("${A B}").has_value());
  std::string deep;
  for (int i = 0; i < 50; ++i) deep += "${A:-";
  deep += std::string(50, '}');
  EXPECT_FALSE(k_empty.expand(deep).has_value());
}

}  // namespace
}  // namespace decant
