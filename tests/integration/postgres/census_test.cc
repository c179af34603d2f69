// The census: exact counts by store and local month, by stretches of a key, or of the whole.
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class CensusTest : public PostgresTest {
 protected:
  std::vector<CensusCell> cells(const EntitySpec& spec, const CensusRequest& request,
                                const std::string& store_column = {},
                                const std::string& time_zone = "UTC") {
    JobSpec job;
    job.store_from_column = store_column;
    SourceRequest open;
    open.connection = url();
    open.application_name = "decant/tests";
    open.time_zone = time_zone;
    const auto reader = value_of(open_postgres_source(open));
    CensusResult result = value_of(reader->census(job, spec, request));
    EXPECT_EQ(result.extents.size(), 1u);
    EXPECT_TRUE(result.extents[0].exact);
    EXPECT_FALSE(result.snapshot.empty());
    return result.extents[0].cells;
  }
  static std::int64_t day(std::int64_t year, int month, int day_of_month) {
    return days_from_civil({year, month, day_of_month});
  }
};

TEST_F(CensusTest, MonthsAreCountedPerStoreAndLargeOnesPerDay) {
  exec(
      "CREATE TABLE v AS SELECT 'sur' AS tienda, DATE '2024-01-31' AS fecha FROM "
      "generate_series(1, 5)");
  exec("INSERT INTO v SELECT 'sur', DATE '2024-02-01' + i % 2 FROM generate_series(0, 20) AS i");
  exec("INSERT INTO v VALUES ('norte', NULL), ('norte', 'infinity'), (NULL, '2024-12-31')");
  CensusRequest request;
  request.chunk_rows = 10;
  const auto found = cells(entity("v", "fecha"), request, "tienda");
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0].store, "norte");
  EXPECT_EQ(found[0].period, k_undated);
  EXPECT_EQ(found[0].rows, 2);
  EXPECT_EQ(found[1].period, "2024-01");
  EXPECT_EQ(found[1].rows, 5);
  EXPECT_EQ(found[1].range, (ValueRange{day(2024, 1, 1), day(2024, 2, 1)}));
  EXPECT_EQ(found[2].period, "2024-02");
  EXPECT_EQ(found[2].rows, 11);
  EXPECT_EQ(found[2].range, (ValueRange{day(2024, 2, 1), day(2024, 2, 2)}));
  EXPECT_EQ(found[3].rows, 10);
  EXPECT_EQ(found[4].store, k_unknown_store);
  EXPECT_EQ(found[4].range, (ValueRange{day(2024, 12, 1), day(2025, 1, 1)}));
}

TEST_F(CensusTest, RowsWithoutTheStoresColumnBelongToNoStore) {
  exec("CREATE TABLE v AS SELECT DATE '2024-01-31' AS fecha FROM generate_series(1, 5)");
  const auto found = cells(entity("v", "fecha"), {}, "tienda");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].store, k_all);
  EXPECT_EQ(found[0].rows, 5);
}

TEST_F(CensusTest, MonthsOfInstantsAreThoseOfTheStoresZone) {
  exec(
      "CREATE TABLE v (fecha timestamptz); INSERT INTO v VALUES ('2024-02-01 03:59+00'), "
      "('2024-02-01 04:00+00')");
  const auto found = cells(entity("v", "fecha"), {}, {}, "America/Caracas");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].period, "2024-01");
  EXPECT_EQ(found[0].range.end, day(2024, 2, 1) * k_us_per_day + 4 * 3'600'000'000LL);
  EXPECT_EQ(found[1].period, "2024-02");
}

TEST_F(CensusTest, TheDaysOfTheRunAreCountedAndTheOthersOfItsMonthsApart) {
  exec(
      "CREATE TABLE v AS SELECT TIMESTAMP '2024-01-01' + i * INTERVAL '1 day' AS fecha FROM "
      "generate_series(0, 99) AS i");
  exec("INSERT INTO v VALUES (NULL)");
  CensusRequest request;
  request.store = "tienda_01";
  request.days = value_of(parse_day_range("2024-01-30", "2024-02"));
  const auto found = cells(entity("v", "fecha"), request);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].store, "tienda_01");
  EXPECT_EQ(found[0].rows, 2);
  EXPECT_EQ(found[0].range.begin, day(2024, 1, 30) * k_us_per_day);
  EXPECT_EQ(found[1].rows, 29);
  // The other days of these months.
  EXPECT_TRUE(found[2].is_beyond);
  EXPECT_EQ(found[2].period, "2024-01");
  EXPECT_EQ(found[2].rows, 29);
}

TEST_F(CensusTest, AnIntegerKeyIsCutAtRoundLimitsThatHoldEveryRow) {
  exec(
      "CREATE TABLE v AS SELECT i AS id FROM generate_series(-5000, 94999) AS i; INSERT INTO v "
      "VALUES (NULL)");
  CensusRequest request;
  request.chunk_rows = 10'000;
  const auto found = cells(entity("v", {}, "id"), request);
  std::int64_t rows = 0;
  for (const CensusCell& cell : found) {
    rows += cell.rows;
    if (cell.period == k_undated) continue;
    EXPECT_EQ(*cell.range.begin % 10'000, 0);
    EXPECT_EQ(std::to_string(cell.rows),
              ask("SELECT count(*) FROM v WHERE id >= " + std::to_string(*cell.range.begin) +
                  " AND id < " + std::to_string(*cell.range.end)));
  }
  EXPECT_EQ(rows, 100'001);
  EXPECT_GE(found.size(), 6u);
}

// Chunks of one row have stretches finer than those that all rows are counted by first.
TEST_F(CensusTest, KeysOfAnyDensityAreCountedByTheStretchesOfTheirChunks) {
  exec(
      "CREATE TABLE v AS SELECT (i * 41 + i % 7 * 3) * CASE WHEN i % 3 = 0 THEN -1 ELSE 1 END AS "
      "id, CASE WHEN i "
      "% 2 = 0 THEN 'sur' ELSE 'norte' END AS tienda FROM generate_series(1, 30000) AS i");
  for (const std::string store : {"", "tienda"}) {
    for (const std::int64_t chunk_rows : {1, 5, 40, 700, 5000}) {
      CensusRequest request;
      request.chunk_rows = chunk_rows;
      const auto found = cells(entity("v", {}, "id"), request, store);
      ASSERT_FALSE(found.empty());
      const std::int64_t width = *found[0].range.end - *found[0].range.begin;
      std::string told;
      for (const CensusCell& cell : found) {
        told += (told.empty() ? "" : " ") + cell.store + ":" + std::to_string(*cell.range.begin) +
                ":" + std::to_string(cell.rows);
        EXPECT_EQ(*cell.range.end - *cell.range.begin, width);
      }
      const std::string of = store.empty() ? "'all'" : store;
      EXPECT_EQ(told,
                ask("SELECT string_agg(concat_ws(':', s, b, n), ' ' ORDER BY s COLLATE "
                    "\"C\", b) FROM (SELECT " +
                    of + " AS s, floor(id::numeric / " + std::to_string(width) + ") * " +
                    std::to_string(width) + " AS b, count(*) AS n FROM v GROUP BY 1, 2) AS c"));
      if (chunk_rows == 1) {
        EXPECT_EQ(width, 100) << "finer than the first count";
      }
    }
  }
}

TEST_F(CensusTest, TheEndsOfBigintDoNotOverflow) {
  exec(
      "CREATE TABLE v AS SELECT unnest(ARRAY[-9223372036854775808, -1, 0, 9223372036854775807]) AS "
      "id");
  std::int64_t rows = 0;
  for (const CensusCell& cell : cells(entity("v", {}, "id"), {})) rows += cell.rows;
  EXPECT_EQ(rows, 4);
}

TEST_F(CensusTest, WithoutTimeAndKeyThereIsOneCell) {
  exec("CREATE TABLE v AS SELECT 1 AS a FROM generate_series(1, 12)");
  const auto found = cells(entity("v"), {});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].period, k_all);
  EXPECT_EQ(found[0].rows, 12);
}

TEST_F(CensusTest, AWholeTableSaysItsBlocksAndAQueryHasNone) {
  exec(
      "CREATE TABLE v AS SELECT repeat('x', 1000) AS a, DATE '2024-01-01' AS fecha FROM "
      "generate_series(1, 70)");
  EntitySpec spec = entity("v");
  const std::string blocks = ask("SELECT pg_relation_size('v') / 8192");
  EXPECT_EQ(std::to_string(value_of(source()->census({}, spec, {})).extents[0].extent.end_block),
            blocks);
  CensusRequest days;
  days.days.begin = day(2024, 1, 1);
  EXPECT_EQ(value_of(source()->census({}, entity("v", "fecha"), days)).extents[0].extent.end_block,
            0);
  spec.read.table.clear();
  spec.read.sql = "SELECT a FROM v";
  EXPECT_EQ(value_of(source()->census({}, spec, {})).extents[0].extent.end_block, 0);
}

TEST_F(CensusTest, WhatNoSnapshotHoldsIsNamed) {
  exec(
      "CREATE TABLE v AS SELECT 1 AS a; CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN "
      "DATA "
      "WRAPPER file_fdw; CREATE FOREIGN TABLE hub (a int) SERVER files OPTIONS (program 'echo 1', "
      "format 'csv'); CREATE VIEW over_hub AS SELECT a FROM hub; CREATE TABLE parts (a int) "
      "PARTITION BY LIST (a); CREATE FOREIGN TABLE part PARTITION OF parts FOR VALUES IN (1) "
      "SERVER "
      "files OPTIONS (program 'echo 1', format 'csv')");
  EXPECT_EQ(value_of(source()->census({}, entity("v"), {})).not_held, "");
  for (const char* table : {"hub", "over_hub"}) {
    EXPECT_EQ(value_of(source()->census({}, entity(table), {})).not_held, "the foreign table hub")
        << table;
  }
  EXPECT_EQ(value_of(source()->census({}, entity("parts"), {})).not_held, "the foreign table part");
}

TEST_F(CensusTest, WhatMakesAQueryAnswerOtherwiseEachTimeIsNamed) {
  exec("CREATE TABLE v AS SELECT i AS a, DATE '2024-01-31' AS d FROM generate_series(1, 9) AS i");
  exec("CREATE VIEW numbered AS SELECT row_number() OVER () AS n, d FROM v");
  exec("CREATE VIEW firsts AS SELECT DISTINCT ON (a) a, d FROM v ORDER BY a, d");
  exec("CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'");
  exec("CREATE FUNCTION any_number() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'");
  const auto unsteady = [&](const std::string& sql) {
    EntitySpec spec = entity("", "d");
    spec.read.sql = sql;
    return value_of(source()->census({}, spec, {})).unsteady;
  };
  EXPECT_EQ(value_of(source()->census({}, entity("v", "d"), {})).unsteady, "");
  EXPECT_EQ(value_of(source()->census({}, entity("numbered", "d"), {})).unsteady, "row_number");
  EXPECT_EQ(value_of(source()->census({}, entity("firsts", "d"), {})).unsteady, "DISTINCT ON");
  EXPECT_EQ(unsteady("SELECT a, d FROM v ORDER BY a"), "");
  EXPECT_EQ(unsteady("SELECT DISTINCT a, d FROM v"), "");
  EXPECT_EQ(unsteady("SELECT d, rank() OVER (ORDER BY a) AS n FROM v"), "");
  EXPECT_EQ(unsteady("SELECT a, d, lower('A'), mine() FROM v"), "") << "what is inlined is read";
  EXPECT_EQ(unsteady("SELECT a, d FROM v ORDER BY a LIMIT 5"), "LIMIT");
  EXPECT_EQ(unsteady("SELECT a, d FROM v TABLESAMPLE bernoulli (50)"), "TABLESAMPLE");
  EXPECT_EQ(unsteady("SELECT a, d, random() AS r FROM v"), "random()");
  EXPECT_EQ(unsteady("SELECT a, d, any_number() AS r FROM v"), "any_number()");
  EntitySpec spec = entity("numbered");
  EXPECT_EQ(value_of(source()->census({}, spec, {})).unsteady, "") << "it is read at once";
}

TEST_F(CensusTest, AViewThatIsOpenInPartIsCounted) {
  exec(
      "CREATE TABLE v AS SELECT 1 AS a, 2 AS secret, DATE '2024-01-31' AS d; CREATE VIEW w AS "
      "TABLE v");
  exec("CREATE ROLE part LOGIN; GRANT SELECT (a, d) ON w TO part");
  exec("SET ROLE part");
  SourceRequest request;
  request.connection = url() + (url().find('?') == std::string::npos ? "?" : "&") + "user=part";
  const auto reader = value_of(open_postgres_source(request));
  EXPECT_EQ(value_of(reader->census({}, entity("w", "d"), {})).extents[0].cells.size(), 1u);
}

TEST_F(CensusTest, ATextColumnHasNoMonths) {
  exec("CREATE TABLE v (fecha text)");
  const auto result = source()->census({}, entity("v", "fecha"), {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kMismatch);
}

}  // namespace
}  // namespace decant::test
