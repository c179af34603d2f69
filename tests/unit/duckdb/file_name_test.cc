// A database file has one name, by which DuckDB finds what was written last.
#include "common/connector/duckdb/file_name.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "common/connector/duckdb/duckdb_source.h"
#include "common/connector/duckdb/duckdb_target.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// As a process leaves it that was killed: what it had committed stands in the log alone.
void leave_in_log(const std::string& file, const std::string& sql) {
  const auto target = open_target(file);
  ASSERT_OK(target->sql().execute("PRAGMA disable_checkpoint_on_shutdown"));
  ASSERT_OK(target->sql().execute(sql));
}

class DuckDbFileName : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directory(folder_ / "real");
    file_ = folder_ / "real/t.duckdb";
    open_target(file_)->sql().execute("CREATE TABLE t AS SELECT range AS id FROM range(3)").value();
    leave_in_log(file_, "INSERT INTO t SELECT range FROM range(4)");
    ASSERT_TRUE(fs::exists(file_ + ".wal"));
  }

  Result<std::unique_ptr<Source>> source(const std::string& name) const {
    SourceRequest request;
    request.connection = "duckdb:" + name;
    request.directory = folder_.path();
    return open_duckdb_source(request);
  }

  std::int64_t rows_by(const std::string& name) const {
    const auto opened = source(name);
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    EntitySpec entity;
    entity.read.table = "t";
    const JobSpec job;
    const auto census = (*opened)->census(job, entity, {});
    EXPECT_TRUE(census.has_value()) << census.error().to_string();
    return census->extents.front().cells.front().rows;
  }

  TempFolder folder_;
  std::string file_;
};

TEST_F(DuckDbFileName, ASourceNamedByALinkHasTheRowsOfItsLog) {
  fs::create_symlink("real/t.duckdb", folder_ / "link.duckdb");
  fs::create_directory_symlink("real", folder_ / "elsewhere");
  EXPECT_EQ(rows_by("link.duckdb"), 7);
  EXPECT_EQ(rows_by("elsewhere/t.duckdb"), 7);
  EXPECT_EQ(rows_by("real/../real/t.duckdb"), 7);
}

TEST_F(DuckDbFileName, WhatIsAddedToTheLogIsAnotherStateOfASourceNamedByALink) {
  fs::create_symlink("real/t.duckdb", folder_ / "link.duckdb");
  const auto state = [&] { return (*source("link.duckdb"))->export_snapshot().value(); };
  const std::string before = state();
  EXPECT_EQ(state(), before);
  leave_in_log(file_, "INSERT INTO t VALUES (99)");
  EXPECT_NE(state(), before);
}

TEST_F(DuckDbFileName, ATargetNamedByALinkHasTheRowsOfItsLog) {
  fs::create_symlink("real/t.duckdb", folder_ / "link.duckdb");
  const auto target = open_target(folder_ / "link.duckdb");
  EXPECT_EQ(target->identity().database, fs::canonical(file_).string());
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t").size(), 7u);
}

TEST_F(DuckDbFileName, AFileOfSeveralNamesIsRefused) {
  fs::create_hard_link(file_, folder_ / "other.duckdb");
  for (const Error& error : {source("other.duckdb").error(), source("real/t.duckdb").error(),
                             open_duckdb_target(folder_ / "other.duckdb").error()}) {
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_THAT(error.message, HasSubstr("has 2 names (hard links)"));
    EXPECT_THAT(error.advice, HasSubstr("Copy the file"));
  }
  fs::remove(folder_ / "other.duckdb");
  EXPECT_EQ(rows_by("real/t.duckdb"), 7);
}

TEST_F(DuckDbFileName, ALinkToNothingIsSaidAndAFileThatIsToBeMadeIsNot) {
  fs::create_symlink("gone.duckdb", folder_ / "link.duckdb");
  const auto opened = open_duckdb_target(folder_ / "link.duckdb");
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().message, HasSubstr("is a link to gone.duckdb, which is not there."));
  EXPECT_FALSE(fs::exists(folder_ / "gone.duckdb"));
  fs::create_directory_symlink("real", folder_ / "elsewhere");
  EXPECT_EQ(duckdb_file_name(folder_ / "elsewhere/new.duckdb").value(),
            fs::canonical(folder_ / "real").string() + "/new.duckdb");
  EXPECT_TRUE(open_duckdb_target(folder_ / "elsewhere/new.duckdb").has_value());
}

}  // namespace
}  // namespace decant::test
