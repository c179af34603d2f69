// decant reset empties what the job loaded, and only when its name was typed.
#include "common/connector/adapters/adapters.h"
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class Reset : public ShopInto {
 protected:
  Outcome reset(const Words& more) const {
    Words words = {"reset", "job.yaml"};
    words.insert(words.end(), more.begin(), more.end());
    return decant(words);
  }
};

INSTANTIATE_TEST_SUITE_P(Of, Reset, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(Reset, EmptiesTheTableAndTheSameRunLoadsItAgain) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome outcome = reset({"--confirm", "shop"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(outcome.out, "emptied  sales: 12 rows\n");
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
  const Outcome status = decant({"status", "job.yaml"});
  EXPECT_THAT(status.out, HasSubstr("reset job.yaml --confirm shop\n"));
  EXPECT_THAT(status.out, HasSubstr("sales: 0 of 6 chunks loaded, 0 rows"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(report()["chunks"]["loaded"], 6);
}

TEST_P(Reset, TellsAMachineWhatItEmptied) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome outcome = reset({"--entities", "sales", "--confirm", "shop", "--json"});
  ASSERT_THAT(outcome, ExitsWith(0));
  const Json told = parse_json(outcome.out);
  EXPECT_EQ(told["job"], "shop");
  EXPECT_EQ(told["run"], asked("SELECT run_id FROM decant.runs ORDER BY started_at DESC LIMIT 1"));
  ASSERT_EQ(told["emptied"].size(), 1U);
  EXPECT_EQ(told["emptied"][0]["entity"], "sales");
  EXPECT_EQ(told["emptied"][0]["rows"], 12);
}

TEST_P(Reset, ThatIsInterruptedEmptiesNothing) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "no other process can hold a DuckDB table up";
  ASSERT_THAT(run(), ExitsWith(0));
  auto holder = open_target(target(), "/", "test");
  ASSERT_TRUE(holder && (*holder)->sql().begin() &&
              (*holder)->sql().execute("LOCK TABLE sales IN SHARE MODE"));
  const auto reset = start_decant({"reset", "job.yaml", "--confirm", "shop"});
  ASSERT_TRUE(reset->wait_until([&] {
    return asked("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0";
  })) << reset->err();
  reset->signal(SIGINT);
  EXPECT_THAT(reset->wait(), ExitsWith(130));
  holder->reset();
  EXPECT_EQ(sales(), k_all_sales);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

TEST_P(Reset, RowsThatTheJobDidNotLoadAreNamedAndStay) {
  ASSERT_THAT(run(), ExitsWith(0));
  changed(
      "INSERT INTO sales SELECT 'legacy', id, sold_on, amount FROM sales WHERE store = 'north'");
  const std::string all = asked("SELECT count(*) FROM sales");
  const Outcome refused = reset({"--confirm", "shop"});
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("rows that no job of this ledger loaded; nothing was emptied. "
                                     "Give --all-rows if these shall go too."));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), all);
  const Outcome done = reset({"--confirm", "shop", "--all-rows"});
  ASSERT_THAT(done, ExitsWith(0));
  EXPECT_EQ(done.out, "emptied  sales: " + all + " rows\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

// What the ledger says of the old table's rows is not forgotten while they stay.
TEST_P(Reset, OfAJobThatNamesAnotherTableIsRefusedLikeItsRun) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{"table: sales", "table: other"}});
  const Outcome told_by_run = run();
  ASSERT_THAT(told_by_run, ExitsWith(2));
  const Outcome refused = reset({"--confirm", "shop"});
  EXPECT_THAT(refused, ExitsWith(2));
  for (const Outcome& outcome : {told_by_run, refused}) {
    EXPECT_THAT(outcome.err, HasSubstr("The entity \"sales\" was loaded into "));
    EXPECT_THAT(outcome.err, HasSubstr("empty it first: decant reset with the job as it was."));
  }
  EXPECT_EQ(asked("SELECT count(*) FROM decant.migration_batches WHERE status = 'loaded'"), "6");
  write_job({});
  ASSERT_THAT(reset({"--confirm", "shop"}), ExitsWith(0));
  write_job({{"table: sales", "table: other"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM other"), "12");
}

// Two jobs, each with a store of its own, in one table.
TEST_P(Reset, OfATableThatAnotherJobLoadsTooIsTheOtherJobsLossOnlyIfThatIsMeant) {
  write_job({{"  south: { label: South }\n  west: { label: West }\n", ""}});
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{"job: shop", "job: second"},
             {"  north: { label: North }\n", ""},
             {"  west: { label: West }\n", ""}});
  ASSERT_THAT(run(), ExitsWith(0));
  const std::string all = asked("SELECT count(*) FROM sales");
  const Outcome refused = reset({"--confirm", "second"});
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr(" rows of job shop; nothing was emptied."));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), all);
  ASSERT_THAT(reset({"--confirm", "second", "--all-rows"}), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
  // Neither job is told that its rows are there.
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(DISTINCT store) FROM sales"), "1");
  write_job({{"  south: { label: South }\n  west: { label: West }\n", ""}});
  EXPECT_THAT(decant({"status", "job.yaml"}).out, HasSubstr("0 rows"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), all);
}

TEST_P(Reset, WithoutTheJobsNameLeavesEveryRow) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome another = reset({"--confirm", "shops", "--json"});
  EXPECT_THAT(another, ExitsWith(130));
  EXPECT_THAT(parse_json(another.out)["error"]["text"].get<std::string>(),
              HasSubstr("\"shops\" is not the job's name; nothing was emptied."));
  const Outcome nobody = reset({});
  EXPECT_THAT(nobody, ExitsWith(2));
  EXPECT_THAT(nobody.err, HasSubstr("Give --confirm shop"));
  EXPECT_THAT(reset({"--entities", "sale", "--confirm", "shop"}), ExitsWith(2));
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(Reset, OfAProductionJobIsRefused) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{"job: shop\n", "job: shop\nenvironment: production\n"}});
  const Outcome outcome = reset({"--confirm", "shop"});
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("environment: production"));
  EXPECT_EQ(sales(), k_all_sales);
}

// ---- tables that refer to each other

constexpr const char* k_orders_job = R"yaml(job: orders
target: ${DECANT_TARGET}
entities:
  parent:
    read: { files: "p.csv" }
    write: { table: parent, key: [id] }
    columns: { id: int64, up: int64 }
  child:
    read: { files: "c.csv" }
    write: { table: child, key: [cid] }
    columns: { cid: int64, pid: int64 }
)yaml";

class ResetOfReferring : public Reset {
 protected:
  void make(const std::string& of_parent, const std::string& of_child) {
    write("job.yaml", k_orders_job);
    changed("CREATE TABLE parent (id bigint PRIMARY KEY, up bigint " + of_parent + ")");
    changed("CREATE TABLE child (cid bigint PRIMARY KEY, pid bigint REFERENCES parent (id) " +
            of_child + ")");
    write("p.csv", "id,up\n1,\n2,\n");
    write("c.csv", "cid,pid\n1,1\n2,2\n");
    ASSERT_THAT(run(), ExitsWith(0));
    write("p.csv", "id,up\n1,\n2,1\n3,2\n4,3\n");
    for (int i = 0; i < 3; ++i) ASSERT_THAT(run({"--verify", "counts"}).status, testing::Lt(5));
  }
  std::string rows_of(const std::string& table) const {
    return asked("SELECT count(*) FROM " + table);
  }
};
INSTANTIATE_TEST_SUITE_P(Of, ResetOfReferring, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(ResetOfReferring, EmptiesChildrenBeforeTheirParents) {
  make("", "");
  const Outcome outcome = reset({"--confirm", "orders"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(outcome.out, "emptied  child: 2 rows\nemptied  parent: 4 rows\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(rows_of("parent") + rows_of("child"), "42");
}

TEST_P(ResetOfReferring, EmptiesATableWhoseRowsReferToEachOther) {
  make("REFERENCES parent (id)", "");
  const std::string rows = rows_of("parent");
  const Outcome outcome = reset({"--confirm", "orders"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("emptied  parent: " + rows + " rows"));
  EXPECT_EQ(rows_of("parent"), "0");
}

TEST_P(ResetOfReferring, ATableThatOthersKeepIsNotEmptied) {
  make("", "");
  const Outcome refused = reset({"--confirm", "orders", "--entities", "parent", "--all-rows"});
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("child refer to rows of parent, and a foreign key keeps "
                                     "these; nothing was emptied."));
  EXPECT_EQ(rows_of("parent"), "4");
}

TEST_P(ResetOfReferring, ATableThatMayNotBeReadButWouldFollowIsNamedAndStays) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB's foreign keys do not cascade.";
  const std::string made = fresh_database();
  const std::string database = made.substr(made.rfind('/') + 1);
  use_target(made);
  make("", "ON DELETE CASCADE");
  changed("CREATE TABLE other (x bigint REFERENCES child (cid) ON DELETE CASCADE)");
  changed("INSERT INTO other VALUES (1), (2)");
  changed("DROP ROLE IF EXISTS blind; CREATE ROLE blind LOGIN");
  changed("GRANT CREATE ON DATABASE \"" + database + "\" TO blind");
  changed("GRANT ALL ON SCHEMA decant TO blind; GRANT ALL ON ALL TABLES IN SCHEMA decant TO blind");
  changed("ALTER TABLE parent OWNER TO blind; ALTER TABLE child OWNER TO blind");
  use_target(shared_postgres()->url_as("blind", "", database));
  const Outcome refused = reset({"--confirm", "orders"});
  EXPECT_THAT(refused, ExitsWith(2));
  EXPECT_THAT(refused.err, HasSubstr("Rows of other, which this user may not read, would go with "
                                     "those of child"));
  use_target(made);
  EXPECT_EQ(asked("SELECT count(x) FROM other"), "2");
  changed("DROP OWNED BY blind CASCADE; DROP ROLE blind");
}

TEST_P(ResetOfReferring, RowsThatWouldFollowAreNamedAndStay) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB's foreign keys do not cascade.";
  for (const std::string action : {"ON DELETE CASCADE", "ON DELETE SET NULL"}) {
    use_target(fresh_target(GetParam()));
    make("", action);
    changed("CREATE TABLE other (x bigint REFERENCES child (cid) " + action + ")");
    changed("INSERT INTO other VALUES (1), (2)");
    const Outcome refused = reset({"--confirm", "orders", "--entities", "parent"});
    EXPECT_THAT(refused, ExitsWith(2));
    EXPECT_THAT(refused.err, HasSubstr("child refer to rows of parent and would go with them"));
    EXPECT_EQ(asked("SELECT count(pid) FROM child"), "2");
    EXPECT_EQ(asked("SELECT count(x) FROM other"), "2");
    const Outcome of_both = reset({"--confirm", "orders"});
    EXPECT_THAT(of_both, ExitsWith(2));
    EXPECT_THAT(of_both.err, HasSubstr("other refer to rows of child"));
    const Outcome meant = reset({"--confirm", "orders", "--entities", "parent", "--all-rows"});
    ASSERT_THAT(meant, ExitsWith(0));
    EXPECT_THAT(meant.err, HasSubstr("child: 2 rows go, or change, with those of parent"));
    // The ledger does not say that the children are what was loaded.
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(asked("SELECT count(pid) FROM child"), "2");
  }
}

TEST_P(Reset, AMistypedOptionIsToldToAMachineToo) {
  const Outcome outcome = reset({"--jsn", "--json"});
  EXPECT_THAT(outcome, ExitsWith(2));
  const Json told = parse_json(outcome.out);
  EXPECT_EQ(told["exit_status"], 2);
  EXPECT_THAT(told["error"]["text"].get<std::string>(), HasSubstr("Did you mean \"--json\"?"));
  const Outcome missing = decant({"reset", "--json"});
  EXPECT_THAT(missing, ExitsWith(2));
  EXPECT_THAT(parse_json(missing.out)["error"]["text"].get<std::string>(), HasSubstr("JOB"));
}

}  // namespace
}  // namespace decant::test
