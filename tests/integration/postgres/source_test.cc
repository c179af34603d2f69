// Extents, snapshots and the column types of PostgreSQL as a source.
#include <thread>

#include "common/connector/snapshot_text.h"
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class SourceTest : public PostgresTest {
 protected:
  SetDigest digest_with(Source& reader, const std::string& table, const Extent& extent,
                        TypeKind kind = TypeKind::kTimestamp) {
    const EntitySpec spec = entity(table);
    ReadRequest request;
    request.entity = &spec;
    request.extent = extent;
    request.range_column = "fecha";
    request.range_kind = kind;
    for (const Field& field : value_of(reader.describe(spec)).fields)
      request.columns.push_back(field.name);
    return digest(*value_of(reader.open(request)));
  }

  void make_sales() {
    exec(
        "CREATE TABLE ventas AS SELECT i AS id, 'tienda_' || i % 3 AS tienda, CASE WHEN i % 100 = "
        "0 THEN NULL ELSE "
        "TIMESTAMP '2024-01-01' + i * INTERVAL '10 minutes' END AS fecha, i::numeric(12,2) AS "
        "total "
        "FROM generate_series(1, 20000) AS i");
  }
};

TEST_F(SourceTest, DescribesTheColumnsOfATableAndOfAQuery) {
  exec(
      "CREATE TABLE t (id int NOT NULL, total numeric(18,4), nombre varchar(20), fecha "
      "timestamptz, etiquetas text[])");
  EntitySpec spec = entity("t");
  const Schema schema = value_of(source()->describe(spec));
  ASSERT_EQ(schema.fields.size(), 5u);
  EXPECT_EQ(to_string(schema.fields[0].type), to_string(*parse_type("int32")));
  EXPECT_FALSE(schema.fields[0].nullable);
  EXPECT_EQ(schema.fields[1].type, *parse_type("decimal(18,4)"));
  EXPECT_TRUE(schema.fields[1].nullable);
  EXPECT_EQ(schema.fields[2].type.max_length, 20);
  EXPECT_EQ(schema.fields[3].type.kind, TypeKind::kTimestampTz);
  EXPECT_EQ(schema.fields[4].type.kind, TypeKind::kText);
  spec.read.table.clear();
  spec.read.sql = "SELECT id, total * 2 AS doble FROM t -- a remark\n;";
  const Schema query = value_of(source()->describe(spec));
  ASSERT_EQ(query.fields.size(), 2u);
  EXPECT_EQ(query.fields[1].name, "doble");
  EXPECT_EQ(query.fields[1].type.precision, 0);
}

TEST_F(SourceTest, AMissingTableOrColumnIsNamedAndTheSessionGoesOn) {
  exec("CREATE TABLE ventas (fecha date)");
  const auto reader = source();
  const auto missing = reader->describe(entity("vantas"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().place.entity, "vantas");
  const EntitySpec spec = entity("ventas");
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"fehca"};
  const auto column = reader->open(request);
  ASSERT_FALSE(column);
  EXPECT_NE(column.error().advice.find("fecha"), std::string::npos);
  EXPECT_TRUE(reader->describe(spec));
}

TEST_F(SourceTest, BlockExtentsTogetherAreTheWholeTable) {
  make_sales();
  const SetDigest all = digest("ventas");
  const std::vector<Extent> extents =
      value_of(target().read_back_extents(plan("ventas", "ventas"), 7));
  ASSERT_EQ(extents.size(), 7u);
  SetDigest sum;
  for (const Extent& extent : extents) {
    const SetDigest part = digest("ventas", extent);
    EXPECT_GT(part.row_count, 0);
    sum.merge(part);
  }
  EXPECT_EQ(sum.hex(), all.hex());
  EXPECT_EQ(sum.row_count, 20'000);
}

TEST_F(SourceTest, BlockExtentsCoverAPartitionedTable) {
  exec("CREATE TABLE p (id int, v text) PARTITION BY RANGE (id)");
  exec("CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (3000)");
  exec("CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (3000) TO (20000)");
  exec("INSERT INTO p SELECT i, repeat('x', 50) FROM generate_series(0, 9999) AS i");
  SetDigest sum;
  for (const Extent& extent : value_of(target().read_back_extents(plan("p", "p"), 4)))
    sum.merge(digest("p", extent));
  EXPECT_EQ(sum.hex(), digest("p").hex());
  EXPECT_EQ(sum.row_count, 10'000);
}

TEST_F(SourceTest, RangeExtentsAndTheUndatedOneAreTheWholeTable) {
  make_sales();
  exec("INSERT INTO ventas VALUES (0, 'x', 'infinity', 1)");
  const auto reader = source();
  SetDigest sum;
  const std::int64_t middle = days_from_civil({2024, 2, 1}) * k_us_per_day;
  for (const ValueRange& range :
       {ValueRange{std::nullopt, middle}, ValueRange{middle, k_infinity}}) {
    Extent extent;
    extent.kind = ExtentKind::kRange;
    extent.range = range;
    sum.merge(digest_with(*reader, "ventas", extent));
  }
  Extent undated;
  undated.kind = ExtentKind::kRange;
  undated.undated = true;
  const SetDigest rest = digest_with(*reader, "ventas", undated);
  EXPECT_EQ(rest.row_count, 201)
      << "those without a time, and the infinite one, so that it is not lost";
  sum.merge(rest);
  EXPECT_EQ(sum.hex(), digest("ventas").hex());
  undated.undated = false;
  EXPECT_EQ(digest_with(*reader, "ventas", undated).row_count, 19'800)
      << "a range without limits has those that have a time";
}

// Where a comparison has met a range's rows.
TEST_F(SourceTest, ARangeMayBeReadFromSomeOfTheBlocks) {
  make_sales();
  const std::int64_t middle = days_from_civil({2024, 2, 1}) * k_us_per_day;
  const auto reader = source();
  std::vector<Extent> ranges(3);
  ranges[0].range = {std::nullopt, middle};
  ranges[1].range = {middle, std::nullopt};
  ranges[2].undated = true;
  SetDigest sum;
  bool is_cut = false;  // some range really has rows on both sides
  for (Extent extent : ranges) {
    extent.kind = ExtentKind::kRange;
    const SetDigest whole = digest_with(*reader, "ventas", extent);
    SetDigest halves;
    for (const std::int64_t begin : {0, 5}) {
      extent.begin_block = begin;
      extent.end_block = begin == 0 ? 5 : INT64_MAX;
      const SetDigest half = digest_with(*reader, "ventas", extent);
      is_cut = is_cut || (half.row_count > 0 && half.row_count < whole.row_count);
      halves.merge(half);
    }
    EXPECT_EQ(halves.hex(), whole.hex());
    sum.merge(whole);
  }
  EXPECT_TRUE(is_cut);
  EXPECT_EQ(sum.hex(), digest("ventas").hex());
}

TEST_F(SourceTest, SourcesOfOneSnapshotSeeTheSameRowsWhileOthersWrite) {
  make_sales();
  const auto first = source();
  const std::string id = value_of(first->export_snapshot());
  exec("UPDATE ventas SET total = total + 1; DELETE FROM ventas WHERE id % 7 = 0");
  const auto second = source({"00000000-00000000-1", id});
  const std::string again = value_of(second->export_snapshot());
  EXPECT_FALSE(snapshot_content(id).empty());
  EXPECT_EQ(snapshot_content(again), snapshot_content(id));
  EXPECT_NE(snapshot_id(again), snapshot_id(id));
  EXPECT_NE(snapshot_content(value_of(source()->export_snapshot())), snapshot_content(id));
  EXPECT_EQ(digest_with(*second, "ventas", {}).hex(), digest_with(*first, "ventas", {}).hex());
  EXPECT_NE(digest("ventas").hex(), digest_with(*first, "ventas", {}).hex());
  const SetDigest before = digest_with(*second, "ventas", {});
  // The importer's own export lives on without the first exporter.
  const_cast<std::unique_ptr<Source>&>(first).reset();
  const auto third = source({id, again});
  EXPECT_EQ(digest_with(*third, "ventas", {}).hex(), before.hex());
}

TEST_F(SourceTest, WhenEverySnapshotIsGoneANewOneIsTaken) {
  make_sales();
  std::string id;
  id = value_of(source()->export_snapshot());
  exec("DELETE FROM ventas");
  const auto late = source({id});
  EXPECT_EQ(digest_with(*late, "ventas", {}).row_count, 0);
}

// A server that was started again gives the ids of before to the snapshots of others.
TEST_F(SourceTest, ASnapshotOfTheSameNameThatSeesOtherRowsIsAnother) {
  make_sales();
  const std::string before = value_of(source()->export_snapshot());
  exec("DELETE FROM ventas WHERE id = 1");
  const auto stranger = source();
  const std::string after = value_of(stranger->export_snapshot());
  ASSERT_NE(snapshot_content(after), snapshot_content(before));
  const std::string forged =
      snapshot_text(std::string(snapshot_id(after)), std::string(snapshot_content(before)));
  const EntitySpec spec = entity("ventas");
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  request.extent.kind = ExtentKind::kBlocks;
  request.extent.end_block = 1000;
  EXPECT_TRUE(source({after})->open(request));
  const auto refused = source({forged})->open(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnreachable);
  EXPECT_TRUE(source({forged, after})->open(request));
}

TEST_F(SourceTest, ASourceCannotWrite) {
  exec(
      "CREATE TABLE t (id int); CREATE FUNCTION put() RETURNS int LANGUAGE sql AS 'INSERT INTO t "
      "VALUES (1) RETURNING id'");
  EntitySpec spec = entity("t");
  spec.read.table.clear();
  spec.read.sql = "SELECT put() AS id";
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  const auto reader = source();
  const auto rows = reader->open(request);
  RowBatch batch;
  std::vector<Reject> faults;
  const auto read = rows ? (*rows)->next(batch, faults) : Result<bool>(fail(rows.error()));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().sqlstate, "25006");
}

TEST_F(SourceTest, CancelFromAnotherThreadEndsARead) {
  EntitySpec spec = entity("t");
  spec.read.table.clear();
  spec.read.sql = "SELECT generate_series(1, 1000000000) AS id";
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  const auto reader = source();
  const auto rows = value_of(reader->open(request));
  RowBatch batch;
  std::vector<Reject> faults;
  ASSERT_TRUE(rows->next(batch, faults));
  std::thread other([&] { reader->cancel(); });
  Result<bool> more = true;
  while (more && *more) more = rows->next(batch, faults);
  other.join();
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kCancelled);
}

// Whoever cancels watches over other stores, too, and must not wait for this server.
TEST_F(SourceTest, CancelEndsAReadAlsoWhereTheServerStandsStill) {
  const auto frozen = value_of(PostgresServer::start());
  SourceRequest of_frozen;
  of_frozen.connection = frozen->url();
  const auto reader = value_of(open_postgres_source(of_frozen));
  EntitySpec spec = entity("t");
  spec.read.table.clear();
  spec.read.sql = "SELECT n AS id, pg_sleep(0.001) AS nap FROM generate_series(1, 1000000) AS n";
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  auto rows = value_of(reader->open(request));
  frozen->stand_still();
  reader->cancel();
  RowBatch batch;
  std::vector<Reject> faults;
  Result<bool> more = true;
  while (more && *more) more = rows->next(batch, faults);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kCancelled);
  rows.reset();
  // A cancel that the server takes up later must not end another statement of the session.
  const auto next = reader->open(request);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::kUnreachable);
}

// A row that is updated moves to another block: it would be read twice.
TEST_F(SourceTest, BlocksAreNotReadUnderAnotherSnapshotThanTheOneAskedFor) {
  make_sales();
  const std::string gone = value_of(source()->export_snapshot());
  const EntitySpec spec = entity("ventas");
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  request.extent.kind = ExtentKind::kBlocks;
  request.extent.end_block = 1000;
  EXPECT_TRUE(source()->open(request));
  const auto late = source({gone});
  const auto refused = late->open(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnreachable);
  const auto holder = source();
  EXPECT_TRUE(source({gone, value_of(holder->export_snapshot())})->open(request));
  // Of a range of values too, which is read whole where nothing says in which blocks its rows lie.
  request.extent.kind = ExtentKind::kRange;
  request.range_column = "fecha";
  request.range_kind = TypeKind::kTimestamp;
  const auto range = source({gone})->open(request);
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().code, ErrorCode::kUnreachable);
  request.extent.end_block = 0;
  EXPECT_TRUE(source({gone})->open(request));
  // Nor where another one is there to import: these are not its blocks.
  request.extent.end_block = 1000;
  request.extent.snapshot = snapshot_content(gone);
  exec("DELETE FROM ventas WHERE id = 1");
  const auto newer = source();
  const auto blocks_of_another = source({value_of(newer->export_snapshot())})->open(request);
  ASSERT_FALSE(blocks_of_another);
  EXPECT_EQ(blocks_of_another.error().code, ErrorCode::kUnreachable);
  request.extent.snapshot = value_of(newer->census({}, spec, {})).extents[0].extent.snapshot;
  EXPECT_FALSE(request.extent.snapshot.empty());
  EXPECT_TRUE(source({value_of(newer->export_snapshot())})->open(request));
}

// Under the same snapshot, too: the holder of it does not keep others from writing a table anew
// that it has not read, or read in a session that was ended.
TEST_F(SourceTest, BlocksOfATableThatWasWrittenAnewAreNotRead) {
  make_sales();
  exec("CREATE INDEX by_total ON ventas (total DESC)");
  const auto holder = source();
  const std::string snapshot = value_of(holder->export_snapshot());
  const EntitySpec spec = entity("ventas");
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  auto ended = source({snapshot});
  request.extent = value_of(ended->census({}, spec, {})).extents[0].extent;
  ASSERT_GT(request.extent.end_block, 0);
  request.extent.kind = ExtentKind::kBlocks;
  request.extent.end_block /= 2;
  EXPECT_TRUE(source({snapshot})->open(request));
  ended.reset();
  exec("CLUSTER ventas USING by_total");
  const auto refused = source({snapshot})->open(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kSourceChanged);
  EXPECT_NE(refused.error().message.find("written anew"), std::string::npos);
}

TEST_F(SourceTest, ACancelledSourceServesTheNextTaskUnderItsOldSnapshot) {
  make_sales();
  const auto reader = source();
  const SetDigest before = digest_with(*reader, "ventas", {});
  exec("DELETE FROM ventas");
  EntitySpec spec = entity("t");
  spec.read.table.clear();
  spec.read.sql = "SELECT generate_series(1, 1000000000) AS id";
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  {
    const auto rows = value_of(reader->open(request));
    reader->cancel();
    RowBatch batch;
    std::vector<Reject> faults;
    Result<bool> more = true;
    while (more && *more) more = rows->next(batch, faults);
    EXPECT_FALSE(more);
  }
  EXPECT_EQ(digest_with(*reader, "ventas", {}).hex(), before.hex());
}

TEST_F(SourceTest, AReadThatIsGivenUpLeavesTheSourceUsable) {
  make_sales();
  EntitySpec spec = entity("t");
  spec.read.table.clear();
  spec.read.sql = "SELECT generate_series(1, 1000000000) AS id";
  ReadRequest request;
  request.entity = &spec;
  request.columns = {"id"};
  const auto reader = source();
  {
    const auto rows = value_of(reader->open(request));
    RowBatch batch;
    std::vector<Reject> faults;
    ASSERT_TRUE(rows->next(batch, faults));
  }
  EXPECT_EQ(digest_with(*reader, "ventas", {}).row_count, 20'000);
}

}  // namespace
}  // namespace decant::test
