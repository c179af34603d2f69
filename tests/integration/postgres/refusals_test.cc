// Rows that the table refuses become rejects with a reason, and the others are loaded.
#include <set>

#include "common/connector/load_sql.h"
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class Refusals : public PostgresTest {
 protected:
  Result<Loaded> load(LoadMethod method, const std::vector<std::string>& key = {}) {
    return copy("v", load_plan(plan("v", "there", key), method, {ChunkSpec{{"v", "all", "all"}}}));
  }
  static std::multiset<std::string> rules(const Loaded& outcome) {
    std::multiset<std::string> found;
    for (const RefusedRow& row : outcome.refused) found.insert(row.reject.rule);
    return found;
  }
  SetDigest refused_digest(const Loaded& outcome) {
    SetDigest digest;
    RowHasher hasher;
    for (const RefusedRow& row : outcome.refused) digest.add(hasher.hash(row.canonical_row));
    return digest;
  }
};

TEST_F(Refusals, EveryKindOfBadRowIsTakenOutOfAnAppendAndTheRestLoads) {
  exec("CREATE TABLE tienda (id int PRIMARY KEY); INSERT INTO tienda SELECT generate_series(0, 9)");
  exec(
      "CREATE TABLE there (id int PRIMARY KEY, tienda int NOT NULL REFERENCES tienda DEFERRABLE "
      "INITIALLY DEFERRED, "
      "total numeric(10,2) CHECK (total >= 0))");
  exec(
      "CREATE TABLE v AS SELECT i AS id, i % 10 AS tienda, i::numeric(10,2) AS total FROM "
      "generate_series(1, 5000) AS i");
  exec(
      "UPDATE v SET total = -1 WHERE id IN (17, 4000); UPDATE v SET tienda = 99 WHERE id = 2500; "
      "UPDATE v SET tienda = NULL WHERE id = 5000; INSERT INTO v VALUES (1, 1, 7)");
  const auto outcome = load(LoadMethod::kAppend, {"id"});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(rules(*outcome),
            (std::multiset<std::string>{"check", "check", "not null", "reference", "unique"}));
  EXPECT_EQ(outcome->counts[0].inserted, 4996);
  EXPECT_EQ(ask("SELECT count(*) FROM there"), "4996");
  // What was read is what was loaded and what was refused.
  SetDigest sum = digest("there");
  sum.merge(refused_digest(*outcome));
  EXPECT_EQ(sum.hex(), digest("v").hex());
}

TEST_F(Refusals, AReasonNamesTheConstraintAndTheKeyButNoPrivateValue) {
  exec(
      "CREATE TABLE there (id int PRIMARY KEY, cedula text, CONSTRAINT cedula_larga CHECK "
      "(length(cedula) > 5))");
  exec("CREATE TABLE v AS SELECT 4 AS id, 'V-12' AS cedula");
  EntityPlan entity = plan("v", "there");
  entity.columns[1].is_private = true;
  const auto outcome =
      copy("v", load_plan(entity, LoadMethod::kAppend, {ChunkSpec{{"v", "all", "all"}}}));
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  ASSERT_EQ(outcome->refused.size(), 1u);
  EXPECT_NE(outcome->refused[0].reject.reason.find("cedula_larga"), std::string::npos);
  EXPECT_EQ(outcome->refused[0].reject.original, "id=4, cedula=***");
  EXPECT_EQ(outcome->refused[0].reject.reason.find("V-12"), std::string::npos);
}

TEST_F(Refusals, ReplacingByKeyRefusesNewRowsAndKeepsItsPreImagesRight) {
  exec(
      "CREATE TABLE there (id int PRIMARY KEY, codigo text UNIQUE); INSERT INTO there VALUES (1, "
      "'a'), (2, 'b'), (3, 'c')");
  exec(
      "CREATE TABLE v AS SELECT * FROM (VALUES (1, 'a'), (2, 'bb'), (4, 'a'), (5, 'e')) AS x (id, "
      "codigo)");
  const auto outcome = load(LoadMethod::kReplaceByKey, {"id"});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(rules(*outcome), (std::multiset<std::string>{"unique"}));
  EXPECT_EQ(ask("SELECT string_agg(id || codigo, ' ' ORDER BY id) FROM there"), "1a 2bb 5e");
  EXPECT_EQ(outcome->counts[0].inserted, 1);
  EXPECT_EQ(outcome->counts[0].updated, 1);
  EXPECT_EQ(outcome->counts[0].deleted, 1);
  EXPECT_EQ(ask("SELECT string_agg(decant_operation || id, ' ' ORDER BY id) FROM " +
                undo_table_name("decant", "there")),
            "updated2 deleted3 inserted5");
}

TEST_F(Refusals, AChangeThatNoNewRowIsToBlameForFailsTheTaskAndChangesNothing) {
  exec("CREATE TABLE there (id int PRIMARY KEY); INSERT INTO there VALUES (1), (2)");
  exec(
      "CREATE FUNCTION keep_all() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'all stay' "
      "USING ERRCODE = '23503'; END$$");
  exec("CREATE TRIGGER keep BEFORE DELETE ON there FOR EACH ROW EXECUTE FUNCTION keep_all()");
  exec("CREATE TABLE v AS SELECT 1 AS id");
  const auto outcome = load(LoadMethod::kReplaceByKey, {"id"});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, ErrorCode::kDataRefused);
  EXPECT_EQ(outcome.error().sqlstate, "23503");
  EXPECT_EQ(outcome.error().place.entity, "v");
  EXPECT_EQ(ask("SELECT count(*) FROM there"), "2");
}

TEST_F(Refusals, ARowThatAnotherTableRefersToStaysAndTheRestLoads) {
  exec("CREATE TABLE there (id int PRIMARY KEY); INSERT INTO there VALUES (1), (2), (3)");
  exec("CREATE TABLE hija (id int REFERENCES there); INSERT INTO hija VALUES (2)");
  exec("CREATE TABLE v AS SELECT * FROM (VALUES (1), (4)) AS x (id)");
  const auto outcome = load(LoadMethod::kReplaceByKey, {"id"});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(outcome->counts[0].inserted, 1);
  EXPECT_EQ(outcome->counts[0].deleted, 1);
  EXPECT_EQ(ask("SELECT string_agg(CAST(id AS text), ' ' ORDER BY id) FROM there"), "1 2 4");
}

// More than one search finds, good and bad rows mixed.
TEST_F(Refusals, ThereMayBeAnyNumberOfThem) {
  exec("CREATE TABLE tienda (id int PRIMARY KEY); INSERT INTO tienda SELECT generate_series(0, 9)");
  exec("CREATE TABLE there (id int PRIMARY KEY, tienda int REFERENCES tienda)");
  exec(
      "CREATE TABLE v AS SELECT i AS id, CASE WHEN i % 2 = 0 THEN 99 ELSE i % 10 END AS tienda "
      "FROM "
      "generate_series(1, 30000) AS i");
  for (const LoadMethod method : {LoadMethod::kAppend, LoadMethod::kReplaceByKey}) {
    const auto outcome = load(method, {"id"});
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_EQ(outcome->refused.size(), 15'000u);
    EXPECT_EQ(ask("SELECT count(*) FROM there"), "15000");
    SetDigest sum = digest("there");
    sum.merge(refused_digest(*outcome));
    EXPECT_EQ(sum.hex(), digest("v").hex());
  }
}

TEST_F(Refusals, ATriggerThatSwallowsRowsIsNotTakenForSuccess) {
  exec("CREATE TABLE there (id int); CREATE TABLE v AS SELECT generate_series(1, 10) AS id");
  exec(
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 5 THEN RETURN "
      "NULL; END IF; RETURN NEW; END'");
  exec("CREATE TRIGGER t BEFORE INSERT ON there FOR EACH ROW EXECUTE FUNCTION f()");
  const auto outcome = load(LoadMethod::kAppend);
  ASSERT_FALSE(outcome);
  EXPECT_NE(outcome.error().message.find("9 rows of 10"), std::string::npos)
      << outcome.error().message;
}

TEST_F(Refusals, ADomainsCheckRefusesItsRowAlone) {
  exec(
      "CREATE DOMAIN monto AS numeric(10,2) CHECK (VALUE >= 0); CREATE TABLE there (id int, m "
      "monto)");
  exec(
      "CREATE TABLE v AS SELECT i AS id, (i - 3)::numeric(10,2) AS m FROM generate_series(1, 6) AS "
      "i");
  const auto outcome = load(LoadMethod::kAppend);
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(rules(*outcome), (std::multiset<std::string>{"check", "check"}));
  EXPECT_EQ(ask("SELECT count(*) FROM there"), "4");
}

// A numeric(3,5) has fewer digits than the decimal(5,5) that its values are, a name fewer bytes
// than the text.
TEST_F(Refusals, AColumnThatHoldsLessThanItsTypeOfOursRefusesItsRowsAlone) {
  exec(
      "CREATE TABLE v (id int, n numeric(5,5), t text); INSERT INTO v VALUES (1, 0.00999, 'a'), "
      "(2, 0.1, 'b'), (3, 0.00001, repeat('x', 64)), (4, NULL, repeat('é', 32)), (5, 0, "
      "repeat('y', 63))");
  for (const LoadMethod method : {LoadMethod::kAppend, LoadMethod::kReplaceByKey}) {
    const bool has_key = method == LoadMethod::kReplaceByKey;
    exec(
        "DROP TABLE IF EXISTS there; CREATE TABLE there (id int PRIMARY KEY, n numeric(3,5), t "
        "name)");
    const auto outcome =
        load(method, has_key ? std::vector<std::string>{"id"} : std::vector<std::string>{});
    ASSERT_TRUE(outcome) << outcome.error().to_string();
    EXPECT_EQ(rules(*outcome), (std::multiset<std::string>{"type", "type", "type"}));
    EXPECT_EQ(ask("SELECT string_agg(id || ' ' || n || ' ' || length(t::text), ', ' ORDER BY id) "
                  "FROM there"),
              "1 0.00999 1, 5 0.00000 63");
  }
}

}  // namespace
}  // namespace decant::test
