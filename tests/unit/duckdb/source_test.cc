#include "common/connector/duckdb/duckdb_source.h"
#include "common/connector/duckdb/parquet_source.h"

#include <algorithm>

#include "common/connector/snapshot_text.h"
#include "common/value/canonical.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

// A database file with sales of two stores, made and closed again.
void make_shop(const std::string& path) {
  const auto target = open_target(path);
  const auto made = target->sql().execute(
      "CREATE TABLE ventas AS SELECT CASE WHEN i % 4 = 0 THEN 'b' WHEN i % 11 = 3 THEN NULL ELSE "
      "'a' "
      "END AS tienda, CASE WHEN i = 99 THEN NULL WHEN i = 98 THEN TIMESTAMP 'infinity' ELSE "
      "TIMESTAMP "
      "'2024-08-20 00:00:00' + INTERVAL (i * 6) HOUR END AS fecha, CAST(i AS BIGINT) - 50 AS id, "
      "CAST(i AS DECIMAL(18,4)) / 8 AS total, [i, i + 1] AS lista FROM range(100) r(i)");
  ASSERT_OK(made);
}

struct Shop {
  TempFolder folder;
  JobSpec job;
  EntitySpec entity;
  std::unique_ptr<Source> source;

  Shop() {
    make_shop(folder / "tienda.duckdb");
    entity.name = "ventas";
    entity.read.table = "ventas";
    entity.read.time = "fecha";
    SourceRequest request;
    request.connection = "duckdb:tienda.duckdb";
    request.directory = folder.path();
    auto opened = open_duckdb_source(request);
    EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
    source = std::move(*opened);
  }

  CensusResult census(const CensusRequest& request) {
    auto taken = source->census(job, entity, request);
    EXPECT_TRUE(taken.has_value()) << taken.error().to_string();
    return taken ? std::move(*taken) : CensusResult();
  }

  std::vector<std::string> read(const Extent& extent, const std::vector<std::string>& columns) {
    ReadRequest request;
    request.entity = &entity;
    request.columns = columns;
    request.range_column = "fecha";
    request.extent = extent;
    auto rows = source->open(request);
    EXPECT_TRUE(rows.has_value()) << rows.error().to_string();
    std::vector<std::string> out;
    std::vector<Reject> faults;
    RowBatch batch;
    while (rows && (*rows)->next(batch, faults).value_or(false)) {
      for (std::size_t row = 0; row < batch.rows; ++row) {
        std::string line;
        for (const Column& column : batch.columns) line += display_text(column, row) + "|";
        out.push_back(line);
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }
};

std::int64_t rows_in(const CensusResult& census, const std::string& store,
                     const std::string& period) {
  std::int64_t rows = 0;
  for (const CensusCell& cell : census.extents.front().cells) {
    if (cell.store == store && cell.period == period) rows += cell.rows;
  }
  return rows;
}

TEST(DuckDbSource, DescribesTablesAndQueriesWithoutRunningThem) {
  Shop shop;
  const auto table = shop.source->describe(shop.entity);
  ASSERT_OK(table);
  ASSERT_EQ(table->fields.size(), 5u);
  EXPECT_EQ(table->fields[3].type.kind, TypeKind::kFloat64);
  EXPECT_EQ(table->fields[4].type.kind, TypeKind::kText);
  shop.entity.read.table.clear();
  shop.entity.read.sql = "SELECT id, fecha FROM ventas -- todas\n;\n";
  const auto query = shop.source->describe(shop.entity);
  ASSERT_OK(query);
  EXPECT_EQ(to_string(query->fields[0].type), "int64");
  shop.entity.read.sql = "SELECT nada FROM ventas";
  EXPECT_EQ(shop.source->describe(shop.entity).error().code, ErrorCode::kMismatch);
}

TEST(DuckDbSource, TheCensusCountsEveryRowOfOneStoreByMonth) {
  Shop shop;
  CensusRequest request;
  request.store = "tienda_01";
  const CensusResult census = shop.census(request);
  EXPECT_TRUE(census.extents.front().exact);
  EXPECT_EQ(rows_in(census, "tienda_01", "2024-08"), 48);
  EXPECT_EQ(rows_in(census, "tienda_01", "2024-09"), 50);
  EXPECT_EQ(rows_in(census, "tienda_01", std::string(k_undated)), 2);
  EXPECT_EQ(census.columns.fields.size(), 5u);
}

TEST(DuckDbSource, AMonthThatIsTooLargeIsCountedByDay) {
  Shop shop;
  CensusRequest request;
  request.store = "tienda_01";
  request.chunk_rows = 10;
  request.days.begin = days_from_civil({2024, 8, 25});
  request.days.end = days_from_civil({2024, 8, 28});
  const CensusResult census = shop.census(request);
  ASSERT_EQ(census.extents.front().cells.size(), 4u);
  const CensusCell& cell = census.extents.front().cells[0];
  EXPECT_EQ(cell.rows, 4);
  EXPECT_EQ(*cell.range.begin, days_from_civil({2024, 8, 25}) * k_us_per_day);
  EXPECT_EQ(*cell.range.end, days_from_civil({2024, 8, 26}) * k_us_per_day);
  // The month's other days are told in one.
  const CensusCell& others = census.extents.front().cells[3];
  EXPECT_TRUE(others.is_beyond);
  EXPECT_EQ(others.period, "2024-08");
}

TEST(DuckDbSource, AStoreColumnSplitsTheCensusAndRowsWithoutAStoreAreUnknown) {
  Shop shop;
  shop.job.store_from_column = "tienda";
  shop.entity.read.time.clear();
  const CensusResult census = shop.census({});
  EXPECT_EQ(rows_in(census, "b", std::string(k_all)), 25);
  EXPECT_GT(rows_in(census, std::string(k_unknown_store), std::string(k_all)), 0);
  std::int64_t rows = 0;
  for (const CensusCell& cell : census.extents.front().cells) rows += cell.rows;
  EXPECT_EQ(rows, 100);
}

TEST(DuckDbSource, RowsWithoutTheStoresColumnBelongToNoStore) {
  Shop shop;
  shop.job.store_from_column = "pais";
  shop.entity.read.time.clear();
  EXPECT_EQ(rows_in(shop.census({}), std::string(k_all), std::string(k_all)), 100);
}

TEST(DuckDbSource, AnIntegerKeyIsCutIntoStretchesThatMeetAndHoldEveryRow) {
  Shop shop;
  shop.entity.read.time.clear();
  shop.entity.read.key = "id";
  CensusRequest request;
  request.store = "t";
  request.chunk_rows = 20;
  const CensusResult census = shop.census(request);
  const std::vector<CensusCell>& cells = census.extents.front().cells;
  ASSERT_GT(cells.size(), 2u);
  std::int64_t rows = cells[0].rows;
  for (std::size_t i = 1; i < cells.size(); ++i) {
    EXPECT_EQ(cells[i].range.begin, cells[i - 1].range.end);
    rows += cells[i].rows;
  }
  EXPECT_EQ(rows, 100);
  EXPECT_LE(*cells.front().range.begin, -50);
}

TEST(DuckDbSource, ReadsARangeWithTheWantedColumnsInTheirOrder) {
  Shop shop;
  Extent extent;
  extent.kind = ExtentKind::kRange;
  extent.range = {days_from_civil({2024, 8, 20}) * k_us_per_day,
                  days_from_civil({2024, 8, 20}) * k_us_per_day + k_us_per_day / 2};
  EXPECT_EQ(shop.read(extent, {"lista", "id", "fecha"}),
            (std::vector<std::string>{"[0, 1]|-50|2024-08-20 00:00:00|",
                                      "[1, 2]|-49|2024-08-20 06:00:00|"}));
  extent.undated = true;
  EXPECT_EQ(shop.read(extent, {"id"}), (std::vector<std::string>{"48|", "49|"}));
  extent.undated = false;
  extent.range = {};
  EXPECT_EQ(shop.read(extent, {"id"}).size(), 98u) << "those with a time";
  extent.kind = ExtentKind::kAll;
  EXPECT_EQ(shop.read(extent, {"id"}).size(), 100u);
}

TEST(DuckDbSource, ValuesBeyondOurTypesAreRejectsWithTheirKeyAndTheOtherRowsStay) {
  const TempFolder folder;
  {
    const auto target = open_target(folder / "wide.duckdb");
    ASSERT_OK(target->sql().execute(
        "CREATE TABLE wide AS SELECT i AS id, CASE WHEN i = 3 THEN TIMESTAMP '290309-12-22 (BC) "
        "01:02:03' WHEN i = 7 THEN make_timestamp(-9222425352054775808) END AS t, CASE WHEN i = 5 "
        "THEN -170141183460469231731687303715884105727 ELSE "
        "1::HUGEINT END AS h FROM range(5000) AS r(i)"));
  }
  SourceRequest source_request;
  source_request.connection = "duckdb:wide.duckdb";
  source_request.directory = folder.path();
  EntitySpec entity;
  entity.read.table = "wide";
  entity.write.key = {"number"};
  entity.columns.push_back({.name = "number", .from = "id"});
  auto source = open_duckdb_source(source_request);
  ASSERT_OK(source);
  ReadRequest request;
  request.entity = &entity;
  request.columns = {"t", "id", "h"};
  request.extent.kind = ExtentKind::kAll;
  auto rows = (*source)->open(request);
  ASSERT_OK(rows);
  RowBatch batch;
  std::vector<Reject> faults;
  std::vector<std::int64_t> ids;
  while ((*rows)->next(batch, faults).value_or(false)) {
    for (std::size_t row = 0; row < batch.rows; ++row) ids.push_back(batch.columns[1].words[row]);
  }
  EXPECT_EQ(ids.size(), 4997U);
  for (const std::int64_t beyond : {3, 5, 7})
    EXPECT_EQ(std::count(ids.begin(), ids.end(), beyond), 0);
  ASSERT_EQ(faults.size(), 3U);
  EXPECT_EQ(faults[0].source, "id=3");
  EXPECT_EQ(faults[0].column, "t");
  // Counted from 2000 it is the number that stands for -infinity.
  EXPECT_EQ(faults[1].source, "id=7");
  EXPECT_EQ(faults[1].column, "t");
  EXPECT_EQ(faults[2].source, "id=5");
  EXPECT_EQ(faults[2].column, "h");
}

// Two sessions see the same rows where nobody wrote to the file between them.
TEST(DuckDbSource, SaysWhatStateOfTheFileItReads) {
  Shop shop;
  SourceRequest request;
  request.connection = "duckdb:tienda.duckdb";
  request.directory = shop.folder.path();
  const auto state = [&] { return *(*open_duckdb_source(request))->export_snapshot(); };
  const std::string before = state();
  EXPECT_NE(snapshot_content(before), "");
  EXPECT_EQ(*shop.source->export_snapshot(), before);
  shop.source.reset();
  EXPECT_EQ(state(), before);
  ASSERT_OK(open_target(shop.folder / "tienda.duckdb")
                ->sql()
                .execute("UPDATE ventas SET fecha = fecha + INTERVAL 31 DAY WHERE id = 1"));
  EXPECT_NE(state(), before);
}

// What is copied over it with its time (cp -p, tar) may have its size, too.
TEST(DuckDbSource, AFileOfTheSameSizeAndTimeIsInAnotherState) {
  const TempFolder folder;
  const std::string file = folder / "a.duckdb";
  SourceRequest request;
  request.connection = "duckdb:" + file;
  const auto state = [&] { return *(*open_duckdb_source(request))->export_snapshot(); };
  const auto set = [&](const std::string& sql) {
    ASSERT_OK(open_target(file)->sql().execute(sql));
  };
  set("CREATE TABLE t AS SELECT 1 AS v");
  set("UPDATE t SET v = 2");
  const std::string before = state();
  const auto size = std::filesystem::file_size(file);
  const auto time = std::filesystem::last_write_time(file);
  EXPECT_EQ(state(), before);
  set("UPDATE t SET v = 3");
  ASSERT_EQ(std::filesystem::file_size(file), size);
  std::filesystem::last_write_time(file, time);
  EXPECT_NE(state(), before);
}

TEST(DuckDbSource, AnUnknownColumnIsNamedWithTheNearest) {
  Shop shop;
  ReadRequest request;
  request.entity = &shop.entity;
  request.columns = {"totel"};
  const auto rows = shop.source->open(request);
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::kMismatch);
  EXPECT_NE(rows.error().advice.find("total"), std::string::npos);
  EXPECT_EQ(rows.error().place.entity, "ventas");
}

TEST(DuckDbSource, AMissingFileIsNotFoundAndNotMade) {
  const TempFolder folder;
  SourceRequest request;
  request.connection = "duckdb:" + folder / "nada.duckdb";
  const auto source = open_duckdb_source(request);
  ASSERT_FALSE(source.has_value());
  EXPECT_EQ(source.error().code, ErrorCode::kNotFound) << source.error().to_string();
  EXPECT_FALSE(std::filesystem::exists(folder / "nada.duckdb"));
}

void write_parquet(const std::string& query, const std::string& file) {
  const TempFolder folder;
  ASSERT_OK(open_target(folder / "t.duckdb")
                ->sql()
                .execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)"));
}

TEST(Parquet, IsDescribedCountedAndReadWithTheWantedColumns) {
  const TempFolder folder;
  const std::string file = folder / "t.parquet";
  write_parquet(
      "SELECT * FROM (VALUES (1::INTEGER, 1.5::DECIMAL(18,4), 'uno'), (2, NULL, 'dos')) "
      "AS t(id, total, nota)",
      file);
  const ParquetFiles files;
  const auto opened = files.open(file);
  ASSERT_OK(opened);
  EXPECT_EQ((*opened)->count_rows().value_or(-1), 2);
  EXPECT_EQ(to_string((*opened)->columns().fields[1].type), "decimal(18,4)");
  auto rows = (*opened)->rows({.columns = {"nota", "total"}});
  ASSERT_OK(rows);
  RowBatch batch;
  std::vector<Reject> faults;
  ASSERT_TRUE((*rows)->next(batch, faults).value_or(false));
  ASSERT_EQ(batch.rows, 2u);
  EXPECT_EQ(display_text(batch.columns[0], 1), "dos");
  EXPECT_EQ(display_text(batch.columns[1], 0), "1.5000");
  EXPECT_FALSE((*rows)->next(batch, faults).value_or(true));
}

TEST(Parquet, FilesThatAreReadAtTheSameTimeAndAfterOneAnotherDoNotMeet) {
  const TempFolder folder;
  const std::string file = folder / "t.parquet";
  write_parquet("SELECT * FROM (VALUES (1), (2), (3)) AS t(id)", file);
  const auto read = [&](RowSource& rows) {
    std::string got;
    RowBatch batch;
    std::vector<Reject> faults;
    while (rows.next(batch, faults).value_or(false)) {
      for (std::size_t row = 0; row < batch.rows; ++row) got += display_text(batch.columns[0], row);
    }
    return got;
  };
  std::unique_ptr<RowSource> left;
  {
    const ParquetFiles files;
    for (int round = 0; round < 2; ++round) {
      const auto first = files.open(file);
      const auto second = files.open(file);
      ASSERT_TRUE(first && second);
      const auto rows = (*first)->rows({.columns = {"id"}});
      const auto others = (*second)->rows({.columns = {"id"}});
      ASSERT_TRUE(rows && others);
      EXPECT_EQ(read(**rows) + read(**others), "123123");
    }
    const auto given_up = files.open(file);  // nobody reads it to its end
    ASSERT_OK(given_up);
    ASSERT_OK((*given_up)->rows({.columns = {"id"}}));
    auto last = files.open(file);
    ASSERT_OK(last);
    auto rows = (*last)->rows({.columns = {"id"}});
    ASSERT_OK(rows);
    left = std::move(*rows);
  }
  EXPECT_EQ(read(*left), "123");
}

TEST(Parquet, AFileThatIsNoneAndAMissingOneAreToldApart) {
  const TempFolder folder;
  make_shop(folder / "tienda.duckdb");
  const ParquetFiles files;
  EXPECT_EQ(files.open(folder / "tienda.duckdb").error().code, ErrorCode::kProtocol);
  EXPECT_EQ(files.open(folder / "nada.parquet").error().code, ErrorCode::kNotFound);
}

// A view over a file, which anybody may replace whatever session has the database open.
TEST(DuckDbSource, TellsWhatLiesOutsideOfItsFile) {
  const TempFolder folder;
  {
    const auto target = open_target(folder / "a.duckdb");
    ASSERT_OK(target->sql().execute("CREATE TABLE t AS SELECT range AS id FROM range(9)"));
    ASSERT_OK(target->sql().execute("COPY t TO '" + folder.path() + "/t.parquet" + "'"));
    ASSERT_OK(target->sql().execute("CREATE VIEW v AS SELECT * FROM '" + folder.path() +
                                    "/t.parquet" + "' UNION ALL FROM t"));
    ASSERT_OK(target->sql().execute("CREATE VIEW own AS SELECT id + 1 AS id FROM t, range(2)"));
  }
  SourceRequest request;
  request.connection = "duckdb:" + folder.path() + "/a.duckdb";
  auto opened = open_duckdb_source(request);
  ASSERT_TRUE(opened.has_value()) << opened.error().to_string();
  for (const auto& [table, outside] : {std::pair("t", ""), std::pair("own", ""),
                                       std::pair("v", "outside of its file, by PARQUET_SCAN")}) {
    EntitySpec entity;
    entity.name = entity.read.table = table;
    const auto taken = (*opened)->census({}, entity, {});
    ASSERT_TRUE(taken.has_value()) << taken.error().to_string();
    EXPECT_EQ(taken->not_held, outside) << table;
  }
}

}  // namespace
}  // namespace decant::test
