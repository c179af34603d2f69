#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "common/connector/duckdb/duckdb_target.h"
#include "common/connector/duckdb/stage_loader.h"
#include "tests/support/process.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

Command other_process(const std::vector<std::string>& arguments) {
  Command command;
  command.program = std::string(DECANT_BINARY_DIR) + "/bin/duckdb_other_process";
  command.arguments = arguments;
  return command;
}

TEST(DuckDbTarget, DescribesColumnsKeyAndRows) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const auto missing = target->describe("nadie");
  ASSERT_OK(missing);
  EXPECT_FALSE(missing->has_value());
  ASSERT_OK(target->sql().execute(
      "CREATE SCHEMA pos; CREATE TABLE pos.v (a INTEGER, b DECIMAL(18,4) NOT NULL, c VARCHAR,"
      "d HUGEINT, e INTERVAL, PRIMARY KEY (b, a)); INSERT INTO pos.v VALUES (1, 2, 'x', 3, NULL)"));
  const auto shape = target->describe("pos.v");
  ASSERT_OK(shape);
  const Schema& schema = (*shape)->schema;
  ASSERT_EQ(schema.fields.size(), 5u);
  EXPECT_EQ(to_string(schema.fields[1].type), "decimal(18,4)");
  EXPECT_FALSE(schema.fields[1].nullable);
  EXPECT_TRUE(schema.fields[2].nullable);
  EXPECT_EQ(to_string(schema.fields[3].type), "decimal(38,0)");
  EXPECT_EQ(schema.fields[4].type.kind, TypeKind::kText);
  EXPECT_EQ((*shape)->key, (std::vector<std::string>{"b", "a"}));
  EXPECT_TRUE((*shape)->has_rows);
  EXPECT_EQ((*shape)->estimated_rows, 1);
}

TEST(DuckDbTarget, IdentityNamesEngineAndFile) {
  const TempFolder folder;
  const TargetIdentity identity = open_target(folder / "t.duckdb")->identity();
  EXPECT_EQ(identity.engine.substr(0, 9), "DuckDB 1.");
  EXPECT_EQ(identity.database, folder / "t.duckdb");
}

TEST(DuckDbTarget, ASchemaMayBeCalledLikeTheFile) {
  const TempFolder folder;
  const auto target = open_target(folder / "decant.duckdb");
  EntityPlan plan = small_plan();
  plan.write.table = "decant.t";
  ASSERT_OK(target->create_table(plan));
  ASSERT_OK(target->sql().execute("INSERT INTO decant.t VALUES (1, 'x')"));
  EXPECT_TRUE((*target->describe("decant.t"))->has_rows);
}

TEST(DuckDbTarget, KeyColumnsAreNotNullAndThereIsNoKeyUnlessEnforced) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(small_plan()));
  ASSERT_OK(target->create_table(small_plan()));
  const auto shape = target->describe("t");
  ASSERT_OK(shape);
  EXPECT_FALSE((*shape)->schema.fields[0].nullable);
  EXPECT_TRUE((*shape)->key.empty());
  EntityPlan enforced = small_plan();
  enforced.write.table = "u";
  enforced.write.enforce = true;
  ASSERT_OK(target->create_table(enforced));
  EXPECT_EQ((*target->describe("u"))->key, std::vector<std::string>{"id"});
}

TEST(DuckDbTarget, ADecimalThatDuckDbCannotHoldIsRefusedInWords) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const Status status = target->create_table(plan_of("t", {{"v", "decimal(40,2)"}}, {}));
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(status.error().message.find("38 digits"), std::string::npos);
}

TEST(DuckDbTarget, BuildingAKeyNamesDuplicatesAndNulls) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->sql().execute(
      "CREATE TABLE t (id BIGINT, nombre TEXT); INSERT INTO t VALUES (1,'a'),(1,'b'),(2,'c')"));
  const Status doubled = target->build_key(small_plan());
  ASSERT_FALSE(doubled.has_value());
  EXPECT_EQ(doubled.error().code, ErrorCode::kDataRefused);
  EXPECT_NE(doubled.error().message.find("keys of t (id)"), std::string::npos);
  ASSERT_OK(
      target->sql().execute("DELETE FROM t WHERE nombre = 'b'; INSERT INTO t VALUES (NULL, 'd')"));
  EXPECT_NE(target->build_key(small_plan()).error().message.find("without a value"),
            std::string::npos);
  ASSERT_OK(target->sql().execute("DELETE FROM t WHERE id IS NULL"));
  EntityPlan enforced = small_plan();
  enforced.write.enforce = true;
  ASSERT_OK(target->build_key(enforced));
  ASSERT_OK(target->build_key(enforced));
  EXPECT_EQ((*target->describe("t"))->key, std::vector<std::string>{"id"});
}

TEST(DuckDbTarget, AnErrorOfTheLedgerRollsEverythingBackAndKeepsTheStageFile) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(small_plan()));
  const LoadPlan plan =
      load_plan(small_plan(), LoadMethod::kReplaceByKey, {whole_chunk()}, folder.path());
  load(*target, plan, {{"1", "Ana"}});
  const std::string file = stage(plan, {{"2", "Luis"}});
  const auto fenced =
      commit(*target, plan, file, {0}, [](SqlSession& sql, const LoadOutcome& outcome) -> Status {
        EXPECT_EQ(outcome.counts[0].deleted, 1);
        EXPECT_TRUE(sql.execute("CREATE TABLE ledger (x INTEGER)").has_value());
        return fail(ErrorCode::kFenced, "Another owner holds the task.");
      });
  ASSERT_FALSE(fenced.has_value());
  EXPECT_EQ(fenced.error().code, ErrorCode::kFenced);
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"), (std::vector<TextRow>{{"1", "Ana"}}));
  EXPECT_FALSE((*target->describe("ledger")).has_value());
  ASSERT_TRUE(std::filesystem::exists(file));
  ASSERT_OK(commit(*target, plan, file, {0}, [](SqlSession& sql, const LoadOutcome&) -> Status {
    EXPECT_TRUE(sql.execute("CREATE TABLE ledger AS SELECT 1 AS x").has_value());
    return {};
  }));
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t"), (std::vector<TextRow>{{"2", "Luis"}}));
  EXPECT_EQ(rows_of(*target, "SELECT x FROM ledger").size(), 1u);
  EXPECT_FALSE(std::filesystem::exists(file));
}

// As on a full disk: what DuckDB has in memory is wrong after it, and must neither be added to nor
// written into the file when it is closed.
TEST(DuckDbTarget, NothingMoreIsDoneAfterACommitThatFailed) {
  const TempFolder folder;
  const std::string path = folder / "t.duckdb";
  auto target = open_target(path);
  ASSERT_OK(target->sql().execute("CREATE TABLE t (id BIGINT, nombre TEXT)"));
  ASSERT_OK(target->sql().execute("INSERT INTO t SELECT i, 'before_' || i FROM range(50) r(i)"));
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit small = {std::filesystem::file_size(path + ".wal") + 100, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  ASSERT_OK(target->sql().begin());
  const auto inserted =
      target->sql().execute("INSERT INTO t SELECT i, 'lost_' || i FROM range(100, 180) r(i)");
  const Status committed = target->sql().commit();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  std::signal(SIGXFSZ, previous);
  ASSERT_OK(inserted);
  ASSERT_FALSE(committed);
  target->sql().rollback();
  const auto next = target->sql().execute("INSERT INTO t VALUES (50, 'after')");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message, committed.error().message);
  EXPECT_FALSE(target->describe("t"));
  target.reset();
  target = open_target(path);
  ASSERT_OK(target->sql().execute("INSERT INTO t VALUES (50, 'after')"));
  EXPECT_EQ(rows_of(*target,
                    "SELECT CAST(count(*) AS VARCHAR), CAST(count(*) FILTER (nombre = 'before_' || "
                    "id) AS VARCHAR), max(nombre) FILTER (id = 50) FROM t"),
            (std::vector<TextRow>{{"51", "50", "after"}}));
}

TEST(DuckDbTarget, AProcessThatDiesBeforeTheCommitLeavesNothingBehind) {
  const TempFolder folder;
  const LoadPlan plan =
      load_plan(small_plan(), LoadMethod::kAppend, {whole_chunk()}, folder.path());
  // Before DuckDB runs in this process: its allocator takes more locks over a fork than
  // ThreadSanitizer follows.
  const auto other = Process::start(other_process({"die", folder / "t.duckdb", folder.path()}));
  const Outcome outcome = other->wait();
  ASSERT_EQ(outcome.status, 0) << outcome.text();
  const std::string file = outcome.out;
  const auto target = open_target(folder / "t.duckdb");
  EXPECT_TRUE(rows_of(*target, "SELECT * FROM t").empty());
  ASSERT_TRUE(std::filesystem::exists(file));
  ASSERT_OK(commit(*target, plan, file, {0}));
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t").size(), 1u);
}

TEST(DuckDbTarget, AFileThatAnotherProcessHoldsIsBusyAndTheProcessIsNamed) {
  const TempFolder folder;
  auto other = Process::start(other_process({"hold", folder / "t.duckdb"}));
  ASSERT_TRUE(other->wait_until([&] { return other->out() == "held\n"; }));
  const auto second = open_duckdb_target(folder / "t.duckdb");
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kBusy);
  EXPECT_NE(second.error().message.find(std::to_string(other->pid())), std::string::npos)
      << second.error().to_string();
  EXPECT_NE(second.error().advice.find("decant status"), std::string::npos);
  other.reset();
  open_target(folder / "t.duckdb");
}

TEST(DuckDbTarget, AMissingFolderAndAFileThatIsNoDatabaseAreToldApart) {
  const TempFolder folder;
  const auto missing = open_duckdb_target(folder / "no/such/t.duckdb");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound) << missing.error().to_string();
  std::ofstream(folder / "otro.txt") << std::string(20'000, 'x');
  const auto other = open_duckdb_target(folder / "otro.txt");
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, ErrorCode::kProtocol) << other.error().to_string();
}

TEST(DuckDbTarget, ErrorsOfDataDoNotShowTheData) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->sql().execute(
      "CREATE TABLE t (id TEXT PRIMARY KEY); INSERT INTO t VALUES ('V-12345678')"));
  const auto doubled = target->sql().execute("INSERT INTO t VALUES ('V-12345678')");
  ASSERT_FALSE(doubled.has_value());
  EXPECT_EQ(doubled.error().code, ErrorCode::kDataRefused);
  EXPECT_EQ(doubled.error().message.find("12345678"), std::string::npos) << doubled.error().message;
  const auto cast = target->sql().query("SELECT CAST(id AS INTEGER) FROM t");
  ASSERT_FALSE(cast.has_value());
  EXPECT_EQ(cast.error().code, ErrorCode::kDataRefused);
  EXPECT_EQ(cast.error().message.find("12345678"), std::string::npos) << cast.error().message;
}

TEST(DuckDbSession, BindsTextAndGivesTextForEveryType) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const std::vector<SqlValue> parameters = {"42", std::nullopt, "it's"};
  const auto rows =
      target->sql().query("SELECT CAST($1 AS BIGINT) + 1, CAST($2 AS TEXT), $3", parameters);
  ASSERT_OK(rows);
  EXPECT_EQ((*rows)[0], (SqlRow{"43", std::nullopt, "it's"}));
  const auto types = target->sql().query(
      "SELECT sum(x), INTERVAL 3 DAY, [1, 2], TIMESTAMPTZ '2024-08-31 21:05:00+00', "
      "1.50::DECIMAL(9,2), true FROM range(5) t(x)");
  ASSERT_OK(types);
  EXPECT_EQ((*types)[0],
            (SqlRow{"10", "3 days", "[1, 2]", "2024-08-31 21:05:00+00", "1.50", "true"}));
  EXPECT_EQ(target->sql().query("SELECT * FROM nadie").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(target->sql().query("SELEC 1").error().code, ErrorCode::kUsage);
}

TEST(DuckDbSession, ANumberBeyondOurTypesIsAnErrorAndNotAnotherNumber) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  const auto most = target->sql().query("SELECT 99999999999999999999999999999999999999::HUGEINT");
  ASSERT_OK(most);
  EXPECT_EQ((*most)[0][0], "99999999999999999999999999999999999999");
  const auto beyond =
      target->sql().query("SELECT 100000000000000000000000000000000000000::HUGEINT");
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, ErrorCode::kDataRefused);
}

TEST(DuckDbSession, CountsAffectedRowsAndRollsBack) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  SqlSession& sql = target->sql();
  ASSERT_OK(sql.execute("CREATE TABLE t (id BIGINT)"));
  EXPECT_EQ(sql.execute("INSERT INTO t SELECT * FROM range(5)").value_or(-1), 5);
  ASSERT_OK(sql.begin());
  EXPECT_EQ(target->empty_table("t").value_or(-1), 5);
  sql.rollback();
  sql.rollback();
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t").size(), 5u);
}

// Why there is nothing to analyze: what a join will give is estimated from what was appended.
TEST(DuckDbTarget, StatisticsAreThoseOfTheRowsAppended) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  SqlSession& sql = target->sql();
  ASSERT_OK(sql.execute("CREATE TABLE t (id BIGINT)"));
  ASSERT_OK(sql.execute("INSERT INTO t SELECT i % 1000 FROM range(100000) AS r(i)"));
  ASSERT_OK(target->analyze("t"));
  const auto plan = rows_of(*target, "EXPLAIN SELECT * FROM t AS a JOIN t AS b USING (id)");
  ASSERT_EQ(plan.size(), 1u);
  const std::string text = plan[0][1].value_or("");
  std::string digits;
  for (std::size_t i = text.find('~') + 1; i < text.size() && text[i] != ' '; ++i) {
    if (text[i] != ',') digits += text[i];
  }
  EXPECT_NEAR(std::stod(digits), 1e7, 5e6) << text;
}

TEST(DuckDbStage, ALoaderThatIsDroppedLeavesNoFile) {
  const TempFolder folder;
  const LoadPlan plan =
      load_plan(small_plan(), LoadMethod::kAppend, {whole_chunk()}, folder / "stage");
  const auto factory = make_duckdb_loader_factory();
  {
    auto loader = factory->begin(plan);
    ASSERT_OK(loader);
    const std::vector<int> chunks = {0};
    ASSERT_OK((*loader)->write(batch_of(small_plan().target_schema(), {{"1", "Ana"}}), chunks));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "stage"));
}

TEST(DuckDbStage, ADateThatDuckDbCannotHoldIsRefusedByName) {
  const TempFolder folder;
  const EntityPlan entity = plan_of("t", {{"fecha", "date"}}, {});
  const LoadPlan plan = load_plan(entity, LoadMethod::kAppend, {whole_chunk()}, folder.path());
  RowBatch batch = batch_of(entity.target_schema(), {{"2024-01-01"}});
  batch.columns[0].words[0] = INT32_MAX;
  const auto factory = make_duckdb_loader_factory();
  auto loader = factory->begin(plan);
  ASSERT_OK(loader);
  const std::vector<int> chunks = {0};
  ASSERT_OK((*loader)->write(batch, chunks));
  std::vector<RefusedRow> refused;
  ASSERT_OK((*loader)->finish({0}, take_into(refused), no_ledger()));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].reject.column, "fecha");
  EXPECT_NE(refused[0].reject.reason.find("outside the years that DuckDB can hold"),
            std::string::npos);
}

TEST(DuckDbStage, ACancelledLoaderSaysSo) {
  const TempFolder folder;
  const LoadPlan plan =
      load_plan(small_plan(), LoadMethod::kAppend, {whole_chunk()}, folder / "stage");
  const auto factory = make_duckdb_loader_factory();
  auto loader = factory->begin(plan);
  ASSERT_OK(loader);
  (*loader)->cancel();
  std::vector<RefusedRow> none;
  const auto finished = (*loader)->finish({0}, take_into(none), no_ledger());
  ASSERT_FALSE(finished.has_value());
  EXPECT_EQ(finished.error().code, ErrorCode::kCancelled);
}

TEST(DuckDbStage, AFileThatIsDamagedIsTriedAgainAndNothingOfItIsLoaded) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(small_plan()));
  const LoadPlan plan =
      load_plan(small_plan(), LoadMethod::kAppend, {whole_chunk()}, folder.path());
  const std::string file = stage(plan, {{"1", "Ana"}, {"2", "Luis"}});
  std::string bytes = read_file(file);
  bytes[bytes.find("Luis")] = 'X';
  write_file(file, bytes);
  const auto refused = commit(*target, plan, file, {0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnreachable);
  EXPECT_NE(refused.error().message.find("The stage file " + file + " is not whole"),
            std::string::npos);
  EXPECT_TRUE(rows_of(*target, "SELECT * FROM t").empty());
  ASSERT_OK(commit(*target, plan, stage(plan, {{"1", "Ana"}}), {0}));
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t").size(), 1u);
}

TEST(DuckDbStage, AStageFolderWithPatternCharactersIsReadAsItIs) {
  const TempFolder folder;
  const auto target = open_target(folder / "t.duckdb");
  ASSERT_OK(target->create_table(small_plan()));
  load(*target, load_plan(small_plan(), LoadMethod::kAppend, {whole_chunk()}, folder / "a[b]*c?"),
       {{"1", "Ana"}});
  EXPECT_EQ(rows_of(*target, "SELECT * FROM t").size(), 1u);
}

}  // namespace
}  // namespace decant::test
