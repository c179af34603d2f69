// One seed's job for one target: its sources on disk and in databases, its job file, and what must
// have become of it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/e2e/fixture.h"
#include "tests/property/databases.h"
#include "tests/property/model.h"

namespace decant::property {

// A table on its way from one source into the target.
struct Journey {
  SourceKind source = SourceKind::kCsv;
  Table table;
  std::string name;  // of the entity, its file, its source table and its target table
  std::vector<std::int64_t> lines;  // text files: where each row begins
};

class RoundTrip : public test::DecantTest {
 protected:
  // Makes source databases for one seed; skips the test where there is no PostgreSQL.
  void begin(int seed);
  // Puts the journeys' tables into their sources and writes job.yaml.
  void prepare(const std::vector<Journey>& journeys, Holder target);
  // decant run, twice, with all that both must say.
  void run_twice(const std::vector<Journey>& journeys);
  void expect_values(const Journey& journey);
  void expect_rejects(const Journey& journey);
  // The digest of an entity's loaded rows, as the report has it.
  std::string digest_of(const Journey& journey) const;
  Database target_database() const;
  const std::string& postgres_source() const { return postgres_source_; }
  static void put_lines(Journey& journey);

 private:
  using Rejects = std::multimap<std::string, std::string>;
  Rejects rejects_of(const Journey& journey) const;
  void put_source(const Journey& journey);
  std::string entity_yaml(const Journey& journey) const;
  Table as_source_gives(const Journey& journey);

  Holder target_ = k_postgres;
  std::string postgres_source_;
  std::string duckdb_source_;  // a file in the test's folder
};

}  // namespace decant::property
