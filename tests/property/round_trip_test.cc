// Generated tables from every source into every target (README.md). DECANT_TEST_SEED="first count"
// and DECANT_TEST_ROWS say which and how many.
#include <cstdlib>
#include <sstream>

#include "tests/property/generate.h"
#include "tests/property/round_trip.h"

namespace decant::property {
namespace {

struct Wanted {
  int first_seed = 1;
  int seeds = 1;
  int rows = 2500;  // of each pair and seed
};

Wanted wanted() {
  Wanted wanted;
  if (const char* const seeds = std::getenv("DECANT_TEST_SEED")) {
    std::istringstream words(seeds);
    if (!(words >> wanted.first_seed >> wanted.seeds)) wanted.seeds = 1;
  }
  if (const char* const rows = std::getenv("DECANT_TEST_ROWS")) wanted.rows = std::atoi(rows);
  return wanted;
}

enum class Sort { kPlain, kOdd, kWide };

std::vector<Journey> journeys_of(int seed, int rows, Holder target) {
  const auto base = static_cast<std::uint64_t>(seed) * 1000;
  std::vector<Journey> journeys;
  for (const Sort sort : {Sort::kPlain, Sort::kOdd, Sort::kWide}) {
    if (sort == Sort::kWide && target != k_postgres) continue;
    for (const SourceKind source : k_sources) {
      Journey journey;
      journey.source = source;
      const std::string kind = sort == Sort::kPlain ? "plain" : sort == Sort::kOdd ? "odd" : "wide";
      journey.name = to_string(source) + "_" + kind + (target == k_postgres ? "_p" : "_d");
      journey.table = sort == Sort::kWide ? make_wide_columns(base) : make_columns(base);
      const auto own = static_cast<std::uint64_t>(target) * 10 + static_cast<std::uint64_t>(source);
      if (sort == Sort::kOdd) {
        add_odd_rows(journey.table, rows / 2, base + 10 + own, source, target);
      } else {
        add_plain_rows(journey.table, sort == Sort::kWide ? rows / 20 : rows / 2, base + 1, k_both);
      }
      journeys.push_back(std::move(journey));
    }
  }
  // One zone for the job.
  for (Journey& journey : journeys) journey.table.zone = journeys.front().table.zone;
  return journeys;
}

class EverySource : public RoundTrip {
 protected:
  void go(int seed, int rows, Holder target, std::string& plain_digest) {
    std::vector<Journey> journeys = journeys_of(seed, rows, target);
    for (Journey& journey : journeys) put_lines(journey);
    prepare(journeys, target);
    if (HasFatalFailure() || IsSkipped()) return;
    run_twice(journeys);
    if (HasFatalFailure()) return;
    std::string wide_digest;
    for (const Journey& journey : journeys) {
      SCOPED_TRACE(journey.name);
      expect_values(journey);
      expect_rejects(journey);
      if (journey.name.find("_odd_") != std::string::npos) continue;
      std::string& digest =
          journey.name.find("_wide_") != std::string::npos ? wide_digest : plain_digest;
      if (digest.empty()) digest = digest_of(journey);
      EXPECT_EQ(digest_of(journey), digest);
    }
  }
};

TEST_F(EverySource, IntoEveryTargetValueByValue) {
  const Wanted all = wanted();
  for (int seed = all.first_seed; seed < all.first_seed + all.seeds; ++seed) {
    SCOPED_TRACE("run again: DECANT_TEST_SEED=" + std::to_string(seed) +
                 " DECANT_TEST_ROWS=" + std::to_string(all.rows) + " bin/decant_property_test");
    begin(seed);
    if (IsSkipped()) return;
    std::string digest;
    go(seed, all.rows, k_postgres, digest);
    go(seed, all.rows, k_duckdb, digest);
  }
}

// Its decimals end at 38 digits: the plan says so, and a run does not begin.
TEST_F(EverySource, ADecimalThatDuckDbLacksIsRefusedByThePlan) {
  begin(0);
  if (IsSkipped()) return;
  use_target(fresh_target(test::Engine::kDuckDb));
  changed_in(postgres_source(), "CREATE TABLE wide AS SELECT 1::bigint AS id, 2.5::numeric AS a");
  write("wide.csv", "id,a\n1,2.5\n");
  const std::string in_postgres = "{ table: wide, source: \"" + postgres_source() + "\", key: id }";
  const std::string in_csv = "{ files: wide.csv, key: id }";
  for (const auto& [read, columns] : {std::pair{in_postgres, "{}"},
                                      {in_csv, "{ id: int64, a: decimal }"},
                                      {in_csv, "{ id: int64, a: \"decimal(39,2)\" }"}}) {
    write("job.yaml", "job: wide\ntarget: ${DECANT_TARGET}\nentities:\n  wide:\n    read: " + read +
                          "\n    write: { table: wide, key: [id] }\n    columns: " + columns +
                          "\n");
    for (const test::Outcome& outcome : {decant({"plan", "job.yaml"}), run()}) {
      EXPECT_THAT(outcome, test::ExitsWith(2));
      EXPECT_THAT(outcome.err, testing::HasSubstr("its decimals have 38 digits at most"));
      EXPECT_THAT(outcome.err, testing::HasSubstr("Declare a type for it under `columns:`"));
    }
    EXPECT_EQ(asked("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'wide'"), "0");
  }
}

}  // namespace
}  // namespace decant::property
