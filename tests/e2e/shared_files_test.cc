// Files that would be read for two stores, or twice for one, are refused before anything is loaded.
#include <filesystem>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class SharedFiles : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(Engine::kDuckDb));
  }
  void write_job(const std::string& stores, const std::string& files) {
    write("job.yaml", "job: shared\ntarget: ${DECANT_TARGET}\nstores: { " + stores +
                          " }\nentities:\n  sales:\n    read: { files: \"" + files +
                          "\" }\n    write: { table: sales }\n    columns: { shop: { constant: "
                          "\"{store}\" }, id: int64 }\n");
  }
  void write_rows(const std::string& file) { write(file, "id\n1\n"); }
  void expect_refused(const Words& more, const std::string& words) {
    const Outcome outcome = run(more);
    EXPECT_THAT(outcome, ExitsWith(2));
    EXPECT_THAT(outcome.err, HasSubstr(words));
    EXPECT_THAT(outcome.err, HasSubstr("its rows would land twice."));
  }
};

TEST_F(SharedFiles, AStoreWhoseNameBeginsLikeAnothersIsToldApart) {
  write_job("t_1: , t_10: ", "d/{store}*.csv");
  write_rows("d/t_1_2024-01.csv");
  write_rows("d/t_10_2024-01.csv");
  expect_refused({}, "d/t_10_2024-01.csv is by its name a file of the stores t_1");
  expect_refused({"--stores", "t_1"}, "of the stores t_1 and t_10");
  write_job("t_1: , t_10: ", "d/{store}_*.csv");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(shop, ' ' ORDER BY shop) FROM sales"), "t_1 t_10");
  write_job("t_1: , t_1_x: ", "d/{store}_*.csv");
  write_rows("d/t_1_x_2024-01.csv");
  expect_refused({"--stores", "t_1"}, "of the stores t_1 and t_1_x");
}

TEST_F(SharedFiles, AFileOfAStoreThatIsSwitchedOffIsNoOtherStores) {
  write_job("t_1: , t_10: { active: false }", "d/{store}*.csv");
  write_rows("d/t_1_2024-01.csv");
  EXPECT_THAT(run(), ExitsWith(0));
  write_rows("d/t_10_2024-01.csv");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("d/t_10_2024-01.csv is by its name a file of the stores t_1 "
                                     "and t_10, entity sales, which is not active"));
  write_job("t_1: , t_10: { active: false }", "d/{store}_*.csv");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT string_agg(shop, ' ' ORDER BY shop) FROM sales"), "t_1");
}

// Whichever way its folder is written, and with variables that only an active store needs.
TEST_F(SharedFiles, AStoreThatIsSwitchedOffHasItsFilesByWhateverNameOfItsFolder) {
  set_environment("DIR", "data");
  write_rows("data/t_1.csv");
  write_rows("data/t_10.csv");
  const auto expect_told = [&](const std::string& stores, const std::string& files) {
    SCOPED_TRACE(stores);
    write_job(stores, files);
    const Outcome refused = run();
    EXPECT_THAT(refused, ExitsWith(2));
    EXPECT_THAT(refused.err, HasSubstr("data/t_10.csv is by its name a file of the stores t_1 and "
                                       "t_10, entity sales, which is not active"));
  };
  for (const char* dir : {"data", "${DIR}", "./data", "data/", ".//data", "data/../data",
                          "${DIR}\", pw: \"${NOT_SET}"}) {
    expect_told("t_1: { dir: data }, t_10: { active: false, dir: \"" + std::string(dir) + "\" }",
                "{dir}/{store}*.csv");
    expect_told(
        "t_1: { source: data }, t_10: { active: false, source: \"" + std::string(dir) + "\" }",
        "{store}*.csv");
  }
  expect_told("t_1: { dir: \"${DIR}/.\" }, t_10: { active: false, dir: \"${DIR}\" }",
              "{dir}/{store}*.csv");
  expect_told("t_1: { source: ., dir: data }, t_10: { active: false, source: data, dir: . }",
              "{dir}/{store}*.csv");
  // The entity's own source, with a variable; and another name of the folder.
  std::filesystem::create_directory_symlink("data", path("also"));
  for (const char* sub : {"./", "../data/", "../also"}) {
    expect_told("t_1: { sub: . }, t_10: { active: false, sub: \"" + std::string(sub) + "\" }",
                "{store}*.csv\", source: \"${DIR}/{sub}");
  }
  set_environment("C1", "t_1");
  set_environment("C10", "t_10");
  expect_told("t_1: { code: \"${C1}\" }, t_10: { active: false, code: \"${C10}\" }",
              "data/{code}*.csv");
}

TEST_F(SharedFiles, TwoActiveStoresHaveTheirFilesByWhateverNameOfTheirFolder) {
  set_environment("DIR", "data");
  write_rows("data/t_1.csv");
  write_rows("data/t_10.csv");
  write_job("t_1: { source: data }, t_10: { source: \"${DIR}/\" }", "{store}*.csv");
  expect_refused({"--stores", "t_1"}, "t_10.csv is by its name a file of the stores t_1 and t_10");
}

TEST_F(SharedFiles, AStoreThatIsSwitchedOffNeedsNoVariableThatIsSet) {
  write_rows("data/t_1.csv");
  write_job(
      "t_1: { dir: data }, t_10: { active: false, dir: \"${NOT_SET}\", source: \"${NOR_THIS}\" }",
      "{dir}/{store}*.csv");
  EXPECT_THAT(run(), ExitsWith(0));
  // Nor do two that have one folder by two names share files which tell the stores apart.
  write_job("t_1: { dir: data }, t_10: { active: false, dir: ./data }", "{dir}/*.csv");
  EXPECT_THAT(run(), ExitsWith(0)) << "one was switched off so that the other has them all";
}

TEST_F(SharedFiles, ANameThatTwoStoresShareIsReadOnceOneIsSwitchedOff) {
  write_job("x: { source: a, code: s }, y: { source: a, code: s }", "{code}_*.csv");
  write_rows("a/s_1.csv");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("Stores \"x\" and \"y\" would read the same rows"));
  write_job("x: { source: a, code: s }, y: { source: a, code: s, active: false }", "{code}_*.csv");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_F(SharedFiles, OneFolderByTwoNamesIsOne) {
  write_rows("a/1.csv");
  for (const char* other : {"./a/", "b/../a", "b"}) {
    SCOPED_TRACE(other);
    if (*other == 'b') std::filesystem::create_directory_symlink("a", path("b"));
    write_job("x: { source: a }, y: { source: " + std::string(other) + " }", "*.csv");
    expect_refused({}, "read for the stores x and y, entity sales");
    std::filesystem::remove(path("b"));
  }
}

TEST_F(SharedFiles, AFileBesideALinkToItIsReadOnce) {
  write_rows("a/1.csv");
  std::filesystem::create_symlink("1.csv", path("a/latest.csv"));
  write_job("x: { source: a }", "*.csv");
  expect_refused({}, "a/latest.csv are one file, which is read twice for entity sales");
  std::filesystem::remove(path("a/1.csv"));
  write_rows("elsewhere/1.csv");
  std::filesystem::remove(path("a/latest.csv"));
  std::filesystem::create_symlink("../elsewhere/1.csv", path("a/latest.csv"));
  EXPECT_THAT(run(), ExitsWith(0)) << "a link alone is a file";
}

TEST_F(SharedFiles, AFileWithTwoNamesIsReadOnce) {
  write_rows("a/1.csv");
  write_job("x: { source: a }", "*.csv");
  std::filesystem::create_hard_link(path("a/1.csv"), path("a/2.csv"));
  expect_refused({}, "a/2.csv are one file, which is read twice for entity sales");
  std::filesystem::create_directory(path("b"));
  std::filesystem::rename(path("a/2.csv"), path("b/2.csv"));
  EXPECT_THAT(run(), ExitsWith(0)) << "its other name is none of the job's";
  write_job("x: { source: a }, y: { source: b }", "*.csv");
  expect_refused({}, "b/2.csv are one file, which is read for the stores x and y, entity sales");
  std::filesystem::remove(path("b/2.csv"));
  std::filesystem::copy_file(path("a/1.csv"), path("b/2.csv"));
  EXPECT_THAT(run(), ExitsWith(0)) << "a copy is a file of its own";
}

TEST_F(SharedFiles, ADuckDbFileWithTwoNamesIsReadForOneStore) {
  for (const char* shop : {"a", "b"}) {
    changed_in("duckdb:" + path(std::string(shop) + ".duckdb"),
               "CREATE TABLE sales AS SELECT range AS id FROM range(3)");
  }
  write(
      "job.yaml",
      "job: shared\ntarget: ${DECANT_TARGET}\nstores: { a: , b: }\nentities:\n  sales:\n    read: "
      "{ table: sales, source: \"duckdb:{store}.duckdb\" }\n    write: { table: sales }\n    "
      "columns: { shop: { constant: \"{store}\" } }\n");
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "6");
  std::filesystem::remove(path("b.duckdb"));
  std::filesystem::create_symlink("a.duckdb", path("b.duckdb"));
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("The stores a and b read the same of one database"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "6");
  std::filesystem::remove(path("b.duckdb"));
  std::filesystem::create_hard_link(path("a.duckdb"), path("b.duckdb"));
  const Outcome two_names = run();
  EXPECT_THAT(two_names, ExitsWith(1));
  EXPECT_THAT(two_names.out + two_names.err, HasSubstr("a.duckdb has 2 names (hard links)"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "6");
}

}  // namespace
}  // namespace decant::test
