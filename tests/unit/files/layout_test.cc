#include "common/connector/files/layout.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/files/file_fixture.h"

namespace decant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Layout : public FileTest {
 protected:
  // Names under the folder with the period and the store that was read out of them.
  std::vector<std::string> find(const std::string& path_template, const DayRange& days = {},
                                const StoreSpec* store = nullptr) {
    auto found = find_files(path_template, folder_, store, days);
    if (!found) {
      ADD_FAILURE() << found.error().to_string();
      return {};
    }
    std::vector<std::string> out;
    for (const FoundFile& file : *found) {
      out.push_back(file.path.substr(folder_.size() + 1) +
                    (file.period.empty() ? "" : "=" + file.period) +
                    (file.store.empty() ? "" : "@" + file.store));
    }
    return out;
  }

  static DayRange days(std::string_view from, std::string_view to) {
    return *parse_day_range(from, to);
  }
};

TEST_F(Layout, GlobsMatchNamesInOrderAndNotFolders) {
  for (const char* name : {"b.csv", "a.csv", "c.txt", ".hidden.csv", "sub/d.csv", "folder.csv/x"})
    write(name, "x");
  EXPECT_THAT(find("*.csv"), ElementsAre("a.csv", "b.csv"));
  EXPECT_THAT(find("[!a].csv"), ElementsAre("b.csv"));
  EXPECT_THAT(find("[a-b].*"), ElementsAre("a.csv", "b.csv"));
  EXPECT_THAT(find("?.txt"), ElementsAre("c.txt"));
  EXPECT_THAT(find("*/*.csv"), ElementsAre("sub/d.csv"));
}

TEST_F(Layout, AMatchingLinkToNothingIsNotPassedOver) {
  write("a.csv", "x");
  ASSERT_EQ(::symlink("gone", (folder_ + "/b.csv").c_str()), 0);
  const auto found = find_files("*.csv", folder_, nullptr, {});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().to_string(), HasSubstr("b.csv is a link to a file that is not there"));
}

TEST_F(Layout, MonthsAreReadOutOfNames) {
  for (const char* name : {"v_2024-07.csv", "v_2024-08.csv.gz", "v_2024-13.csv", "v_latest.csv"})
    write(name, "x");
  EXPECT_THAT(find("v_{month}.csv*"),
              ElementsAre("v_2024-07.csv=2024-07", "v_2024-08.csv.gz=2024-08"));
  EXPECT_THAT(find("v_{month}.csv*", days("2024-08", "2024-09")),
              ElementsAre("v_2024-08.csv.gz=2024-08"));
  EXPECT_THAT(find("v_{month}.csv*", days("2024-08-31", "2024-08-31")),
              ElementsAre("v_2024-08.csv.gz=2024-08"));
  EXPECT_THAT(find("v_{month}.csv*", days("2024-09", "")), IsEmpty());
}

TEST_F(Layout, YearMonthAndDayMayStandInFoldersAndNames) {
  for (const char* name : {"2024/08/31.csv", "2024/09/01.csv", "2023/08/01.csv", "2024/02/30.csv"})
    write(name, "x");
  EXPECT_THAT(
      find("{year}/{mm}/{day}.csv"),
      ElementsAre("2023/08/01.csv=2023-08", "2024/08/31.csv=2024-08", "2024/09/01.csv=2024-09"));
  EXPECT_THAT(find("{year}/{mm}/{day}.csv", days("2024-08-31", "2024-08-31")),
              ElementsAre("2024/08/31.csv=2024-08"));
}

TEST_F(Layout, ADayOnItsOwnIsAWholeDate) {
  for (const char* name : {"2011-07-21.csv", "2011-08-01.csv"}) write(name, "x");
  EXPECT_THAT(find("{day}.csv", days("2011-08", "2011-08")), ElementsAre("2011-08-01.csv=2011-08"));
}

TEST_F(Layout, PlaceholdersThatContradictEachOtherAreNoMatch) {
  for (const char* name : {"2024/v_2024-08.csv", "2023/v_2024-08.csv"}) write(name, "x");
  EXPECT_THAT(find("{year}/v_{month}.csv"), ElementsAre("2024/v_2024-08.csv=2024-08"));
}

TEST_F(Layout, StoreValuesAreTakenLiterally) {
  for (const char* name : {"tienda_01/a.csv", "tienda_02/a.csv", "x*/7.csv", "xy/7.csv"})
    write(name, "x");
  StoreSpec store;
  store.name = "tienda_01";
  store.values["carpeta"] = "x*";
  store.values["code"] = "7";
  EXPECT_THAT(find("{store}/*.csv", {}, &store), ElementsAre("tienda_01/a.csv"));
  EXPECT_THAT(find("{carpeta}/{code}.csv", {}, &store), ElementsAre("x*/7.csv"));
}

TEST_F(Layout, WithoutAStoreItsNameIsReadOutOfThePath) {
  for (const char* name : {"t1/v_2024-08.csv", "t2/v_2024-08.csv"}) write(name, "x");
  EXPECT_THAT(find("{store}/v_{month}.csv"),
              ElementsAre("t1/v_2024-08.csv=2024-08@t1", "t2/v_2024-08.csv=2024-08@t2"));
}

TEST_F(Layout, OnlyAPlainPathThatIsMissingIsAnError) {
  EXPECT_THAT(find("none_{month}.csv"), IsEmpty());
  EXPECT_THAT(find("no/such/folder/*.csv"), IsEmpty());
  const auto plain = find_files("none.csv", folder_, nullptr, {});
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, ErrorCode::kNotFound);
  // With the store's name filled in it is one file too, and a store that lacks it is told.
  StoreSpec store;
  store.name = "tienda_01";
  const auto of_store = find_files("{store}.csv", folder_, &store, {});
  ASSERT_FALSE(of_store);
  EXPECT_EQ(of_store.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(find("{store}_{month}.csv", {}, &store), IsEmpty());
}

TEST_F(Layout, AnUnknownPlaceholderIsNamedWithTheNearestOne) {
  const auto found = find_files("{mont}.csv", folder_, nullptr, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_THAT(found.error().message, HasSubstr("{mont}"));
  EXPECT_THAT(found.error().advice, HasSubstr("{month}"));
}

TEST_F(Layout, AnAbsoluteTemplateLeavesTheFolderOut) {
  const std::string path = write("a.csv", "x");
  const auto found = find_files(folder_ + "/*.csv", "/nowhere", nullptr, {});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().path, path);
}

}  // namespace
}  // namespace decant::testing
