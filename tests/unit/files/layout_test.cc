#include "common/connector/files/layout.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
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

TEST_F(Layout, GlobsMatchNamesInOrder) {
  for (const char* name : {"b.csv", "a.csv", "c.txt", ".hidden.csv", "sub/d.csv"}) write(name, "x");
  EXPECT_THAT(find("*"), ElementsAre("a.csv", "b.csv", "c.txt")) << "and no folder";
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

TEST_F(Layout, AMatchingNameThatCannotBeReadIsNotPassedOver) {
  write("a.csv", "x");
  const auto complaint = [&](const std::string& path_template) {
    const auto found = find_files(path_template, folder_, nullptr, {});
    return found ? "none" : found.error().message;
  };
  EXPECT_EQ(complaint("*.csv"), "none");
  write("spark.csv/part", "x");
  EXPECT_THAT(complaint("*.csv"), HasSubstr("spark.csv is a folder and no file"));
  EXPECT_EQ(complaint("[a]*.csv"), "none");
  ASSERT_EQ(::mkfifo((folder_ + "/pipe.txt").c_str(), 0600), 0);
  EXPECT_THAT(complaint("*.txt"), HasSubstr("pipe.txt is no plain file"));
  write("t_\xf1.dat", "x");
  EXPECT_THAT(complaint("t_?.dat"), HasSubstr("t_\\xf1.dat has a name that is not UTF-8"));
  EXPECT_EQ(complaint("u_*.dat"), "none");
  ASSERT_EQ(::symlink("gone", (folder_ + "/share").c_str()), 0);
  EXPECT_THAT(complaint("share/*.csv"), HasSubstr("share is a link to a folder that is not there"));
  EXPECT_THAT(complaint("s*e/a.csv"), HasSubstr("share is a link to a folder that is not there"));
}

TEST_F(Layout, ANameThatSaysNoDateIsNotPassedOver) {
  const auto complaint = [&](const std::string& path_template) {
    const auto found = find_files(path_template, folder_, nullptr, {});
    return found ? "none" : found.error().message;
  };
  for (const char* name : {"v_2024-13.csv", "2024/02/30.txt", "2023/w_2024-08.csv"})
    write(name, "x");
  EXPECT_THAT(complaint("v_{month}.csv"), HasSubstr("v_2024-13.csv names a date that does not"));
  EXPECT_THAT(complaint("{year}/{mm}/{day}.txt"), HasSubstr("30.txt names a date"));
  EXPECT_THAT(complaint("{year}/w_{month}.csv"), HasSubstr("or two months, days or stores"));
}

TEST_F(Layout, MonthsAreReadOutOfNames) {
  for (const char* name : {"v_2024-07.csv", "v_2024-08.csv.gz", "v_latest.csv"}) write(name, "x");
  EXPECT_THAT(find("v_{month}.csv*"),
              ElementsAre("v_2024-07.csv=2024-07", "v_2024-08.csv.gz=2024-08"));
  EXPECT_THAT(find("v_{month}.csv*", days("2024-08", "2024-09")),
              ElementsAre("v_2024-08.csv.gz=2024-08"));
  EXPECT_THAT(find("v_{month}.csv*", days("2024-08-31", "2024-08-31")),
              ElementsAre("v_2024-08.csv.gz=2024-08"));
  EXPECT_THAT(find("v_{month}.csv*", days("2024-09", "")), IsEmpty());
}

TEST_F(Layout, YearMonthAndDayMayStandInFoldersAndNames) {
  for (const char* name : {"2024/08/31.csv", "2024/09/01.csv", "2023/08/01.csv"}) write(name, "x");
  EXPECT_THAT(
      find("{year}/{mm}/{day}.csv"),
      ElementsAre("2023/08/01.csv=2023-08", "2024/08/31.csv=2024-08", "2024/09/01.csv=2024-09"));
  EXPECT_THAT(find("{year}/{mm}/{day}.csv", days("2024-08-31", "2024-08-31")),
              ElementsAre("2024/08/31.csv=2024-08"));
}

TEST_F(Layout, MonthsAndDaysOfOneDigitAreReadWhereTheyStandApart) {
  for (const char* name : {"year=2024/month=1/a.csv", "year=2024/month=10/a.csv", "20241.csv"})
    write(name, "x");
  EXPECT_THAT(find("year={year}/month={mm}/*.csv"),
              ElementsAre("year=2024/month=1/a.csv=2024-01", "year=2024/month=10/a.csv=2024-10"));
  EXPECT_THAT(find("{year}{mm}.csv"), IsEmpty()) << "1 and 11 could be 11 and 1";
}

// A wildcard before it would else leave it one.
TEST_F(Layout, AMonthOrDayOfTwoDigitsIsTakenWhole) {
  for (const char* name : {"m/a1.csv", "m/a11.csv", "m/a12.csv", "m/x11y2.csv", "n/b110.csv"})
    write("2024/" + std::string(name), "x");
  EXPECT_THAT(find("{year}/m/*{mm}.csv"),
              ElementsAre("2024/m/a1.csv=2024-01", "2024/m/a11.csv=2024-11",
                          "2024/m/a12.csv=2024-12", "2024/m/x11y2.csv=2024-02"));
  EXPECT_THAT(find("{year}/m/*{mm}*.csv"), find("{year}/m/*{mm}.csv"));
  EXPECT_THAT(find("{year}/m/*{mm}.csv", days("2024-11", "2024-11")),
              ElementsAre("2024/m/a11.csv=2024-11"));
  EXPECT_THAT(find("{year}/m/[a]*{mm}.csv", days("2024-11", "")),
              ElementsAre("2024/m/a11.csv=2024-11", "2024/m/a12.csv=2024-12"));
  for (const char* pattern : {"{year}/n/*?{mm}.csv", "{year}/n/*[0-9]{mm}.csv",
                              "{year}/n/*1{mm}.csv", "{year}/n/b?{mm}.csv", "{year}/n/b1{mm}.csv"})
    EXPECT_THAT(find(pattern), ElementsAre("2024/n/b110.csv=2024-10")) << pattern;
  // As many signs as the pattern says are no part of a number that it names.
  EXPECT_THAT(find("{year}/m/a1{mm}.csv"),
              ElementsAre("2024/m/a11.csv=2024-01", "2024/m/a12.csv=2024-02"));
  EXPECT_THAT(find("{year}/m/a?{mm}.csv"), find("{year}/m/a1{mm}.csv"));
}

TEST_F(Layout, DaysBehindAWildcardAreTakenWholeToo) {
  for (const char* name : {"2024-01/a15.csv", "2024-01/a25.csv", "2024-01/a5.csv", "20241.txt",
                           "202411.txt", "2024_m11d12.tsv"})
    write(name, "x");
  EXPECT_THAT(find("{month}/*{day}.csv", days("2024-01-15", "2024-01-15")),
              ElementsAre("2024-01/a15.csv=2024-01"));
  const auto found = find_files("{month}/*{day}.csv", folder_, nullptr, {});
  ASSERT_TRUE(found);
  std::vector<std::int64_t> first_days;
  for (const FoundFile& file : *found)
    first_days.push_back(*file.days.begin - *found->back().days.begin);
  EXPECT_THAT(first_days, ElementsAre(10, 20, 0));
  EXPECT_THAT(find("{year}*{mm}.txt"), ElementsAre("20241.txt=2024-01", "202411.txt=2024-11"));
  const auto both = find_files("{year}*{mm}*{day}.tsv", folder_, nullptr, {});
  ASSERT_TRUE(both);
  EXPECT_EQ((*both)[0].days.begin, days("2024-11-12", "2024-11-12").begin);
}

TEST_F(Layout, ANumberThatCouldBePartedInTwoWaysIsNotPassedOver) {
  write("2024/112.csv", "x");
  const auto found = find_files("{year}/{mm}*{day}.csv", folder_, nullptr, {});
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("112.csv does not say where its month or day"));
}

TEST_F(Layout, TwoStarsAreRefused) {
  const auto found = find_files("data/**/*.csv", folder_, nullptr, {});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kUsage);
  EXPECT_THAT(found.error().message, HasSubstr("no pattern crosses folders"));
}

TEST_F(Layout, ADayOnItsOwnIsAWholeDate) {
  for (const char* name : {"2011-07-21.csv", "2011-08-01.csv"}) write(name, "x");
  EXPECT_THAT(find("{day}.csv", days("2011-08", "2011-08")), ElementsAre("2011-08-01.csv=2011-08"));
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

TEST_F(Layout, ASignInBracketsIsThatSign) {
  for (const char* name : {"d1/a.csv", "d[1]/a.csv", "{month}*/a.csv", "2024-08x/a.csv"})
    write(name, "x");
  EXPECT_THAT(find("d[[]1]/*.csv"), ElementsAre("d[1]/a.csv"));
  EXPECT_THAT(find("[{]month}[*]/a.csv"), ElementsAre("{month}*/a.csv"));
  // And a plain path of such signs is one file, which has to be there.
  const auto missing = find_files("d[[]2]/a.csv", folder_, nullptr, {});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("d[2]/a.csv"));
}

TEST_F(Layout, AFolderThatAStoreSaysMayBeAbsolute) {
  write("x/a.csv", "x");
  StoreSpec store;
  store.name = "/x";
  store.values["dir"] = folder_ + "/x";
  const auto found = find_files("{dir}/*.csv", "/nowhere", &store, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 1U);
  EXPECT_THAT(find("{store}/*.csv", {}, &store), ElementsAre("x/a.csv"));
}

}  // namespace
}  // namespace decant::testing
