#include "common/connector/adapters/adapters.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "common/connector/files/input_file.h"
#include "tests/support/temp_folder.h"

namespace decant {
namespace {

using ::testing::HasSubstr;

TEST(Adapters, ADuckDbFileMayBeToldHowMuchOfTheMachineItMayUse) {
  const test::TempFolder folder;
  const auto target =
      open_target("duckdb:a.duckdb?memory_limit=100MB&threads=1", folder.path(), "decant");
  ASSERT_TRUE(target) << target.error().to_string();
  const auto set =
      (*target)->sql().query("SELECT current_setting('memory_limit'), current_setting('threads')");
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

// Cells of days and cells of instants cannot be added up: where neither the job nor the table says
// what the column is, nothing would fit the chunks.
TEST(Adapters, ParquetFilesWithADateInOneAndATimestampInAnotherAreRefused) {
  const test::TempFolder folder;
  const auto target = open_target("duckdb:made.duckdb", folder.path(), "decant");
  ASSERT_TRUE(target);
  for (const std::string type : {"DATE", "TIMESTAMP"}) {
    ASSERT_TRUE((*target)->sql().query("COPY (SELECT i, CAST('2024-01-05' AS " + type +
                                       ") AS d FROM range(9) AS r(i)) TO '" +
                                       (folder / (type + ".parquet")) + "' (FORMAT parquet)"));
  }
  JobSpec job;
  EntitySpec entity;
  entity.name = "sales";
  entity.read.files = "*.parquet";
  entity.read.time = "d";
  entity.read.file_options.format = FileFormat::kParquet;
  SourceRequest request;
  request.directory = folder.path();
  const auto source = make_source_factory()->open(request, entity);
  ASSERT_TRUE(source) << source.error().to_string();
  CensusRequest census;
  census.entity = entity.name;
  census.chunk_rows = 5;
  const auto refused = (*source)->census(job, entity, census);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kProtocol);
  for (const char* words :
       {"TIMESTAMP.parquet has the column d as timestamp", "DATE.parquet as date"})
    EXPECT_THAT(refused.error().message, HasSubstr(words));
  ColumnSpec declared;
  declared.name = "d";
  declared.type.emplace().kind = TypeKind::kTimestamp;
  entity.columns.push_back(declared);
  const auto counted = (*source)->census(job, entity, census);
  ASSERT_TRUE(counted) << counted.error().to_string();
  EXPECT_EQ(counted->extents.size(), 2U);
}

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Rewritten in place, with another file's bytes and its own time.
TEST(Adapters, AParquetFileThatIsRewrittenWhileItIsReadIsNoticed) {
  const test::TempFolder folder;
  const std::string path = folder / "a.parquet";
  const auto target = open_target("duckdb:made.duckdb", folder.path(), "decant");
  ASSERT_TRUE(target);
  for (const std::string name : {"a", "b"}) {
    ASSERT_TRUE((*target)->sql().query("COPY (SELECT 'of " + name +
                                       "' AS v, i FROM range(50000) AS r(i)) TO '" +
                                       (folder / (name + ".parquet")) + "' (FORMAT parquet)"));
  }
  const std::string other = bytes_of(folder / "b.parquet");
  ASSERT_EQ(other.size(), bytes_of(path).size());
  EntitySpec entity;
  entity.name = "sales";
  entity.read.files = path;
  entity.read.file_options.format = FileFormat::kParquet;
  for (const bool is_rewritten : {false, true}) {
    SourceRequest request;
    request.directory = folder.path();
    const auto source = make_source_factory()->open(request, entity);
    ASSERT_TRUE(source) << source.error().to_string();
    ReadRequest read;
    read.entity = &entity;
    read.columns = {"v"};
    read.extent.kind = ExtentKind::kFile;
    read.extent.path = path;
    read.extent.identity = *(*InputFile::open(path))->identify();
    const auto rows = (*source)->open(read);
    ASSERT_TRUE(rows) << rows.error().to_string();
    RowBatch batch;
    std::vector<Reject> faults;
    ASSERT_TRUE((*rows)->next(batch, faults));
    if (is_rewritten) {
      const auto time = std::filesystem::last_write_time(path);
      std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << other;
      std::filesystem::last_write_time(path, time);
    }
    auto more = (*rows)->next(batch, faults);
    while (more && *more) more = (*rows)->next(batch, faults);
    ASSERT_EQ(more.has_value(), !is_rewritten);
    if (is_rewritten) {
      EXPECT_EQ(more.error().code, ErrorCode::kSourceChanged);
    }
  }
}

}  // namespace
}  // namespace decant
