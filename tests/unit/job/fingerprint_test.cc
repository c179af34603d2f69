// The fingerprint of a mapping changes when something changes that decides what lands in the
// target, and only then.
#include <gtest/gtest.h>

#include <set>

#include "common/job/entity_plan.h"

namespace decant {
namespace {

Schema source_of(const std::vector<std::string>& names) {
  Schema made;
  for (const std::string& name : names) made.fields.push_back({name, Type{}, true});
  return made;
}

constexpr const char* k_job = R"yaml(
job: j
target: duckdb:x.db
time_zone: UTC
chunk_rows: 1000
stores: { a: { label: A }, b: }
entities:
  ventas:
    read: { files: "{store}.csv", time: fecha }
    write: { table: t, mode: replace, key: [tienda, id] }
    columns:
      tienda: { constant: "{store}" }
      fecha: timestamp
      id: int64
      total: { type: "decimal(18,4)", private: false }
    control_sums: [total]
    rules: [{ column: total, range: [0, 10] }]
    rejects: { max: 1 }
)yaml";

std::string fingerprint(const std::string& yaml, const Schema& source,
                        const Schema* target = nullptr) {
  const auto job = parse_job(yaml, "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
  if (!job) return {};
  const auto plan = resolve_entity(*job, job->entities.at(0), source, target);
  EXPECT_TRUE(plan) << plan.error().to_string();
  return plan ? plan->fingerprint : std::string();
}

std::string changed(const std::string& from, const std::string& to) {
  std::string yaml = k_job;
  const std::size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return yaml.replace(at, from.size(), to);
}

TEST(Fingerprint, ChangesWithWhateverDecidesWhatLands) {
  const Schema source = source_of({"id", "fecha", "total", "nota"});
  std::set<std::string> seen = {fingerprint(k_job, source)};
  const std::pair<const char*, const char*> changes[] = {
      {"time_zone: UTC", "time_zone: America/Caracas"},
      {"\"{store}.csv\"", "\"new/{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ decimal: \",\", files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ nulls: [\"-\"], files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ trim: true, files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ date_format: \"%d/%m/%Y\", files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ record_end: \"&|\", files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ ragged: pad, files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ repeated_header: skip, files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ multiline: false, files: \"{store}.csv\""},
      {"{ files: \"{store}.csv\"", "{ skip_lines: 2, files: \"{store}.csv\""},
      {"{ files: ", "{ format: jsonl, files: "},
      {"{ files: ", "{ format: jsonl, duplicate_keys: first, files: "},
      {"{ files: ", "{ format: jsonl, duplicate_keys: last, files: "},
      {"fecha: timestamp", "fecha: { type: timestamp, nulls: \"1900-01-01\" }"},
      {"fecha: timestamp", "fecha: { type: timestamp, zero_pad: 8 }"},
      {", time: fecha", ""},
      {"table: t,", "table: u,"},
      {"mode: replace", "mode: upsert"},
      {"mode: replace", "mode: upsert, latest_by: fecha"},
      {"mode: replace", "mode: upsert, keep_on_update: [nota]"},
      {"[tienda, id]", "[id]"},
      {"[tienda, id]", "[id, tienda]"},
      {"fecha: timestamp", "fecha: timestamptz"},
      {"fecha: timestamp", "fecha: { type: timestamp, date_format: \"%d/%m/%Y\" }"},
      {"id: int64", "id: int32"},
      {"id: int64", "id: text"},
      {"id: int64", "id: { type: text, replace_nul: \"\" }"},
      {"id: int64", "id: { type: text, replace_nul: \" \" }"},
      {"decimal(18,4)", "decimal(18,3)"},
      {"decimal(18,4)", "decimal(12,4)"},
      {"private: false", "lossy: round"},
      {"private: false", "lossy: truncate"},
      {"private: false", "nullable: false"},
      {"private: false", "from: nota"},
      {"constant: \"{store}\" }", "constant: \"{store}\" }\n      caja: { constant: \"1\" }"},
      {"constant: \"{store}\" }", "constant: \"{store}\" }\n      caja: { constant: \"2\" }"},
      {"[total]", "[total, id]"},
      {"[0, 10]", "[0, 11]"},
      {"[0, 10]", "[~, 10]"},
      {"range: [0, 10]", "not_null: true"},
      {"range: [0, 10]", "pattern: a"},
      {"range: [0, 10]", "one_of: [a]"},
      {"range: [0, 10]", "one_of: [a, b]"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_TRUE(seen.insert(fingerprint(changed(from, to), source)).second) << from << " -> " << to;
  }
  EXPECT_TRUE(seen.insert(fingerprint(k_job, source_of({"id", "fecha", "total"}))).second);
}

TEST(Fingerprint, StaysWithWhateverOnlyDescribes) {
  const Schema source = source_of({"id", "fecha", "total", "nota"});
  const std::string before = fingerprint(k_job, source);
  EXPECT_EQ(before.size(), 64u);
  const std::pair<const char*, const char*> changes[] = {
      {"duckdb:x.db", "duckdb:y.db"},
      {"chunk_rows: 1000", "chunk_rows: 7"},
      {"label: A", "label: B"},
      {"b: }", "b: , c: { active: false } }"},
      {"private: false", "private: true"},
      {"max: 1 }", "max: 1, max_ratio: 0.5 }"},
      {"mode: replace, ", ""},
      {"[tienda, id]", "[tienda, id], enforce: true"},
      {"rejects:", "store_column: tienda\n    rejects:"},
      {"fecha: timestamp", "fecha: timestamp without time zone"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_EQ(fingerprint(changed(from, to), source), before) << from << " -> " << to;
  }
}

// The first run makes the table, the second finds it: the mapping is the same.
TEST(Fingerprint, StaysWhenTheTableThatItMadeIsThere) {
  const Schema source = source_of({"id", "fecha", "total", "nota"});
  const auto job = parse_job(k_job, "/jobs");
  ASSERT_TRUE(job);
  const auto first = resolve_entity(*job, job->entities.at(0), source, nullptr);
  ASSERT_TRUE(first) << first.error().to_string();
  Schema made = first->target_schema();
  std::swap(made.fields[0], made.fields[3]);
  const auto second = resolve_entity(*job, job->entities.at(0), source, &made);
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(second->fingerprint, first->fingerprint);
}

// What an engine makes of a width (varchar(20) becomes text in DuckDB) does not change a value's
// bytes.
TEST(Fingerprint, LooksAtWidthsOnlyWhereTheyAreDeclared) {
  Schema source = source_of({"id", "fecha", "total", "nota"});
  source.fields[3].type.max_length = 20;
  EXPECT_EQ(fingerprint(k_job, source),
            fingerprint(k_job, source_of({"id", "fecha", "total", "nota"})));
}

TEST(Fingerprint, DoesNotDependOnTheOrderOfAFilesColumns) {
  EXPECT_EQ(fingerprint(k_job, source_of({"id", "fecha", "total", "nota"})),
            fingerprint(k_job, source_of({"nota", "total", "id", "fecha"})));
}

}  // namespace
}  // namespace decant
