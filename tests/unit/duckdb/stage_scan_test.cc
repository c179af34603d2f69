// What is written to stage files comes back from SQL.
#include <gmock/gmock.h>

#include <filesystem>

#include "common/connector/chunk_digester.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/duckdb/stage_files.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class StageScan : public testing::Test {
 protected:
  std::vector<TextRow> read(const std::string& sql) {
    auto rows = target_->sql().query(sql);
    EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
    return rows ? *rows : std::vector<TextRow>();
  }

  // Writes a column of the type and compares the digest of what was written with that of what SQL
  // gives.
  void expect_back(const std::string& type, const std::vector<Text>& values) {
    SCOPED_TRACE(type);
    std::vector<TextRow> rows;
    for (const Text& value : values) rows.push_back({value});
    const EntityPlan plan = plan_of("t", {{"v", type}}, {});
    const RowBatch batch = batch_of(plan.target_schema(), rows);
    const std::string file = write_stage(path(std::to_string(++files_)), batch);
    auto back = target_->read_query(plan, "SELECT * FROM " + relation_of({file}), false);
    ASSERT_OK(back);
    SetDigest read;
    RowBatch got;
    std::vector<Reject> faults;
    for (;;) {
      const auto more = (*back)->next(got, faults);
      ASSERT_OK(more);
      if (!*more) break;
      read.merge(digest_of(got));
    }
    EXPECT_TRUE(faults.empty());
    EXPECT_EQ(read, digest_of(batch));
  }

  static SetDigest digest_of(const RowBatch& batch) {
    SetDigest digest;
    RowHasher hasher;
    for (std::size_t row = 0; row < batch.rows; ++row) digest.add(hasher.hash_row(batch, row));
    return digest;
  }

  std::string path(const std::string& name) const { return folder_ / name; }

  const TempFolder folder_;
  int files_ = 0;
  const std::unique_ptr<Target> target_ = open_target(folder_ / "t.duckdb");
};

TEST_F(StageScan, GivesTheNumbersThatWereWritten) {
  expect_back("bool", {"true", std::nullopt, "false"});
  expect_back("int16", {"-32768", "32767", "0", std::nullopt});
  expect_back("int32", {std::nullopt, "-2147483648", "2147483647"});
  expect_back("int64", {"-9223372036854775808", "9223372036854775807", std::nullopt, "42"});
  expect_back("float64", {"0.1", "NaN", "Infinity", "-Infinity", "1e308", "-5e-324", std::nullopt});
  expect_back("decimal(4,2)", {"-99.99", "99.99", "0", std::nullopt});
  expect_back("decimal(5,0)", {"-99999", std::nullopt, "99999"});
  expect_back("decimal(9,9)", {"-0.999999999", "0.000000001"});
  expect_back("decimal(18,4)", {"99999999999999.9999", "-0.0001", std::nullopt});
  expect_back("decimal(19,0)", {"-9999999999999999999", "9999999999999999999", "1"});
  expect_back("decimal(38,10)", {"-9999999999999999999999999999.9999999999", std::nullopt,
                                 "9999999999999999999999999999.9999999999"});
}

TEST_F(StageScan, GivesTheTimesThatWereWritten) {
  expect_back("date", {"2024-02-29", "0001-01-01", "1969-12-31", "9999-12-31", std::nullopt});
  expect_back("date", {"infinity", std::nullopt, "-infinity"});
  expect_back("time", {"00:00:00", "23:59:59.999999", "24:00:00", std::nullopt});
  expect_back("timestamp", {"2024-08-31 21:05:00.000123", "1900-01-01 00:00:00", std::nullopt});
  expect_back("timestamp", {"-infinity", "infinity"});
  expect_back("timestamptz", {"2024-08-31 21:05:00+00", "1969-12-31 23:59:59.5-04:00", "infinity"});
}

TEST_F(StageScan, GivesTheTextsAndBytesThatWereWritten) {
  const std::string long_one(100'001, 'x');
  expect_back("text", {"", std::nullopt, "twelve bytes", "thirteen byte", "Mérida, 日本", "a\nb'\"",
                       long_one, std::nullopt, ""});
  expect_back("bytes", {"\\x", "\\x00ff10", std::nullopt, "\\x" + std::string(200'000, 'a')});
  expect_back("json", {R"({"b": 1.10, "a": [null, "x"]})", "3", std::nullopt});
  expect_back("uuid",
              {"00000000-0000-0000-0000-000000000000", std::nullopt,
               "ffffffff-ffff-ffff-ffff-ffffffffffff", "7f3a52c1-0b6e-4f0a-9d3b-0123456789ab"});
  expect_back("text", {std::nullopt, std::nullopt});
  expect_back("text", {});
}

TEST_F(StageScan, KeepsRowsTogetherOverBlocksFilesAndThreads) {
  std::vector<std::string> files;
  for (int file = 0; file < 3; ++file) {
    std::vector<TextRow> rows;
    for (int i = 0; i < 50'000; ++i) {
      const std::string id = std::to_string(file * 50'000 + i);
      rows.push_back({id, i % 7 == 0 ? Text() : Text("n" + id),
                      i % 5 == 0 ? "a text that is longer than twelve bytes " + id : id});
    }
    files.push_back(write_stage(path(std::to_string(file)),
                                {{"id", "int64"}, {"name", "text"}, {"note", "text"}}, rows));
  }
  EXPECT_EQ(
      read("SELECT count(*), count(DISTINCT id), sum(id), count(name), count(*) FILTER (name = 'n' "
           "|| id), count(*) FILTER (note = CAST(id AS VARCHAR)), count(*) FILTER (note = 'a text "
           "that is longer than twelve bytes ' || id) FROM " +
           relation_of(files)),
      (std::vector<TextRow>{
          {"150000", "150000", "11249925000", "128571", "128571", "120000", "30000"}}));
}

TEST_F(StageScan, ReadsOnlyTheColumnsThatAStatementNames) {
  const std::string file =
      write_stage(path("a"), {{"id", "int32"}, {"name", "text"}, {"d", "date"}},
                  {{"1", "Ana", "2024-01-01"}, {"2", std::nullopt, "2024-01-02"}});
  const std::string from = " FROM " + relation_of({file});
  EXPECT_EQ(read("SELECT count(*)" + from), (std::vector<TextRow>{{"2"}}));
  EXPECT_EQ(read("SELECT name" + from + " ORDER BY id"), (std::vector<TextRow>{{"Ana"}, {Text()}}));
  EXPECT_EQ(read("SELECT d, id" + from + " WHERE name IS NULL"),
            (std::vector<TextRow>{{"2024-01-02", "2"}}));
  EXPECT_EQ(read("SELECT a.id FROM " + relation_of({file}) + " AS a JOIN " + relation_of({file}) +
                 " AS b ON a.id = b.id + 1"),
            (std::vector<TextRow>{{"2"}}));
  // Bytes of `name` are damaged, and nobody reads them.
  std::string bytes = read_file(file);
  bytes[bytes.find("Ana")] = 'U';
  write_file(file, bytes);
  EXPECT_EQ(read("SELECT sum(id)" + from), (std::vector<TextRow>{{"3"}}));
  const auto damaged = target_->sql().query("SELECT name" + from);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, ErrorCode::kUnreachable);
  EXPECT_EQ(damaged.error().message, "The stage file " + file +
                                         " is not whole: the checksum of name in block 0 does not "
                                         "match.");
}

TEST_F(StageScan, RefusesFilesWithOtherColumns) {
  const std::string one = write_stage(path("1"), {{"id", "int32"}}, {{"1"}});
  for (const PlanColumn& column : {PlanColumn{"id", "int64"}, PlanColumn{"no", "int32"}}) {
    const std::string other = write_stage(path(column.name + column.type), {column}, {{"1"}});
    const auto rows = target_->sql().query("SELECT * FROM " + relation_of({one, other}));
    ASSERT_FALSE(rows);
    EXPECT_THAT(rows.error().message, HasSubstr("has other columns than"));
  }
}

TEST_F(StageScan, SaysWhichFileIsMissingOrMayNotBeRead) {
  const auto missing = target_->sql().query("SELECT * FROM " + relation_of({path("none.stage")}));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kUnreachable) << "the task is done again";
  EXPECT_EQ(missing.error().message, "The stage file " + path("none.stage") +
                                         " cannot be opened: No such file or directory.");
  const auto folder = target_->sql().query("SELECT * FROM " + relation_of({folder_.path()}));
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().message, HasSubstr("is not whole: it is no file."));
}

TEST_F(StageScan, TakesNamesThatAreNoPlainWords) {
  std::filesystem::create_directories(path("it's [a]*?"));
  const std::string file = write_stage(path("it's [a]*?/ñ.stage"), {{"v", "int32"}}, {{"7"}});
  std::string quoted = file;
  quoted.replace(quoted.find('\''), 1, "''");
  EXPECT_EQ(read("SELECT * FROM " + relation_of({quoted})), (std::vector<TextRow>{{"7"}}));
}

}  // namespace
}  // namespace decant::test
