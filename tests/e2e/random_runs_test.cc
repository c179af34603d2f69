// Runs over some days and some stores of a database that changes, in an order that a seed gives;
// then a run over everything. Whatever went before, the target is then the source, row by row.
//
// DECANT_TEST_SEED=seed repeats one; "first count" takes as many others.
#include <cstdlib>
#include <random>
#include <sstream>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

struct Seeds {
  int first = 1;
  int count = 6;
};

Seeds seeds() {
  Seeds seeds;
  if (const char* const wanted = std::getenv("DECANT_TEST_SEED")) {
    std::istringstream words(wanted);
    if (!(words >> seeds.first >> seeds.count)) seeds.count = 1;
  }
  return seeds;
}

class RandomRuns : public DecantTest {
 protected:
  // Half of the seeds have PostgreSQL at both ends, the others DuckDB.
  void begin(int seed) {
    random_.seed(static_cast<unsigned>(seed));
    const Engine engine = seed % 2 == 0 ? Engine::kPostgres : Engine::kDuckDb;
    const std::string name = "s" + std::to_string(seed);
    use_target(engine == Engine::kPostgres ? fresh_database() : "duckdb:" + path(name + "t.db"));
    source_ = engine == Engine::kPostgres ? fresh_database() : "duckdb:" + path(name + ".db");
    if (IsSkipped()) return;
    has_times_ = below(2) == 0;
    next_id_ = 0;
    changed_in(source_, std::string("CREATE TABLE sales (id BIGINT, shop TEXT, sold_at ") +
                            (has_times_ ? "TIMESTAMP WITH TIME ZONE" : "DATE") + ", v BIGINT)");
    add(20 + below(200));
    write("job.yaml", "job: " + name + "\ntarget: ${DECANT_TARGET}\nchunk_rows: " +
                          std::to_string(below(2) == 0 ? 1000 : 5 + below(40)) +
                          "\nstores:\n  from_column: shop\n  a: {}\n  b: { time_zone: Asia/Tokyo "
                          "}\nentities:\n  sales:\n    read: { table: sales, time: sold_at, "
                          "source: \"" +
                          source_ + "\" }\n    write: { table: sales, key: [id] }\n");
  }
  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  std::string day() {
    const int day = 1 + below(28);
    return "2024-0" + std::to_string(1 + below(3)) + (day < 10 ? "-0" : "-") + std::to_string(day);
  }
  std::string moment() {
    if (below(40) == 0) return "NULL";
    if (!has_times_) return "DATE '" + day() + "'";
    const int hour = below(24);
    return "TIMESTAMP WITH TIME ZONE '" + day() + (hour < 10 ? " 0" : " ") + std::to_string(hour) +
           ":30:00+00'";
  }
  std::string shop() { return below(2) == 0 ? "'a'" : "'b'"; }
  void add(int rows) {
    std::string sql = "INSERT INTO sales VALUES ";
    for (int i = 0; i < rows; ++i)
      sql += (i > 0 ? ", (" : "(") + std::to_string(next_id_++) + ", " + shop() + ", " + moment() +
             ", " + std::to_string(below(1000)) + ")";
    changed_in(source_, sql);
  }
  void change() {
    const std::string one = " WHERE id = " + std::to_string(below(next_id_));
    switch (below(4)) {
      case 0:
        return add(1 + below(20));
      case 1:
        return changed_in(source_, "DELETE FROM sales" + one);
      case 2:
        return changed_in(source_,
                          "UPDATE sales SET sold_at = " + moment() + ", shop = " + shop() + one);
      default:
        return changed_in(source_, "UPDATE sales SET v = v + 1" + one);
    }
  }
  Words some() {
    Words words{"run", "job.yaml", "--yes", "--allow-empty", "--workers", "1"};
    const std::string first = day();
    const std::string second = day();
    const int limits = below(4);
    if (limits == 1 || limits == 2) words.insert(words.end(), {"--from", std::min(first, second)});
    if (limits > 1) words.insert(words.end(), {"--to", std::max(first, second)});
    if (limits == 0 || below(4) == 0)
      words.insert(words.end(), {"--stores", below(2) == 0 ? "a" : "b"});
    return words;
  }
  static std::string rows(const std::string& connection) {
    return ask(connection,
               "SELECT string_agg(id || ' ' || shop || ' ' || coalesce(CAST(sold_at AS VARCHAR), "
               "'') || ' ' || v, ',' ORDER BY id) FROM sales");
  }
  void go(int seed) {
    begin(seed);
    if (IsSkipped()) return;
    std::string told;
    for (int runs = 1 + below(3); runs > 0; --runs) {
      const Words words = some();
      for (const std::string& word : words) told += word + " ";
      // Rows that moved out of the days of a run may stay with it: only the last run is judged.
      decant(words);
      for (int changes = below(3); changes > 0; --changes) change();
      told += "\n";
    }
    const Outcome last = run({"--allow-empty", "--workers", "1"});
    EXPECT_THAT(last, ExitsWith(0)) << told;
    EXPECT_EQ(rows(target()), rows(source_)) << told;
  }

  std::mt19937 random_;
  std::string source_;
  bool has_times_ = false;
  int next_id_ = 0;
};

TEST_F(RandomRuns, EndWithTheTargetAsTheSourceIs) {
  for (int seed = seeds().first; seed < seeds().first + seeds().count; ++seed) {
    SCOPED_TRACE("DECANT_TEST_SEED=" + std::to_string(seed));
    go(seed);
    if (IsSkipped()) return;
  }
}

}  // namespace
}  // namespace decant::test
