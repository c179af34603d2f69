// What `latest_by` may compare: the order of a text is not that of the number it shows.
#include <gmock/gmock.h>

#include "common/job/entity_plan.h"

namespace decant {
namespace {

using ::testing::HasSubstr;

// "nothing", or why an upsert of id and `version` by the latest version is refused.
std::string complaint(const std::string& read, const Field& version, const std::string& more = "",
                      const Schema* target = nullptr) {
  const auto job = parse_job(
      "job: j\ntarget: duckdb:x.db\nentities:\n  ventas:\n    read: { " + read +
          " }\n    write: { table: ventas, mode: upsert, key: [id], latest_by: version }\n" + more,
      "/jobs");
  EXPECT_TRUE(job) << job.error().to_string();
  if (!job) return "";
  Schema source;
  source.fields = {Field{"id", Type{}}, version};
  const auto plan = resolve_entity(*job, job->entities.at(0), source, target);
  return plan ? "nothing" : plan.error().to_string();
}

const Field k_text{"version", Type{}};

TEST(LatestBy, RefusesTheUndeclaredColumnOfATextFile) {
  EXPECT_EQ(
      complaint("files: v.csv", k_text),
      "\"latest_by\" compares \"version\", which is a text here, so that 9 would be later than "
      "10. Declare its type, such as { version: int64 }; declared as text, it is compared as "
      "text.");
  EXPECT_EQ(complaint("files: v.csv", k_text, "    columns: { version: int64 }\n"), "nothing");
  EXPECT_EQ(complaint("files: v.csv", k_text, "    columns: { version: text }\n"), "nothing");
}

TEST(LatestBy, TakesATextOfADatabase) {
  EXPECT_EQ(complaint("table: v, source: \"postgresql:///v\"", k_text), "nothing");
}

TEST(LatestBy, RefusesATypeThatIsReadAsText) {
  Field version = k_text;
  version.foreign = "interval";
  const std::string table = "table: v, source: \"postgresql:///v\"";
  EXPECT_THAT(complaint(table, version), HasSubstr("which is a text here of interval"));
  Schema target;
  target.fields = {Field{"id", Type{}}, version};
  EXPECT_EQ(complaint(table, version, "", &target), "nothing") << "the engine knows its order";
}

// The table's text is what is compared, whatever the source knows.
TEST(LatestBy, RefusesANumberOrATimeThatLandsInATextOfTheTable) {
  const std::string table = "table: v, source: \"postgresql:///v\"";
  Schema target;
  target.fields = {Field{"id", Type{}}, k_text};
  Field number{"version", Type{TypeKind::kInt64}};
  EXPECT_THAT(
      complaint(table, number, "", &target),
      HasSubstr("\"latest_by\" compares \"version\", which is a text here of int64, so that "
                "9 would be later than 10."));
  EXPECT_EQ(complaint(table, number, "    columns: { version: text }\n", &target), "nothing");
  EXPECT_EQ(complaint(table, number), "nothing") << "a new table has a number";
  EXPECT_EQ(complaint(table, k_text, "", &target), "nothing");
  for (const TypeKind kind : {TypeKind::kDecimal, TypeKind::kDate, TypeKind::kTimestamp})
    EXPECT_THAT(complaint(table, Field{"version", Type{kind}}, "", &target),
                HasSubstr("which is a text here of"));
}

TEST(LatestBy, TakesATextTypeOfTheEngineForWhatItIs) {
  const std::string table = "table: v, source: \"postgresql:///v\"";
  Field loose = k_text;
  for (const char* name : {"citext", "public.citext"}) {
    loose.foreign = name;
    Schema target;
    target.fields = {Field{"id", Type{}}, loose};
    EXPECT_THAT(complaint(table, Field{"version", Type{TypeKind::kInt64}}, "", &target),
                HasSubstr("which is a text here of int64"));
    EXPECT_EQ(complaint(table, k_text, "", &target), "nothing");
    EXPECT_EQ(complaint(table, loose, "", &target), "nothing");
    EXPECT_THAT(complaint("files: v.csv", k_text, "", &target), HasSubstr("which is a text here,"));
  }
}

// Which row of a key stays would be a matter of who comes last.
TEST(LatestBy, IsTheSameForEntitiesThatUpsertIntoOneTableByOneKey) {
  const auto complaint = [](const std::string& one, const std::string& other) {
    const auto entity = [](const std::string& name, const std::string& write) {
      return "  " + name + ":\n    read: { files: " + name +
             ".csv }\n    columns: { id: int64, v: int64 }\n" + "    write: { table: t, " + write +
             " }\n";
    };
    const auto job = parse_job(
        "job: j\ntarget: duckdb:x.db\nentities:\n" + entity("a", one) + entity("b", other),
        "/jobs");
    return job ? "nothing" : job.error().to_string();
  };
  const std::string by_v = "mode: upsert, key: [id], latest_by: v";
  const std::string by_none = "mode: upsert, key: [id]";
  EXPECT_EQ(complaint(by_v, by_v), "nothing");
  EXPECT_EQ(complaint(by_none, by_none), "nothing");
  EXPECT_EQ(complaint(by_v, "mode: upsert, key: [v]"), "nothing");
  for (const auto& [one, other] : {std::pair(by_v, by_none), std::pair(by_none, by_v)}) {
    EXPECT_THAT(complaint(one, other),
                HasSubstr("Entities \"a\" and \"b\" upsert into t by one key, and their "
                          "\"latest_by\" differ. Give both the same \"latest_by\", or none."));
  }
}

}  // namespace
}  // namespace decant
