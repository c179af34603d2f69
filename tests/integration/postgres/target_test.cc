// Tables of the target: looked at, made, keyed, emptied.
#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

class TargetTest : public PostgresTest {
 protected:
  TableShape shape(const std::string& table) { return value_of(target().describe(table)).value(); }
};

TEST_F(TargetTest, ATableThatIsNotThereIsNotAnError) {
  EXPECT_FALSE(value_of(target().describe("ventas_raw")).has_value());
  EXPECT_FALSE(value_of(target().describe("no_schema.ventas_raw")).has_value());
}

TEST_F(TargetTest, DescribesKeyTriggersChildrenAndRows) {
  exec(
      "CREATE TABLE padre (b int NOT NULL, a int NOT NULL, suma int GENERATED ALWAYS AS (a + b) "
      "STORED, PRIMARY KEY (a, b))");
  EXPECT_EQ(shape("padre").key, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(shape("padre").schema.fields.size(), 2u) << "a computed column cannot be written";
  EXPECT_FALSE(shape("padre").has_rows);
  EXPECT_FALSE(shape("padre").has_cascading_children);
  EXPECT_FALSE(shape("padre").has_delete_trigger);
  exec("CREATE TABLE hija (a int, b int, FOREIGN KEY (a, b) REFERENCES padre ON DELETE CASCADE)");
  exec("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'");
  exec("CREATE TRIGGER t BEFORE DELETE ON padre FOR EACH ROW EXECUTE FUNCTION f()");
  exec("INSERT INTO padre VALUES (1, 2); ANALYZE padre");
  EXPECT_TRUE(shape("padre").has_rows);
  EXPECT_TRUE(shape("padre").has_cascading_children);
  EXPECT_TRUE(shape("padre").has_delete_trigger);
  EXPECT_EQ(shape("padre").estimated_rows, 1);
}

TEST_F(TargetTest, AUniqueConstraintIsTheKeyWhereThereIsNoPrimaryOne) {
  exec(
      "CREATE TABLE t (id int NOT NULL, codigo text NOT NULL UNIQUE); CREATE UNIQUE INDEX ON t "
      "(id) WHERE id > 0");
  EXPECT_EQ(shape("t").key, (std::vector<std::string>{"codigo"}));
}

TEST_F(TargetTest, MakesATableWithItsSchemaAndKeyColumnsThatAreNeverNull) {
  exec("CREATE TABLE v (id int, fecha date, total numeric(18,4))");
  const EntityPlan entity = plan("v", "nueva.ventas", {"id", "fecha"});
  ASSERT_TRUE(target().create_table(entity));
  const TableShape made = shape("nueva.ventas");
  EXPECT_FALSE(made.schema.fields[0].nullable);
  EXPECT_FALSE(made.schema.fields[1].nullable);
  EXPECT_TRUE(made.schema.fields[2].nullable);
  EXPECT_TRUE(made.key.empty()) << "the key comes after the load";
}

TEST_F(TargetTest, BuildsTheKeyOnceAndContinuesAfterACrash) {
  exec("CREATE TABLE v AS SELECT i AS id FROM generate_series(1, 100) AS i");
  const EntityPlan entity = plan("v", "v", {"id"});
  ASSERT_TRUE(target().build_key(entity));
  EXPECT_EQ(ask("SELECT contype::text FROM pg_constraint WHERE conname = 'v_pkey'"), "p");
  ASSERT_TRUE(target().build_key(entity)) << "a second time is no error";
  // A crash between the two steps leaves the index without its constraint.
  exec("ALTER TABLE v DROP CONSTRAINT v_pkey; CREATE UNIQUE INDEX v_pkey ON v (id)");
  ASSERT_TRUE(target().build_key(entity));
  EXPECT_EQ(ask("SELECT contype::text FROM pg_constraint WHERE conname = 'v_pkey'"), "p");
}

// A small sort stays near the processor's cache, but each process that the server would have sort
// needs 32 MB.
TEST_F(TargetTest, AnIndexIsMadeWithTheMemoryThatItsProcessesNeed) {
  const auto memory_for = [&](const std::string& settings) {
    exec(
        "DROP TABLE IF EXISTS v; CREATE TABLE v AS SELECT i AS id FROM generate_series(1, 9) AS i");
    value_of(target().sql().execute(settings));
    EXPECT_TRUE(target().build_key_index(plan("v", "v", {"id"})));
    EXPECT_EQ(ask("SELECT count(*) FROM pg_indexes WHERE indexname = 'v_pkey'"), "1");
    EXPECT_EQ(ask("SELECT count(*) FROM pg_constraint WHERE conname = 'v_pkey'"), "0");
    return value_of(target().sql().query("SHOW maintenance_work_mem")).at(0).at(0).value_or("");
  };
  EXPECT_EQ(memory_for("SET max_parallel_maintenance_workers = 2"), "96MB");
  EXPECT_EQ(memory_for("SET maintenance_work_mem = '2GB'"), "96MB") << "whatever it had before";
  EXPECT_EQ(memory_for("SET max_parallel_maintenance_workers = 20"), "256MB")
      << "no more than was ever taken";
}

TEST_F(TargetTest, DuplicateKeysAreRefusedAndTheTableStaysUnkeyed) {
  exec("CREATE TABLE v AS SELECT i % 90 AS id FROM generate_series(1, 100) AS i");
  const auto built = target().build_key(plan("v", "v", {"id"}));
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, ErrorCode::kDataRefused);
  EXPECT_NE(built.error().message.find("keys of v (id)"), std::string::npos)
      << built.error().message;
  EXPECT_TRUE(shape("v").key.empty());
}

TEST_F(TargetTest, SequencesMovePastWhatWasLoaded) {
  exec("CREATE TABLE v (id serial PRIMARY KEY, n int); INSERT INTO v VALUES (500, 1)");
  ASSERT_TRUE(target().analyze("v"));
  exec("INSERT INTO v (n) VALUES (2)");
  EXPECT_EQ(ask("SELECT max(id) FROM v"), "501");
}

TEST_F(TargetTest, EmptyingCountsAndCanBeTakenBack) {
  exec("CREATE TABLE v AS SELECT 1 AS id FROM generate_series(1, 7)");
  ASSERT_TRUE(target().sql().begin());
  EXPECT_EQ(value_of(target().empty_table("v")), 7);
  target().sql().rollback();
  EXPECT_EQ(ask("SELECT count(*) FROM v"), "7");
}

TEST_F(TargetTest, AnIdentityNamesEngineAndDatabaseAndNoPassword) {
  const TargetIdentity who = target().identity();
  EXPECT_EQ(who.engine.substr(0, 11), "PostgreSQL ");
  EXPECT_EQ(who.host, "127.0.0.1");
  EXPECT_EQ(who.user, "tester");
}

TEST_F(TargetTest, TwoWorkersMakeTheUndoTableAtTheSameTime) {
  exec("CREATE TABLE v AS SELECT 1 AS id; CREATE TABLE there (id int PRIMARY KEY)");
  const LoadPlan load = load_plan(plan("v", "there", {"id"}), LoadMethod::kReplaceByKey,
                                  {ChunkSpec{{"v", "all", "all"}}});
  std::vector<std::unique_ptr<TaskLoader>> loaders;
  for (int i = 0; i < 2; ++i)
    loaders.push_back(value_of(make_postgres_loader_factory(url())->begin(load)));
  EXPECT_EQ(ask("SELECT count(*) FROM pg_class WHERE relname LIKE 'undo\\_%' AND relkind = 'r'"),
            "1");
  // A table that has grown a column since gets an undo table that knows it.
  exec("ALTER TABLE there ADD COLUMN nota text");
  loaders.push_back(value_of(make_postgres_loader_factory(url())->begin(load)));
  EXPECT_EQ(ask("SELECT count(*) FROM pg_class WHERE relname LIKE 'undo\\_%' AND relkind = 'r'"),
            "2");
}

}  // namespace
}  // namespace decant::test
