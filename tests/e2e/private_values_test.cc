// A value of a private column is in nothing that a run says or keeps of its rejects, however its
// row was refused: streams, logs, reports, the completion log, the ledger.
#include <filesystem>
#include <sstream>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class PrivateValues : public EveryTarget {
 protected:
  static constexpr const char* k_job = R"yaml(
job: people
target: ${DECANT_TARGET}
entities:
  people:
    read: { files: people.csv }
    write: { table: people, key: [id, mail], on_duplicate: reject }
    columns:
      id: int64
      mail: { type: text, private: true, nullable: false }
      pay: { type: "decimal(9,2)", private: true }
      born: { type: date, private: true }
      town: "varchar(8)"
    rules:
      - { column: mail, pattern: "[a-z0-9@]+" }
      - { column: pay, range: [0, 5000] }
    rejects: { max: 100 }
  notes:
    read: { files: notes.jsonl }
    write: { table: notes }
    columns: { text: { type: json, private: true } }
    rejects: { max: 100 }
)yaml";

  void SetUp() override {
    EveryTarget::SetUp();
    write("job.yaml", k_job);
    write("people.csv",
          "id,mail,pay,born,town\n"
          "1,secret01@x,1.00,2001-01-01,Lima\n"
          "2,SECRET02,1.00,2001-01-01,Lima\n"                // against a rule
          "3,secret03@x,secret03,2001-01-01,Lima\n"          // no number
          "4,secret04@x,6000.04,2001-01-01,Lima\n"           // out of range
          "5,secret05@x,1.00,secret05,Lima\n"                // no date
          "6,secret06@x,1.00,2001-01-01\n"                   // ragged
          "7,\"secret07@x\"secret07,1.00,2001-01-01,Lima\n"  // a quote
          "8,secret08@x\xE9,1.00,2001-01-01,Lima\n"          // no UTF-8
          "9,secret09@x,1.00,2001-01-01,San Cristobal\n"     // too long, and not private
          "10,secret10@x,1.00,2001-01-01,Lima\n"             // a key twice
          "10,secret10@x,2.00,2001-01-01,Lima\n"
          "11,secret11@x,99.99,2001-01-01,Lima\n");  // against a check of the table
    write("notes.jsonl",
          "{\"text\":\"secret20\"}\n{\"text\":secret21}\n{\"text\":{\"secret22\"}}\n");
  }

  // All rows of all tables of the ledger, but for those that keep rows of the table themselves.
  std::string ledger() const {
    std::string all;
    std::istringstream tables(
        asked("SELECT string_agg(table_name, ' ') FROM information_schema.tables WHERE "
              "table_schema = 'decant' AND table_name NOT LIKE 'undo%' AND table_name NOT LIKE "
              "'keys%'"));
    for (std::string table; tables >> table;)
      all += asked("SELECT string_agg(CAST(t AS VARCHAR), ' ') FROM decant.\"" + table + "\" AS t");
    return all;
  }

  // Everything that was written into the test's folder but the job's own files and the target.
  std::string files() const {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
      const std::string name = entry.path().filename().string();
      const bool is_given = name == "people.csv" || name == "notes.jsonl" ||
                            name.find(".duckdb") != std::string::npos ||
                            name.find(".db") != std::string::npos;
      if (entry.is_regular_file() && !is_given) all += read_file(entry.path().string());
    }
    return all;
  }

  void expect_none_in(const Outcome& outcome) const {
    for (const std::string& place : {outcome.text(), ledger(), files()}) {
      EXPECT_THAT(place, Not(HasSubstr("secret")));
      EXPECT_THAT(place, Not(HasSubstr("SECRET")));
      EXPECT_THAT(place, Not(HasSubstr("6000.04")));
      EXPECT_THAT(place, Not(HasSubstr("99.99")));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Into, PrivateValues, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(PrivateValues, AreShownNowhere) {
  changed(
      "CREATE TABLE people (id bigint, mail text, pay decimal(9,2) CHECK (pay < 99), born date, "
      "town "
      "varchar(8), PRIMARY KEY (id, mail))");
  const Outcome planned = decant({"plan", "job.yaml", "--json"});
  expect_none_in(planned);
  const Outcome outcome = run({"--log-level", "debug"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM people"), "2");
  expect_none_in(outcome);
  // The rows and reasons are told nevertheless.
  EXPECT_EQ(asked("SELECT count(*) FROM decant.rejects WHERE source = 'people.csv' AND line > 0"),
            "8");
}

TEST_P(PrivateValues, AreShownNowhereWhereTheTableIsMade) {
  const Outcome outcome = run({"--log-level", "debug"});
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_EQ(asked("SELECT count(*) FROM people"), "3");
  expect_none_in(outcome);
  EXPECT_EQ(asked("SELECT line, byte_offset, column_name, rule, original FROM decant.rejects WHERE "
                  "column_name = 'pay' ORDER BY line"),
            "4|88|pay|type|***\n5|126|pay|range|***");
  EXPECT_EQ(asked("SELECT original FROM decant.rejects WHERE column_name = 'town'"),
            "San Cristobal");
  expect_none_in(decant({"status", "job.yaml", "--json"}));
  expect_none_in(decant({"explain", "job.yaml", "people/all/all"}));
}

TEST_P(PrivateValues, AreNotInWhatATriggerSays) {
  if (GetParam() == Engine::kDuckDb) GTEST_SKIP() << "DuckDB has no triggers.";
  changed(
      "CREATE TABLE people (id bigint, mail text, pay decimal(9,2), born date, town varchar(8))");
  changed(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.id = 1 THEN "
      "RAISE "
      "'no % here', NEW.mail; END IF; RETURN NEW; END$$");
  changed("CREATE TRIGGER refuse BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION refuse()");
  const Outcome outcome = run({"--log-level", "debug"});
  expect_none_in(outcome);
  EXPECT_THAT(asked("SELECT reason FROM decant.rejects WHERE rule = 'refused'"),
              HasSubstr("its words are not shown"));
}

}  // namespace
}  // namespace decant::test
