#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/tidy/rules.h"
#include "tests/tidy/source_tree.h"

namespace decant::tidy {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> k_tree = read_tree(DECANT_SOURCE_DIR);
  return k_tree;
}

TEST(Tree, IncludesPointDownTheLayers) { EXPECT_THAT(check_layers(tree()), IsEmpty()); }
TEST(Tree, VendorHeadersStayInTheirAdapters) {
  EXPECT_THAT(check_vendor_headers(tree()), IsEmpty());
}
TEST(Tree, NoFileIsLongerThanFourHundredLines) { EXPECT_THAT(check_length(tree()), IsEmpty()); }
TEST(Tree, NamesNoPathOfTheMachineItWasWrittenOn) {
  EXPECT_THAT(check_machine_paths(tree()), IsEmpty());
}
TEST(Tree, LeavesNothingMarkedAsUnfinished) {
  EXPECT_THAT(check_unfinished_marks(tree()), IsEmpty());
}
TEST(Tree, EachTopFolderHasAReadme) { EXPECT_THAT(check_readmes(tree()), IsEmpty()); }

// The rest shows that each rule sees what it is there for, and lets pass what it should.

Violations layers_of(const std::string& path, const std::string& include) {
  return check_layers({source_file(path, "#pragma once\n#include \"" + include + "\"\n")});
}

Violations vendors_of(const std::string& path, const std::string& include) {
  return check_vendor_headers({source_file(path, "#include <" + include + ">\n")});
}

TEST(TidyRules, AnIncludeThatPointsUpIsFoundWithItsPlace) {
  const Violations found = layers_of("common/value/batch.h", "common/job/slice.h");
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].path, "common/value/batch.h");
  EXPECT_EQ(found[0].line_number, 2u);
  EXPECT_THAT(found[0].why, HasSubstr("must not see common/job/"));
}

TEST(TidyRules, CoordinatorAndWorkerDoNotSeeEachOther) {
  EXPECT_THAT(layers_of("coordinator/plan/plan.h", "worker/agent/agent.h"), SizeIs(1));
  EXPECT_THAT(layers_of("worker/main.cc", "coordinator/plan/plan.h"), SizeIs(1));
  EXPECT_THAT(layers_of("worker/main.cc", "worker/agent/agent.h"), IsEmpty());
}

TEST(TidyRules, TheProductDoesNotSeeItsTests) {
  EXPECT_THAT(layers_of("common/ledger/ledger.h", "tests/support/temp.h"), SizeIs(1));
  EXPECT_THAT(layers_of("worker/main.cc", "bench/clock.h"), SizeIs(1));
  EXPECT_THAT(layers_of("tests/unit/value/a_test.cc", "common/value/batch.h"), IsEmpty());
}

TEST(TidyRules, AnAdapterIsNamedOnlyWhereAdaptersAreChosen) {
  const std::string copy = "common/connector/postgres/copy.h";
  EXPECT_THAT(layers_of("common/connector/files/csv.cc", copy), SizeIs(1));
  EXPECT_THAT(layers_of("common/ledger/ledger.cc", copy), SizeIs(1));
  EXPECT_THAT(layers_of("worker/pipeline/task.cc", copy), SizeIs(1));
  EXPECT_THAT(layers_of("common/connector/postgres/source.cc", copy), IsEmpty());
  EXPECT_THAT(layers_of("common/connector/adapters/adapters.cc", copy), IsEmpty());
  EXPECT_THAT(layers_of("worker/main.cc", "common/connector/adapters/adapters.h"), IsEmpty());
  EXPECT_THAT(layers_of("common/connector/files/csv.cc", "common/connector/source.h"), IsEmpty());
}

TEST(TidyRules, AnIncludeThatIsNotRelativeToTheRootIsFound) {
  EXPECT_THAT(layers_of("common/value/batch.cc", "batch.h"), SizeIs(1));
  EXPECT_THAT(layers_of("common/value/batch.cc", "../base/result.h"), SizeIs(1));
}

TEST(TidyRules, AVendorHeaderIsAllowedInItsAdapterOnly) {
  EXPECT_THAT(vendors_of("common/connector/postgres/session.cc", "libpq-fe.h"), IsEmpty());
  EXPECT_THAT(vendors_of("common/ledger/postgres/ledger.cc", "libpq-fe.h"), SizeIs(1));
  EXPECT_THAT(vendors_of("common/connector/duckdb/session.cc", "duckdb.h"), IsEmpty());
  EXPECT_THAT(vendors_of("common/connector/duckdb/session.cc", "duckdb.hpp"), SizeIs(1));
  EXPECT_THAT(vendors_of("worker/agent/agent.cc", "zmq.hpp"), SizeIs(1));
  EXPECT_THAT(vendors_of("worker/agent/agent.cc", "decant/v1/task.pb.h"), SizeIs(1));
  EXPECT_THAT(vendors_of("common/wire/codec.cc", "decant/v1/task.pb.h"), IsEmpty());
  EXPECT_THAT(vendors_of("coordinator/plan/plan.cc", "gtest/gtest.h"), SizeIs(1));
  EXPECT_THAT(vendors_of("tests/unit/plan/plan_test.cc", "gtest/gtest.h"), IsEmpty());
  EXPECT_THAT(vendors_of("coordinator/plan/plan.cc", "vector"), IsEmpty());
}

TEST(TidyRules, TheLineAfterTheFourHundredthIsOneTooMany) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "int x;\n";
  EXPECT_THAT(check_length({source_file("common/a.cc", text)}), IsEmpty());
  EXPECT_THAT(check_length({source_file("common/a.cc", text + "int x;\n")}), SizeIs(1));
  EXPECT_THAT(check_length({source_file("docs/long.md", text + text)}), IsEmpty());
}

TEST(TidyRules, AMachinePathIsFoundAndAnOrdinaryOneIsNot) {
  const std::string machine = std::string("/wo") + "rk/main/x";
  EXPECT_THAT(check_machine_paths({source_file("docs/a.md", "see `" + machine + "`\n")}),
              SizeIs(1));
  EXPECT_THAT(check_machine_paths({source_file("docs/a.md", "framework/x and net/work/x\n")}),
              IsEmpty());
}

TEST(TidyRules, AMarkOfUnfinishedCodeIsFound) {
  const std::string mark = std::string("TO") + "DO";
  EXPECT_THAT(check_unfinished_marks({source_file("common/a.cc", "// " + mark + ": later\n")}),
              SizeIs(1));
  EXPECT_THAT(check_unfinished_marks({source_file("common/a.cc", "int k" + mark + "s;\n")}),
              IsEmpty());
}

TEST(TidyRules, AViolationPlantedInATreeOnDiskIsFound) {
  namespace fs = std::filesystem;
  const fs::path root = fs::path(::testing::TempDir()) / "decant_tidy_planted";
  fs::remove_all(root);
  fs::create_directories(root / "common/base");
  std::ofstream(root / "common/base/text.h") << "#include \"worker/agent/agent.h\"\n";
  std::ofstream(root / "common/README.md") << "What lives here.\n";
  const std::vector<SourceFile> planted = read_tree(root);
  EXPECT_THAT(check_layers(planted), ElementsAre(Field(&Violation::path, "common/base/text.h")));
  EXPECT_THAT(check_readmes(planted), SizeIs(top_folders().size() - 1));
  fs::remove_all(root);
}

TEST(TidyRules, TheTreeThatIsCheckedIsTheWholeOne) {
  const auto has = [](const std::string& path) {
    return std::any_of(tree().begin(), tree().end(),
                       [&](const SourceFile& file) { return file.path == path; });
  };
  for (const char* path :
       {"CMakeLists.txt", "common/base/result.h", "tests/tidy/tidy_test.cc", ".ci/run"}) {
    EXPECT_TRUE(has(path)) << path;
  }
}

}  // namespace
}  // namespace decant::tidy
