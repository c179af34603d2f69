// Mistakes in the job file and on the command line: each ends with status 2 and a sentence that
// says what to do, nothing is written, and the mended command succeeds.
#include <filesystem>

#include "tests/e2e/shop.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

using Replacements = std::vector<std::pair<std::string, std::string>>;

struct Mistake {
  std::string name;
  Replacements in_job;
  Words words;     // after "decant"
  Words sentence;  // parts of what is said on standard error
};

Words runs(const Words& more) {
  Words words = {"run", "job.yaml", "--yes", "--workers", "1"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Nine lists of nine aliases each, every one of the list before: a small file for 9^9 words.
std::string many_aliases() {
  std::string text = "x0: &x0 word\n";
  for (int i = 1; i < 10; ++i) {
    const std::string name = "x" + std::to_string(i);
    text += name + ": &" + name + " [";
    for (int j = 0; j < 9; ++j) text += (j == 0 ? "*x" : ", *x") + std::to_string(i - 1);
    text += "]\n";
  }
  return text;
}

const std::vector<Mistake>& mistakes() {
  static const std::vector<Mistake> all = {
      {"MistypedKey", {{"read: {", "raed: {"}}, runs({}), {"job.yaml:9:5", "raed", "read"}},
      {"MistypedKeyOfAColumn",
       {{"{ constant: \"", "{ constnat: \""}},
       runs({}),
       {"job.yaml:12:16", "constnat", "constant"}},
      {"BrokenYaml", {{"job: shop", "job: [shop"}}, runs({}), {"job.yaml:", "YAML"}},
      {"AKeyTwice", {{"  south:", "  north:"}}, runs({}), {"job.yaml:5:3", "stands twice"}},
      {"ALargeFile",
       {{"job: shop", "# " + std::string(600'000, 'x') + "\njob: shop"}},
       runs({}),
       {"job.yaml: ", "at most 512 KiB"}},
      {"ADeepFile",
       {{"[amount]", std::string(5'000, '[') + std::string(5'000, ']')}},
       runs({}),
       {"job.yaml:16:", "nested deeper than 64 levels"}},
      {"ManyAliases",
       {{"job: shop", many_aliases() + "job: shop"}},
       runs({}),
       {"job.yaml:", "once its aliases are written out"}},
      {"UnknownTimeZone",
       {{"stores:", "time_zone: Mars/Olympus\nstores:"}},
       runs({}),
       {"job.yaml:3:12", "\"Mars/Olympus\" is not a time zone of this system."}},
      {"UnknownType", {{"\"decimal(12,2)\"", "money"}}, runs({}), {"job.yaml:15", "money"}},
      {"ATimeThatIsText",
       {{"sold_on: date", "sold_on: text"}},
       runs({}),
       {"\"read: time\" lands in \"sold_on\", which is text and not a date or a timestamp."}},
      {"ATimeThatIsBool",
       {{"sold_on: date", "sold_on: bool"}},
       runs({}),
       {"which is bool and not"}},
      {"AKeyThatIsText",
       {{"time: sold_on", "key: id"}, {"id: int64", "id: \"varchar(9)\""}},
       runs({}),
       {"\"read: key\" lands in \"id\"", "and not an integer.", "{ id: int64 }"}},
      {"AKeyThatIsADecimal",
       {{"time: sold_on", "key: amount"}},
       runs({}),
       {"\"read: key\" lands in \"amount\", which is decimal(12,2) and not an integer."}},
      {"ALimitThatIsNoValue",
       {{"    control_sums", "    rules: [ { column: id, range: [0.5, ~] } ]\n    control_sums"}},
       runs({}),
       {"The rule on id has the limit \"0.5\", which is no int64."}},
      {"ALimitOfTooManyDigits",
       {{"    control_sums",
         "    rules: [ { column: amount, range: [~, 1.0049] } ]\n    control_sums"}},
       runs({}),
       {"The rule on amount has the limit \"1.0049\", which is no decimal(12,2)."}},
      {"AListedTextThatIsNoValue",
       {{"    control_sums",
         "    rules: [ { column: sold_on, one_of: [2024-08-01, never] } ]\n    control_sums"}},
       runs({}),
       {"The rule on sold_on lists \"never\", which is no date."}},
      {"UnknownStore", {}, runs({"--stores", "nroth"}), {"nroth", "Did you mean \"north\"?"}},
      {"UnknownEntity", {}, runs({"--entities", "sale"}), {"sale", "Did you mean \"sales\"?"}},
      {"InactiveStore",
       {{"{ label: West }", "{ label: West, active: false }"}},
       runs({"--stores", "west"}),
       {"Store \"west\" is inactive."}},
      {"EndBeforeStart",
       {},
       runs({"--from", "2024-09", "--to", "2024-08"}),
       {"--to 2024-08 lies before --from 2024-09."}},
      {"NoDate", {}, runs({"--from", "2024-13"}), {"--from", "2024-13", "2024-08-31"}},
      {"MissingEnvironmentVariable",
       {{"${DECANT_TARGET}", "${SHOP_TARGET_NOT_SET}"}},
       runs({}),
       {"SHOP_TARGET_NOT_SET"}},
      {"MissingVariableOfASource",
       {{"\"sales/{store}.csv\"", "\"${SHOP_FOLDER_NOT_SET}/{store}.csv\""}},
       runs({}),
       {"SHOP_FOLDER_NOT_SET"}},
      {"UnknownTarget",
       {{"${DECANT_TARGET}", "oracle://db/shop"}},
       runs({}),
       {"oracle", "postgresql://"}},
      {"NoSuchJobFile", {}, {"run", "jobs.yaml", "--yes"}, {"jobs.yaml"}},
      {"NoJobFile", {}, {"run", "--yes"}, {"JOB"}},
      {"NoCommand", {}, {}, {"subcommand"}},
      {"UnknownCommand", {}, {"lode", "job.yaml"}, {"no command \"lode\"", "coverage"}},
      {"MistypedCommand",
       {},
       {"rum", "job.yaml"},
       {"There is no command \"rum\".", "Did you mean \"run\"?"}},
      {"MistypedOption",
       {},
       runs({"--worker=3"}),
       {"decant run has no option --worker.", "Did you mean \"--workers\"?"}},
      {"UnknownOption", {}, runs({"--frobnicate"}), {"--frobnicate", "`decant run --help`"}},
      {"LiteralPassword",
       {{"${DECANT_TARGET}", "postgresql://shop:hunter2@db/shop"}},
       runs({}),
       {"job.yaml:2:9", "\"target\" holds a password", "${NAME}", ".env"}},
      {"UnknownLevel", {}, runs({"--verify", "hope"}), {"hope", "digests"}},
      {"NobodyToAsk", {}, {"run", "job.yaml", "--workers", "1"}, {"Nobody can be asked", "--yes"}},
      {"AnEndpointThatOthersReach",
       {},
       runs({"--listen", "tcp://0.0.0.0:1"}),
       {"tcp://0.0.0.0:1", "ssh"}},
      {"NoWorkers", {}, {"run", "job.yaml", "--yes", "--workers", "0"}, {"--listen"}},
  };
  return all;
}

class JobRefusal : public ShopTest, public testing::WithParamInterface<Mistake> {};

TEST_P(JobRefusal, EndsWithStatus2SaysWhatToDoAndWritesNothing) {
  const Mistake& mistake = GetParam();
  write_job(mistake.in_job);
  const Outcome outcome = decant(mistake.words);
  ASSERT_THAT(outcome, ExitsWith(2));
  for (const std::string& part : mistake.sentence) EXPECT_THAT(outcome.err, HasSubstr(part));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("terminate")));
  const std::string file = target().substr(std::string("duckdb:").size());
  if (std::filesystem::exists(file)) {
    EXPECT_EQ(asked("SELECT count(*) FROM information_schema.tables WHERE table_name = 'sales'"),
              "0");
  }
  write_job();
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
}

INSTANTIATE_TEST_SUITE_P(Of, JobRefusal, testing::ValuesIn(mistakes()),
                         [](const auto& mistake) { return mistake.param.name; });

class JobThatDoesNotFitTheSource : public ShopTest {};

TEST_F(JobThatDoesNotFitTheSource, IsFoundBeforeAnyRowAndTheNearestColumnIsNamed) {
  const Replacements mistakes = {{"control_sums: [amount]", "control_sums: [amont]"},
                                 {"time: sold_on", "time: sold_no"},
                                 {"key: [store, id]", "key: [store, idd]"},
                                 {"sold_on: date", "sold_on: { from: sold_of, type: date }"}};
  const char* advice[] = {"\"amount\"?", "\"sold_on\"?", "\"id\"?", "\"sold_on\"?"};
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    write_job({mistakes[i]});
    const Outcome outcome = run();
    EXPECT_THAT(outcome, ExitsWith(2));
    EXPECT_THAT(outcome.err, HasSubstr(std::string("Did you mean ") + advice[i]));
    EXPECT_FALSE(std::filesystem::exists(path("reports")));
    EXPECT_EQ(asked("SELECT count(*) FROM information_schema.tables WHERE table_name = 'sales'"),
              "0");
  }
}

TEST_F(JobThatDoesNotFitTheSource, IsRefusedWhereTheTablesTimeIsText) {
  changed("CREATE TABLE sales (store TEXT, id BIGINT, sold_on VARCHAR, amount NUMERIC(12,2))");
  write_job({{"      sold_on: date\n", ""}});
  const Outcome outcome = run();
  EXPECT_THAT(outcome, ExitsWith(2));
  EXPECT_THAT(outcome.err, HasSubstr("\"read: time\" lands in \"sold_on\", which is text and not"));
  EXPECT_EQ(asked("SELECT count(*) FROM sales"), "0");
}

// Of two columns that take the time, the one by which months can be cut is counted.
TEST_F(JobThatDoesNotFitTheSource, MayHaveTheTimeAsATextBesides) {
  write_job({{"sold_on: date", "said_on: { from: sold_on, type: text }\n      sold_on: date"}});
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(sales(), k_all_sales);
  EXPECT_EQ(report()["equal"], true);
}

class JobRefusalAsJson : public ShopTest {};

TEST_F(JobRefusalAsJson, IsOneDocumentOnStandardOutput) {
  const Outcome outcome = run({"--stores", "nroth", "--json"});
  ASSERT_THAT(outcome, ExitsWith(2));
  const Json json = parse_json(outcome.out);
  EXPECT_EQ(json["exit_status"], 2);
  EXPECT_EQ(json["error"]["code"], "usage");
}

TEST_F(JobRefusalAsJson, ARunPrintsItsReportAndNothingElse) {
  const Outcome outcome = run({"--json"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(parse_json(outcome.out), report());
}

TEST_F(JobRefusalAsJson, AnswersThatADiskHasNoRoomForAreNoSuccess) {
  Command schema = command("decant", {"schema"});
  const std::string words = "\"" + schema.program + "\" schema > /dev/full";
  const Outcome full = run_process({"/bin/sh", {"-c", words}, {}, folder(), {}});
  EXPECT_THAT(full, ExitsWith(1));
  EXPECT_THAT(full.err, testing::HasSubstr("Standard output cannot be written"));
}

TEST_F(JobRefusalAsJson, TheSchemaOfJobFilesIsJson) {
  const Outcome outcome = decant({"schema"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_TRUE(parse_json(outcome.out).contains("$schema"));
}

}  // namespace
}  // namespace decant::test
