#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "common/job/job_spec.h"

namespace decant {
namespace {

using Names = std::vector<std::string>;

constexpr const char* k_head = "job: j\ntarget: duckdb:x.db\n";

JobSpec parsed(const std::string& body) {
  const auto job = parse_job(k_head + body, "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
  return job ? *job : JobSpec();
}

const EntitySpec& entity(const JobSpec& job) { return job.entities.at(0); }

JobSpec reading(const std::string& read) {
  return parsed("entities:\n  e:\n    read: " + read + "\n    write: { table: t }\n");
}

class JobFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "decant-job-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::filesystem::path folder_;
};

TEST(ParseJob, FillsInDefaultsOfASmallJob) {
  const JobSpec job = reading("{ files: prices.csv }");
  EXPECT_FALSE(job.production);
  EXPECT_EQ(job.chunk_rows, 50'000);
  EXPECT_EQ(job.chunk_timeout_s, 1'800);
  EXPECT_EQ(job.time_zone, "UTC");
  EXPECT_EQ(job.ledger_schema, "decant");
  EXPECT_EQ(job.directory, "/jobs");
  ASSERT_EQ(job.stores.size(), 1u);
  EXPECT_EQ(job.stores[0].name, "all");
  EXPECT_EQ(entity(job).rejects.max, 0);
  EXPECT_LT(entity(job).rejects.max_ratio, 0);
  EXPECT_EQ(entity(job).write.mode, WriteMode::kReplace);
}

TEST(ParseJob, PasswordsStandBehindVariables) {
  const auto job = parse_job(R"yaml(job: j
target: ${TARGET:-postgresql://decant:${PW}@db/ventas?password=${PW:-}}
stores:
  defaults:
    source: "odbc:Driver={ODBC Driver 18};Server={host};UID=${POS_USER};PWD={clave};Trust=yes"
    password: ${POS_PASSWORD}
  a: { host: 10.0.0.1, clave: "${CLAVE_A}", label: "token of the shop" }
  b: { host: 10.0.0.2, clave: "${CLAVE_B}" }
entities:
  e:
    read: { sql: "SELECT id, password FROM t WHERE token = 'x' AND pwd='y'" }
    write: { table: t }
    columns: { password: { type: text, private: true } }
)yaml",
                             "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
}

TEST(ParseJob, CommentsDoNotTravel) {
  const auto job = parse_job(
      "job: j  # old password: hunter2\ntarget: duckdb:x.db\n# postgresql://u:hunter2@db/x\n"
      "entities:\n  e:\n    read: { files: a.csv }\n    write: { table: t }\n",
      "/jobs");
  ASSERT_TRUE(job) << job.error().to_string();
  EXPECT_EQ(job->text.find("hunter2"), std::string::npos) << job->text;
  const auto again = parse_job(job->text, "/jobs");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->text, job->text);
  EXPECT_EQ(again->entities.at(0).read.files, "a.csv");
}

TEST(ParseJob, ARatioOfRejectsAloneAllowsAnyNumber) {
  const auto limit = [](const std::string& rejects) {
    return entity(
               parsed("entities:\n  e:\n    read: { files: prices.csv }\n    write: { table: t }\n"
                      "    rejects: " +
                      rejects + "\n"))
        .rejects;
  };
  EXPECT_EQ(limit("{ max_ratio: 0.5 }").max, INT64_MAX);
  EXPECT_EQ(limit("{ max: 7, max_ratio: 0.5 }").max, 7);
  EXPECT_EQ(limit("{ max: 0, max_ratio: 0.5 }").max, 0);
}

TEST(ParseJob, KnowsTheFormatFromTheNameOfTheFiles) {
  EXPECT_EQ(entity(reading("{ files: \"data/*.CSV\" }")).read.file_options.format,
            FileFormat::kCsv);
  EXPECT_EQ(entity(reading("{ files: a.tsv.gz }")).read.file_options.delimiter, "\t");
  EXPECT_EQ(entity(reading("{ files: a.jsonl.zst }")).read.file_options.format,
            FileFormat::kJsonLines);
  EXPECT_EQ(entity(reading("{ files: a.ndjson }")).read.file_options.format,
            FileFormat::kJsonLines);
  EXPECT_EQ(entity(reading("{ files: a.parquet }")).read.file_options.format, FileFormat::kParquet);
  EXPECT_EQ(entity(reading("{ files: a.csv, format: parquet }")).read.file_options.format,
            FileFormat::kParquet);
}

TEST(ParseJob, AnEmptyTextIsNullInCsvAloneUnlessTheJobSaysSo) {
  EXPECT_EQ(entity(reading("{ files: a.csv }")).read.file_options.null_texts, (Names{""}));
  EXPECT_EQ(entity(reading("{ files: a.jsonl }")).read.file_options.null_texts, Names{});
  EXPECT_EQ(
      entity(reading("{ files: a.parquet, nulls: [\"\", \"-\"] }")).read.file_options.null_texts,
      (Names{"", "-"}));
}

TEST(ParseJob, ReadsFileOptions) {
  const FileOptions options =
      entity(
          reading("{ files: a.csv, delimiter: \";\", quote: ~, decimal: \",\", group_separator: "
                  "\".\", nulls: [\"\", \"\\\\N\"],"
                  " encoding: CP1252, date_format: \"%d/%m/%Y\", trim: true, escape: \"\\\\\" }"))
          .read.file_options;
  EXPECT_EQ(options.delimiter, ";");
  EXPECT_EQ(options.quote, 0);
  EXPECT_EQ(options.escape, '\\');
  EXPECT_EQ(options.decimal_point, ',');
  EXPECT_EQ(options.group_separator, '.');
  EXPECT_EQ(options.null_texts, (Names{"", "\\N"}));
  EXPECT_EQ(options.encoding, "cp1252");
  EXPECT_EQ(options.date_format, "%d/%m/%Y");
  EXPECT_TRUE(options.trim);
}

TEST(ParseJob, ReadsWhereTheRowsOfAJsonDocumentAre) {
  const FileOptions options =
      entity(reading("{ files: store.json, records: \"$.journals[].lines\" }")).read.file_options;
  EXPECT_EQ(options.format, FileFormat::kJsonLines);
  EXPECT_EQ(options.records, "$.journals[].lines");
}

TEST(ParseJob, TakesADelimiterThatIsATab) {
  EXPECT_EQ(entity(reading("{ files: a.csv, delimiter: tab }")).read.file_options.delimiter, "\t");
  EXPECT_EQ(entity(reading("{ files: a.csv, delimiter: \"\\t\" }")).read.file_options.delimiter,
            "\t");
  EXPECT_EQ(entity(reading("{ files: a.csv, delimiter: '\\t' }")).read.file_options.delimiter,
            "\t");
}

TEST(ParseJob, TakesSeparatorsOfSeveralCharacters) {
  const char* const both[] = {"\"&|\\n\"", "'&|\\n'"};  // a line end is one in any quotes
  for (const char* end : both) {
    const FileOptions options =
        entity(reading("{ files: a.csv, delimiter: +|, record_end: " + std::string(end) + " }"))
            .read.file_options;
    EXPECT_EQ(options.delimiter, "+|");
    EXPECT_EQ(options.record_end, "&|\n");
  }
  EXPECT_EQ(
      entity(reading("{ files: a.csv, record_end: \"\\r\\n\" }")).read.file_options.record_end, "");
}

TEST(ParseJob, ReadsWhichOfTwoValuesUnderOneJsonKeyCounts) {
  const auto read = [](const std::string& more) {
    return entity(reading("{ files: a.jsonl" + more + " }")).read.file_options.duplicate_keys;
  };
  EXPECT_EQ(read(""), DuplicateKeys::kReject);
  EXPECT_EQ(read(", duplicate_keys: first"), DuplicateKeys::kFirst);
  EXPECT_EQ(read(", duplicate_keys: last"), DuplicateKeys::kLast);
}

TEST(ParseJob, ReadsWhatBecomesOfOddRecords) {
  const FileOptions none = entity(reading("{ files: a.csv }")).read.file_options;
  EXPECT_EQ(none.ragged, RaggedRows::kReject);
  EXPECT_EQ(none.repeated_header, RepeatedHeader::kReject);
  const FileOptions options =
      entity(reading("{ files: a.csv, ragged: pad, repeated_header: skip }")).read.file_options;
  EXPECT_EQ(options.ragged, RaggedRows::kPad);
  EXPECT_EQ(options.repeated_header, RepeatedHeader::kSkip);
  EXPECT_TRUE(none.multiline);
  EXPECT_EQ(none.skip_lines, 0);
  const FileOptions lines =
      entity(reading("{ files: a.csv, multiline: false, skip_lines: 4 }")).read.file_options;
  EXPECT_FALSE(lines.multiline);
  EXPECT_EQ(lines.skip_lines, 4);
}

TEST(ParseJob, GivesStoresTheirDefaultsAndKeepsTheirOwnWords) {
  const JobSpec job = parsed(R"yaml(
stores:
  defaults: { source: "postgresql://{host}:{port}/pos?application_name=${APP:-{x}}", max_parallel: 2, port: 5432 }
  a: { host: h1 }
  b: { host: h2, port: 5433, max_parallel: 1, active: false, opened: 2025-03-17 }
entities:
  e: { read: { table: ventas }, write: { table: t } }
)yaml");
  ASSERT_EQ(job.stores.size(), 2u);
  EXPECT_EQ(job.stores[0].source, "postgresql://{host}:{port}/pos?application_name=${APP:-{x}}");
  EXPECT_EQ(job.stores[0].values.at("port"), "5432");
  EXPECT_EQ(job.stores[0].max_parallel, 2);
  EXPECT_EQ(job.stores[1].values.at("port"), "5433");
  EXPECT_EQ(job.stores[1].max_parallel, 1);
  EXPECT_FALSE(job.stores[1].active);
  EXPECT_EQ(job.stores[1].opened, (CivilDate{2025, 3, 1}));
}

TEST(ParseJob, TakesAValueThatLooksLikeAKeyWhereItIsUsed) {
  const JobSpec job = parsed(R"yaml(
stores: { a: { sources: pos1 } }
entities:
  e: { read: { table: ventas, source: "duckdb:{sources}.db" }, write: { table: t } }
)yaml");
  EXPECT_EQ(job.stores[0].values.at("sources"), "pos1");
}

TEST(ParseJob, TakesTheStoreFromAColumn) {
  const JobSpec job = parsed(R"yaml(
stores: { from_column: Country, strict: true, France: , Norway: { label: Norge } }
entities:
  e: { read: { files: a.csv }, write: { table: t } }
)yaml");
  EXPECT_EQ(job.store_from_column, "Country");
  EXPECT_TRUE(job.strict_stores);
  EXPECT_EQ(job.stores.size(), 2u);
  const JobSpec open = parsed(
      "stores: { from_column: Country }\nentities:\n  e: { read: { files: a.csv }, write: { table: "
      "t } }\n");
  EXPECT_TRUE(open.stores.empty());
}

TEST(ParseJob, TakesAnchorsAliasesAndMergedMappings) {
  const JobSpec job = parsed(R"yaml(
entities:
  a: &one
    read: { files: a.csv }
    write: &to { table: t, key: [id] }
    columns: &money { total: "decimal(18,4)", id: int64 }
  b:
    <<: *one
    write: { <<: *to, table: u }
    columns: *money
)yaml");
  ASSERT_EQ(job.entities.size(), 2u);
  EXPECT_EQ(job.entities[1].read.files, "a.csv");
  EXPECT_EQ(job.entities[1].write.table, "u");
  EXPECT_EQ(job.entities[1].write.key, Names{"id"});
  EXPECT_EQ(job.entities[1].columns.size(), 2u);
}

TEST(ParseJob, ReadsRulesAndChecks) {
  const JobSpec job = parsed(R"yaml(
entities:
  e:
    read: { files: a.csv }
    write: { table: t }
    rules:
      - { column: total, range: [0, ~], not_null: true }
      - { column: cedula, pattern: "[VE]-\\d+", one_of: [V-1, 2, ""] }
    rejects: { max: 100, max_ratio: 0.001 }
checks:
  - { name: a, sql: SELECT 1 WHERE false }
  - { name: b, sql: SELECT count(*) FROM t, expect: 0 }
)yaml");
  const RuleSpec& total = entity(job).rules.at(0);
  EXPECT_EQ(total.min, "0");
  EXPECT_FALSE(total.max);
  EXPECT_TRUE(total.not_null);
  EXPECT_EQ(entity(job).rules.at(1).pattern, "[VE]-\\d+");
  EXPECT_EQ(entity(job).rules.at(1).one_of, (Names{"V-1", "2", ""}));
  EXPECT_EQ(entity(job).rejects.max, 100);
  EXPECT_DOUBLE_EQ(entity(job).rejects.max_ratio, 0.001);
  EXPECT_EQ(job.checks.at(0).expect, CheckSpec::Expect::kNoRows);
  EXPECT_EQ(job.checks.at(1).expect, CheckSpec::Expect::kValue);
  EXPECT_EQ(job.checks.at(1).value, "0");
}

TEST(ParseJob, IgnoresStoresThatAreInactiveWhenItLooksForValues) {
  const JobSpec job = parsed(R"yaml(
stores:
  defaults: { source: "postgresql://{host}/pos" }
  a: { host: h1 }
  b: { active: false }
entities:
  e: { read: { table: ventas }, write: { table: t } }
)yaml");
  EXPECT_EQ(job.stores.size(), 2u);
}

TEST_F(JobFolder, IsWhereAStoresFileIsLookedFor) {
  write(
      "tiendas.yaml",
      "# shops\ntienda_01: { label: \"A: \\\"B\\\" — Ñ\" }\nnull_: ~\n\"007\": { code: \"~\" }\n");
  const std::string path =
      write("job.yaml",
            std::string(k_head) +
                "stores: tiendas.yaml\nentities:\n  e:\n    read: { files: \"{store}.csv\" }\n"
                "    write: { table: t }\n");
  const auto job = load_job(path);
  ASSERT_TRUE(job) << job.error().to_string();
  EXPECT_EQ(job->directory, folder_.string());
  ASSERT_EQ(job->stores.size(), 3u);
  EXPECT_EQ(job->stores[0].label, "A: \"B\" — Ñ");
  EXPECT_EQ(job->stores[2].values.at("code"), "~");
  const auto again = parse_job(job->text, "/elsewhere");
  ASSERT_TRUE(again) << again.error().to_string() << job->text;
  EXPECT_EQ(again->stores[0].label, job->stores[0].label);
  EXPECT_EQ(again->stores[1].name, "null_");
  EXPECT_EQ(again->stores[2].name, "007");
  EXPECT_EQ(again->stores[2].values, job->stores[2].values);
  EXPECT_EQ(again->entities[0].read.files, "{store}.csv");
}

TEST_F(JobFolder, IsNamedInAComplaintByTheNameThatWasAskedFor) {
  const auto missing = load_job((folder_ / "nowhere.yaml").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  const std::string path = write("job.yaml", "jb: x\n");
  const auto wrong_key = load_job(path);
  ASSERT_FALSE(wrong_key);
  EXPECT_EQ(wrong_key.error().to_string(),
            path + ":1:1: A job has no key \"jb\". Did you mean \"job\"?");
  EXPECT_FALSE(load_job(folder_.string()));
}

TEST_F(JobFolder, SaysWhereNoDescriptorIsLeftToReadTheFile) {
  const std::string path = write("job.yaml", "job: j\n");
  write("stores.yaml", "s1: {}\n");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto job = load_job(path);
  const auto stores = parse_job("job: j\nstores: stores.yaml\n", folder_.string());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (const auto* read : {&job, &stores}) {
    ASSERT_FALSE(*read);
    EXPECT_EQ(read->error().code, ErrorCode::kNoSpace);
    EXPECT_NE(read->error().message.find("too many open files"), std::string::npos);
  }
}

TEST_F(JobFolder, RefusesAFileThatIsTooLarge) {
  const auto job = load_job(write("job.yaml", std::string(k_max_job_file_bytes + 1, '#')));
  ASSERT_FALSE(job);
  EXPECT_NE(job.error().message.find("512 KiB"), std::string::npos);
}

TEST(ParseJob, FindsStoresAndEntitiesByName) {
  const JobSpec job = reading("{ files: a.csv }");
  EXPECT_EQ(job.find_entity("e"), &job.entities[0]);
  EXPECT_EQ(job.find_entity("f"), nullptr);
  EXPECT_EQ(job.find_store("all"), &job.stores[0]);
}

}  // namespace
}  // namespace decant
