// Rows that say another store than the one from whose source they come.
#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class OtherStores : public ShopInto {
 protected:
  void SetUp() override {
    ShopInto::SetUp();
    write_job({{"store: { constant: \"{store}\" }", "store: { from: shop }"},
               {"control_sums: [amount]", "store_column: store\n    rejects: { max: 5 }"}});
    write_store("north", of("north"));
    write_store("south", of("south"));
    write_store("west", of("west"));
  }
  static std::vector<CsvRow> of(const std::string& store) {
    return {{"id", "sold_on", "amount", "shop"},
            {"1", "2024-08-01", "1.00", store},
            {"2", "2024-09-01", "2.00", store}};
  }
};

INSTANTIATE_TEST_SUITE_P(Into, OtherStores, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(OtherStores, AreRejectsWhateverTheySay) {
  std::vector<CsvRow> rows = of("north");
  rows.push_back({"3", "2024-08-02", "3.00", "North"});
  rows.push_back({"4", "2024-08-03", "4.00", "nowhere"});
  rows.push_back({"5", "2024-08-04", "5.00", "south"});
  write_store("north", rows);
  std::vector<CsvRow> bad = of("south");
  bad.push_back({"x", "2024-08-02", "1.00", "south"});
  write_store("south", bad);
  for (const Words& words : {Words{"--stores", "north"}, Words{}}) {
    ASSERT_THAT(run(words), ExitsWith(0));
    const std::string told = report().dump();
    for (const char* store : {"North", "nowhere", "south"})
      EXPECT_THAT(told, HasSubstr(std::string("the row says the store \\\"") + store +
                                  "\\\", and it comes from the source of \\\"north\\\""));
  }
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "6");
}

// It was loaded as its store's, and its store is spelt otherwise since.
TEST_P(OtherStores, AreToldWhenTheyLeaveTheTable) {
  ASSERT_THAT(run(), ExitsWith(0));
  std::vector<CsvRow> rows = of("north");
  rows[2][3] = "north ";
  write_store("north", rows);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 1);
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'north'"), "1");
}

}  // namespace
}  // namespace decant::test
