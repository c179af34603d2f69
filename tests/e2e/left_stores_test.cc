// Stores that a job does not list any more, and what they leave in the table.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class LeftStores : public ShopInto {};
INSTANTIATE_TEST_SUITE_P(Into, LeftStores, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(LeftStores, ARenamedStoreIsADifferenceUntilItsRowsAreTakenOut) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{"  west: { label: West }", "  occident: { label: West }"}});
  write_store("occident", rows_of("west"));
  EXPECT_THAT(run({"--stores", "occident"}), ExitsWith(0)) << "who asks for one, hears of one";
  const Outcome all = run();
  EXPECT_THAT(all, ExitsWith(3));
  EXPECT_THAT(all.out, HasSubstr("sales holds 4 rows of west, which this job loaded and lists no "
                                 "more"));
  EXPECT_EQ(report()["equal"], false);
  changed("DELETE FROM sales WHERE store = 'west'");
  EXPECT_THAT(run(), ExitsWith(0));
}

TEST_P(LeftStores, AStoreThatWasClosedKeepsItsRows) {
  ASSERT_THAT(run(), ExitsWith(0));
  write_job({{"  west: { label: West }", "  west: { label: West, active: false }"}});
  EXPECT_THAT(run(), ExitsWith(0));
  ASSERT_EQ(report()["notes"].size(), 1U);
  EXPECT_THAT(report()["notes"][0].get<std::string>(), HasSubstr("4 rows of 1 store"));
}

// They follow no deletions.
TEST_P(LeftStores, AnUpsertNotesTheRowsOfARenamedStore) {
  for (const char* mode : {"upsert", "insert"}) {
    use_target(fresh_target(GetParam()));
    const std::string write = std::string("write: { table: sales, mode: ") + mode + ", key";
    write_job({{"write: { table: sales, key", write}});
    ASSERT_THAT(run(), ExitsWith(0));
    write_job({{"write: { table: sales, key", write},
               {"  west: { label: West }", "  occident: { label: West }"}});
    write_store("occident", rows_of("west"));
    const Outcome all = run();
    EXPECT_THAT(all, ExitsWith(0));
    EXPECT_THAT(all.out, HasSubstr("sales also holds 4 rows of west, which this job loaded and "
                                   "lists no more; mode " +
                                   std::string(mode) + " leaves such rows alone."));
    EXPECT_EQ(asked("SELECT count(*) FROM sales"), "16");
    const Outcome august = run({"--to", "2024-08"});
    EXPECT_THAT(august.out, HasSubstr("sales also holds 2 rows of west"));
    changed("DELETE FROM sales WHERE store = 'west'");
    EXPECT_THAT(run().out, Not(HasSubstr("lists no more")));
  }
}

// All stores come from one file there.
TEST_P(LeftStores, AStoreOfAColumnThatWasClosedKeepsItsRows) {
  const std::string job = R"yaml(job: column
target: ${DECANT_TARGET}
stores: { from_column: shop, B: { active: true } }
entities:
  s: { read: { files: s.csv }, write: { table: s, key: [id] }, columns: { id: int64, shop: text } }
)yaml";
  use_target(fresh_target(GetParam()));
  write("job.yaml", job);
  write("s.csv", "id,shop\n1,A\n2,A\n3,B\n");
  ASSERT_THAT(run(), ExitsWith(0));
  std::string closed = job;
  closed.replace(closed.find("true"), 4, "false");
  write("job.yaml", closed);
  for (int again = 0; again < 2; ++again) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(0));
    ASSERT_EQ(report()["notes"].size(), 1U);
    EXPECT_THAT(report()["notes"][0].get<std::string>(), HasSubstr("1 row of 1 store"));
  }
  EXPECT_EQ(asked("SELECT count(*) FROM s"), "3");
}

}  // namespace
}  // namespace decant::test
