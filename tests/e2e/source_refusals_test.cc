// Sources that are not what they should be. After each, the target is untouched or can be gone on
// with: the same command succeeds once the source is mended.
#include <filesystem>

#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class BadSource : public ShopInto {
 protected:
  // The run ends like this; mended, it loads every row.
  void expect_refused_then_mended(int status, const Words& sentence) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(status));
    for (const std::string& part : sentence)
      EXPECT_THAT(outcome.err + outcome.out, HasSubstr(part));
    expect_mended();
  }
  // The run leaves the store south out and says why, loads the others and ends with status 1;
  // mended, it loads every row.
  void expect_left_out_then_mended(const std::string& why) {
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(1));
    EXPECT_THAT(outcome.err, HasSubstr("left out store south: "));
    EXPECT_THAT(outcome.err, HasSubstr(why));
    EXPECT_THAT(outcome.out, HasSubstr("error    store south: "));
    EXPECT_THAT(outcome.out, HasSubstr("the run is not complete, see the errors above."));
    EXPECT_EQ(sales(), "8|82.40");
    const Json told = report();
    EXPECT_EQ(told["state"], "failed");
    EXPECT_EQ(told["equal"], nullptr);
    ASSERT_EQ(told["errors"].size(), 1U);
    EXPECT_EQ(told["errors"][0]["store"], "south");
    EXPECT_THAT(told["errors"][0]["text"].get<std::string>(), HasSubstr(why));
    const Outcome status = decant({"status", "job.yaml"});
    EXPECT_THAT(status.out, HasSubstr("error    store south: "));
    EXPECT_THAT(status.out, HasSubstr(why));
    expect_mended();
  }
  void expect_mended() {
    std::filesystem::remove_all(path("sales"));
    write_sales();
    ASSERT_THAT(run(), ExitsWith(0));
    EXPECT_EQ(sales(), k_all_sales);
    EXPECT_EQ(report()["equal"], true);
  }
  void write_south(std::size_t row, std::size_t column, const std::string& value) {
    std::vector<CsvRow> rows = rows_of("south");
    rows[row][column] = value;
    write_store("south", rows);
  }
};

INSTANTIATE_TEST_SUITE_P(Into, BadSource, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(BadSource, AFileThatIsMissingIsNamed) {
  std::filesystem::remove(path("sales/south.csv"));
  expect_left_out_then_mended("sales/south.csv for store south.");
}

TEST_P(BadSource, AFolderThatIsMissingIsNamed) {
  std::filesystem::remove_all(path("sales"));
  expect_refused_then_mended(1, {"There is no file ", "/sales/"});
}

TEST_P(BadSource, AnEmptyFileLacksItsHeader) {
  write("sales/south.csv", "");
  expect_left_out_then_mended("south.csv is empty: a header line was expected.");
}

TEST_P(BadSource, AFileThatIsAFolderIsNoFile) {
  std::filesystem::remove(path("sales/south.csv"));
  std::filesystem::create_directories(path("sales/south.csv"));
  expect_left_out_then_mended("sales/south.csv is a folder and no file.");
}

TEST_P(BadSource, AFileThatMayNotBeReadIsNamed) {
  if (!can_heed_permissions()) GTEST_SKIP() << "The superuser may read everything here.";
  heed_permissions();
  std::filesystem::permissions(path("sales/south.csv"), std::filesystem::perms::none);
  expect_left_out_then_mended("south.csv cannot be opened");
}

TEST_P(BadSource, AQuoteThatIsNeverClosedIsToldWithItsLine) {
  write("sales/south.csv", "id,sold_on,amount\n1,2024-08-01,\"10.20\n2,2024-08-31,10.20\n");
  expect_left_out_then_mended("The quote that opens in line 2 of");
}

TEST_P(BadSource, AHeaderThatLacksAColumnIsNamedWithItsFile) {
  std::vector<CsvRow> rows = rows_of("south");
  rows[0][2] = "amuont";
  write_store("south", rows);
  expect_left_out_then_mended(
      "Column \"amount\" is read from \"amount\", which is not in the header of "
      "sales/south.csv. Did you mean \"amuont\"?");
}

TEST_P(BadSource, AHeaderOfNothingButNoiseIsNamedWithItsFile) {
  write("sales/south.csv", "Q\x03\x04 noise;of something\n1,2\n");
  expect_left_out_then_mended("south.csv has no column \"sold_on\"");
}

TEST_P(BadSource, AWorkbookIsToldFromText) {
  write("sales/south.csv", "PK\x03\x04 zip;of something\n1,2\n");
  expect_left_out_then_mended("south.csv is a workbook (.xlsx, .ods) or another ZIP archive");
}

TEST_P(BadSource, AllFilesOfAStoreThatCannotBeReadAreNamedAtOnce) {
  write_job({{"{store}.csv", "{store}*.csv"}});
  write("sales/south2.csv", "");
  write("sales/south3.csv", "id,sold_on,amount\n1,2024-08-01,\"10.20\n");
  write("sales/south4.csv", "id,sold_on\n1,2024-08-01\n");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("left out store south: 3 of 4 files cannot be read: "));
  for (const char* file : {"south2.csv", "south3.csv", "south4.csv"})
    EXPECT_THAT(outcome.err, HasSubstr(file));
  EXPECT_EQ(sales(), "8|82.40");
  write_job();
  expect_mended();
}

// Nobody can say whose rows a file has that cannot be read.
TEST_P(BadSource, AllBadFilesOfStoresThatAColumnSaysAreNamedBeforeAnyRow) {
  write_job({{"  north: { label: North }\n  south: { label: South }\n  west: { label: West }\n",
              "  from_column: shop\n"},
             {"{store}.csv", "day*.csv"},
             {"store: { constant: \"{store}\" }", "store: { from: shop }"}});
  const std::string header = "shop,id,sold_on,amount\n";
  for (int day = 1; day <= 9; ++day) {
    const std::string text = std::to_string(day);
    write("sales/day0" + text + ".csv", header + "a," + text + ",2024-08-0" + text + ",1.00\n");
  }
  for (int day = 10; day <= 22; ++day) write("sales/day" + std::to_string(day) + ".csv", "");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  for (const char* part : {"13 of 22 files cannot be read: ", "day10.csv", "day19.csv", "3 more"})
    EXPECT_THAT(outcome.err, HasSubstr(part));
  EXPECT_EQ(asked("SELECT count(*) FROM information_schema.tables WHERE table_name = 'sales'"),
            "0");
}

class StoresOfDatabases : public DecantTest {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(Engine::kDuckDb));
    good_ = fresh_database();
    bare_ = fresh_database();
    if (good_.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
    changed_in(good_,
               "CREATE TABLE sales AS SELECT i AS id, DATE '2024-08-01' + i AS sold_on FROM "
               "generate_series(1, 10) AS i");
  }
  void write_job(const std::string& b, const std::string& c, const std::string& time = "sold_on") {
    write("job.yaml", "job: shop\ntarget: ${DECANT_TARGET}\nstores:\n  aa: { source: \"" + good_ +
                          "\" }\n  bb: { source: \"" + b + "\" }\n  cc: { source: \"" + c +
                          "\" }\nentities:\n  sales:\n    read: { table: sales, time: " + time +
                          " }\n    write: { table: sales, key: [store, id] }\n"
                          "    columns: { store: { constant: \"{store}\" } }\n");
  }
  std::string good_, bare_;
};

TEST_F(StoresOfDatabases, WhoseTableOrDatabaseIsMissingAreLeftOutByName) {
  write_job(bare_, shared_postgres()->url("no_such_shop"));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  const std::string bare = bare_.substr(bare_.rfind('/') + 1);
  for (const std::string& part :
       {std::string("left out store bb: PostgreSQL (host 127.0.0.1, database ") + bare + "): ",
        std::string("\"sales\" does not exist"), std::string("left out store cc: "),
        std::string("no_such_shop")})
    EXPECT_THAT(outcome.err, HasSubstr(part));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "10");
  EXPECT_THAT(outcome.out, HasSubstr("not read   bb: 2024-08"));
  EXPECT_THAT(outcome.out, testing::Not(HasSubstr("missing")));
  const Outcome status = decant({"status", "job.yaml"});
  EXPECT_THAT(status.out, HasSubstr("not read bb, cc"));
  EXPECT_THAT(status.out, HasSubstr("error    store bb: PostgreSQL (host"));
  const Json json = parse_json(decant({"coverage", "job.yaml", "--json"}).out);
  EXPECT_EQ(json[0]["stores"][1]["cells"][0]["state"], "not read");
  EXPECT_THAT(decant({"coverage", "job.yaml", "--html"}).out, HasSubstr("not read"));
}

TEST_F(StoresOfDatabases, OneThatLacksAColumnIsLeftOutAndWhereAllDoTheJobIsWrong) {
  changed_in(bare_, "CREATE TABLE sales (id bigint, sold_at date)");
  write_job(bare_, good_ + "?application_name=other");
  const Outcome one = run();
  EXPECT_THAT(one, ExitsWith(1));
  EXPECT_THAT(one.err, HasSubstr("left out store bb: "));
  EXPECT_THAT(one.err, HasSubstr("Did you mean \"sold_at\"?"));
  write_job(bare_, good_ + "?application_name=other", "sold_no");
  const Outcome all = run();
  EXPECT_THAT(all, ExitsWith(2));
  EXPECT_THAT(all.err, HasSubstr("Did you mean \"sold_"));
}

TEST_P(BadSource, AColumnThatNoStoreHasIsAMistakeInTheJobAndToldOnce) {
  write_job({{"amount: \"decimal(12,2)\"", "amount: \"decimal(12,2)\"\n      tax: text"}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_FALSE(std::filesystem::exists(path("reports")));
  const std::string sentence = "which is not in the header of sales/north.csv.";
  const std::string said = outcome.err + outcome.out;
  EXPECT_THAT(said, HasSubstr(sentence));
  EXPECT_EQ(said.find(sentence), said.rfind(sentence)) << said;
}

TEST_P(BadSource, RejectsAreNamedByPathsThatTellFilesApart) {
  for (const char* store : {"north", "south", "west"}) {
    std::vector<CsvRow> rows = rows_of(store);
    rows[2][2] = "ten";
    write("sales/" + std::string(store) + "/all.csv", csv_text(rows));
  }
  write_job(
      {{"{store}.csv", "{store}/all.csv"}, {"control_sums: [amount]", "rejects: { max: 3 }"}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("sales/south/all.csv:3: amount"));
  EXPECT_EQ(asked("SELECT count(DISTINCT source) FROM decant.rejects"), "3");
}

TEST_P(BadSource, ANumberThatDoesNotFitIsARejectWithItsLine) {
  write_south(2, 2, "ten");
  expect_refused_then_mended(4, {"south.csv:3", "amount"});
}

TEST_P(BadSource, DigitsThatWouldBeLostAreAReject) {
  write_south(2, 2, "10.205");
  expect_refused_then_mended(4, {"south.csv:3", "amount"});
}

TEST_P(BadSource, ADateThatIsNoneIsAReject) {
  write_south(4, 1, "2024-02-30");
  expect_refused_then_mended(4, {"south.csv:5", "sold_on"});
}

TEST_P(BadSource, AKeyThatIsMissingIsAReject) {
  write_south(1, 0, "");
  expect_refused_then_mended(4, {"south.csv:2", "id"});
}

TEST_P(BadSource, BytesThatAreNoTextAreToldWithTheirPlace) {
  write_south(1, 2, "10\xff\xfe");
  expect_refused_then_mended(4, {"south.csv:2"});
}

TEST_P(BadSource, ARowThatIsTooShortIsAReject) {
  write("sales/south.csv", "id,sold_on,amount\n1,2024-08-01,10.20\n2,2024-08-31\n");
  expect_refused_then_mended(4, {"south.csv:3"});
}

TEST_P(BadSource, AKeyThatStandsTwiceIsADifference) {
  write_south(2, 0, "1");
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(3));
  EXPECT_THAT(outcome.out, HasSubstr("12 rows, 1 difference.\n"));
  const Json told = report();
  EXPECT_EQ(told["state"], "differs");
  EXPECT_EQ(told["equal"], false);
  ASSERT_EQ(told["differences"].size(), 1U);
  EXPECT_EQ(told["differences"][0]["kind"], "key refused");
  EXPECT_EQ(told["errors"], Json::array());
  expect_mended();
}

TEST_P(BadSource, RejectsThatTheJobAllowsAreCountedAndKept) {
  write_south(2, 2, "ten");
  write_job({{"control_sums: [amount]", "control_sums: [amount]\n    rejects: { max: 1 }"}});
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr("1 rejected"));
  const Json total = report()["entities"][0]["total"];
  EXPECT_EQ(total["rows_read"], 12);
  EXPECT_EQ(total["rows_loaded"], 11);
  EXPECT_EQ(total["rows_rejected"], 1);
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects"), "1");
  write_sales();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(report()["entities"][0]["total"]["rows_rejected"], 0);
}

TEST_P(BadSource, AFileWithAHeaderAloneIsAStoreWithoutRows) {
  write("sales/south.csv", "id,sold_on,amount\n");
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), "8|82.40");
}

TEST_P(BadSource, RowsThatAreAllGoneAreTakenOutOnlyWhenAllowed) {
  ASSERT_THAT(run(), ExitsWith(0));
  write("sales/south.csv", "id,sold_on,amount\n");
  const Outcome refused = run();
  EXPECT_THAT(refused, ExitsWith(3));
  EXPECT_THAT(refused.err, HasSubstr("gives no rows for south"));
  EXPECT_THAT(refused.err, HasSubstr("--allow-empty"));
  EXPECT_EQ(sales(), k_all_sales);
  ASSERT_THAT(run({"--allow-empty"}), ExitsWith(0));
  EXPECT_EQ(sales(), "8|82.40");
  EXPECT_EQ(asked("SELECT count(*) FROM sales WHERE store = 'south'"), "0");
}

TEST_P(BadSource, AFileThatIsGoneLeavesWhatWasLoadedFromIt) {
  ASSERT_THAT(run(), ExitsWith(0));
  std::filesystem::remove(path("sales/south.csv"));
  const Outcome outcome = run();
  EXPECT_NE(outcome.status, 0) << outcome.text();
  EXPECT_EQ(sales(), k_all_sales);
}

TEST_P(BadSource, ADamagedArchiveIsNotHalfAFile) {
  write_job({{"{store}.csv", "{store}.csv.gz"}});
  ASSERT_THAT(run_process({"/bin/sh", {"-c", "gzip -k sales/*.csv"}, {}, folder(), {}}),
              ExitsWith(0));
  const std::string whole = read_file(path("sales/south.csv.gz"));
  write("sales/south.csv.gz", whole.substr(0, whole.size() - 12));
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(1));
  EXPECT_THAT(outcome.err, HasSubstr("south.csv.gz"));
  write("sales/south.csv.gz", whole);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

}  // namespace
}  // namespace decant::test
