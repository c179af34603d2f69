// Values of all types at their edges go out of one table and into another, and stay what they were.
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class RoundTrip : public PostgresTest {
 protected:
  // Loads `from` into a table that Decant makes itself; both must have one digest.
  void expect_same(const std::string& from) {
    const EntityPlan entity = plan(from, "copied.there");
    ASSERT_TRUE(target().create_table(entity));
    const auto outcome =
        copy(from, load_plan(entity, LoadMethod::kAppend, {ChunkSpec{{from, "all", "all"}}}));
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    const SetDigest before = digest(from);
    EXPECT_EQ(outcome->counts[0].inserted, before.row_count);
    EXPECT_EQ(digest("copied.there").hex(), before.hex());
    EXPECT_EQ(digest("copied.there").row_count, before.row_count);
    EXPECT_EQ(digest(*value_of(target().read_table(entity))).hex(), before.hex());
  }
};

constexpr const char* k_edges = R"(
CREATE TYPE color AS ENUM ('rojo', 'verde');
CREATE DOMAIN monto AS numeric(18,4) CHECK (VALUE > -1e12);
CREATE TABLE edges (id int PRIMARY KEY, b bool, i2 int2, i4 int4, i8 int8, n0 numeric(5,0), n4 numeric(18,4), n38 numeric(38,10),
  n60 numeric(60,20), nx numeric, f4 float4, f8 float8, d date, t time, ts timestamp, tz timestamptz, tx text,
  vc varchar(20), ch char(10), by bytea, u uuid, j json, jb jsonb, co color, ar int[], iv interval, mo monto);
INSERT INTO edges (id) VALUES (0);
INSERT INTO edges VALUES
 (1, true, -32768, -2147483648, -9223372036854775808, -99999, -99999999999999.9999, -9999999999999999999999999999.9999999999,
  -1234567890123456789012345678901234567890.12345678901234567890, -1e300, '-infinity', '-infinity', '-infinity', '00:00',
  '-infinity', '-infinity', '', '', '', '', '00000000-0000-0000-0000-000000000000', '{}', '{}', 'rojo', '{}', '0', 0),
 (2, false, 32767, 2147483647, 9223372036854775807, 99999, 99999999999999.9999, 9999999999999999999999999999.9999999999,
  0.00000000000000000001, 1e-300, 'NaN', 'NaN', 'infinity', '24:00', 'infinity', 'infinity', 'ñandú ☃ 𝄞', 'áéíóú', 'abc',
  '\x00ff10', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '{"b": 1.0, "a": [null, "x"]}', '{"b": 1.50, "a": [null, "x"]}',
  'verde', '{1,NULL,3}', '1 year 2 mons -3 days 04:05:06.789', 12.5),
 (3, true, 0, 0, 0, 0, 0.0001, 0.0000000001, 0, 0, 1.5, 1e-310, '4713-01-01 BC', '23:59:59.999999',
  '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999+00', E'tab\tnew\nline\\ "quote"', 'x', '  abc', decode(repeat('ab', 5000), 'hex'),
  '12345678-9abc-def0-1234-56789abcdef0', '[1e2]', '"text"', NULL, NULL, NULL, -999999999999),
 (4, NULL, 7, 7, 7, 12000, 10000, 10000.00001, 10000, 'NaN', -0.0, -0.0, '5874897-12-31', '00:00:00.000001', '1999-12-31 23:59:59.999999',
  '2000-01-01 00:00:00+00', repeat('ancho ', 20000), NULL, 'ñ', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (5, true, 1, 1, 1, 1, 1, 1, 1, 'Infinity', 3.4e38, 1.7976931348623157e308, '2000-02-29', '12:00', '2024-02-29 12:00', '2024-02-29 12:00-04',
  'fin', 'fin', 'fin', '\x', NULL, 'null', 'null', 'rojo', '{{1,2},{3,4}}', '-1 day', NULL);
)";

TEST_F(RoundTrip, EdgesOfAllTypesKeepTheirDigestInATableThatDecantMakes) {
  exec(k_edges);
  expect_same("edges");
  EXPECT_EQ(ask("SELECT n38::text FROM copied.there WHERE id = 1"),
            "-9999999999999999999999999999.9999999999");
  EXPECT_EQ(ask("SELECT ts::text FROM copied.there WHERE id = 3"), "4713-01-01 00:00:00 BC");
  EXPECT_EQ(ask("SELECT ch FROM copied.there WHERE id = 2"), "abc");
  EXPECT_EQ(ask("SELECT count(*) FROM edges AS a JOIN copied.there AS b USING (id) WHERE (a.i8, "
                "a.n4, a.n60, a.nx, a.d, a.tz, "
                "a.tx, a.by, a.u, a.jb) IS NOT DISTINCT FROM (b.i8, b.n4, b.n60, b.nx, b.d, b.tz, "
                "b.tx, b.by, b.u, b.jb)"),
            "6");
}

TEST_F(RoundTrip, ATableWithTheSameExoticTypesTakesThemThroughTheirText) {
  exec(k_edges);
  exec("CREATE TABLE same (LIKE edges)");
  const auto outcome = copy("edges", load_plan(plan("edges", "same"), LoadMethod::kAppend,
                                               {ChunkSpec{{"edges", "all", "all"}}}));
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(outcome->counts[0].inserted, 6);
  EXPECT_EQ(digest("same").hex(), digest("edges").hex());
  EXPECT_EQ(ask("SELECT count(*) FROM same JOIN edges USING (id) WHERE same.ar IS NOT DISTINCT "
                "FROM edges.ar AND "
                "same.iv IS NOT DISTINCT FROM edges.iv AND same.co IS NOT DISTINCT FROM edges.co"),
            "6");
}

TEST_F(RoundTrip, ManyRowsCrossBatchAndBufferLimits) {
  exec(
      "CREATE TABLE many AS SELECT i AS id, (i * 7919 % 100000)::numeric(18,4) / 100 AS total, "
      "'producto ' || i % 1000 AS nombre, repeat('x', i % 300) AS nota, "
      "TIMESTAMP '2024-01-01' + i * INTERVAL '37 seconds' AS fecha FROM generate_series(1, 30000) "
      "AS i");
  exec("ALTER TABLE many ALTER total TYPE numeric(18,4)");
  expect_same("many");
}

TEST_F(RoundTrip, AnEmptyTableIsCopiedAsNoRows) {
  exec("CREATE TABLE hollow (id int, tx text)");
  expect_same("hollow");
}

}  // namespace
}  // namespace decant::test
