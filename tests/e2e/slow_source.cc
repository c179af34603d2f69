#include "tests/e2e/slow_source.h"

#include <unistd.h>

namespace decant::test {
namespace {

constexpr const char* k_job = R"yaml(job: slow
target: ${DECANT_TARGET}
chunk_rows: 30
stores: { from_column: store }
entities:
  sales:
    read: { table: slow_sales, time: sold_at, source: "${SLOW_SOURCE}" }
    write: { table: sales }
    control_sums: [id, amount]
)yaml";

// Two stores, a year, 30 rows in each month; the same id never twice.
constexpr const char* k_table =
    "CREATE TABLE sales AS SELECT CASE WHEN n % 2 = 0 THEN 'east' ELSE 'west' END AS store, "
    "n::bigint AS id, timestamp '2024-01-01' + ((n - 1) / 60) * interval '1 month' + "
    "((n - 1) % 60) * interval '10 hours' AS sold_at, (n * 1.25)::numeric(12,2) AS amount "
    "FROM generate_series(1, 720) AS n";
constexpr const char* k_view =
    "CREATE VIEW slow_sales AS SELECT * FROM sales WHERE pg_sleep(0.002)::text IS NOT NULL";

// The gate is a sequence: whoever reads under an old snapshot sees it too.
constexpr const char* k_gate = "CREATE SEQUENCE gate";
constexpr const char* k_gate_function =
    "CREATE FUNCTION has_passed() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN WHILE (SELECT "
    "last_value FROM gate) > 1 LOOP PERFORM pg_sleep(0.02); END LOOP; RETURN true; END $$";
constexpr const char* k_gated_view =
    "CREATE OR REPLACE VIEW slow_sales AS SELECT * FROM sales WHERE pg_sleep(0.002)::text IS NOT "
    "NULL AND has_passed()";

}  // namespace

void SlowSource::SetUp() {
  EveryTarget::SetUp();
  if (IsSkipped()) return;
  source_ = fresh_database();
  if (source_.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  changed_in(source_, k_table);
  changed_in(source_, k_view);
  set_environment("SLOW_SOURCE", source_);
  write("job.yaml", k_job);
}

int SlowSource::loaded_chunks() const {
  int loaded = 0;
  for (const Json& line : chunk_log()) loaded += line["state"] == "loaded" ? 1 : 0;
  return loaded;
}

std::unique_ptr<Process> SlowSource::half_way(const Words& more) {
  auto run = started(more);
  EXPECT_TRUE(run->wait_until([&] { return loaded_chunks() > 0; })) << run->err();
  EXPECT_LT(loaded_chunks(), k_chunks) << "the run was over too soon to be looked at";
  return run;
}

std::string SlowSource::endpoint_of(Process& run) const {
  const std::string before = "listening on ";
  const bool said = run.wait_until([&] { return run.err().find(before) != std::string::npos; });
  EXPECT_TRUE(said) << run.err();
  if (!said) return {};
  const std::string text = run.err();
  const std::size_t begin = text.find(before) + before.size();
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

std::string SlowSource::arrived() const {
  return asked(
      "SELECT count(*), CAST(sum(id) AS VARCHAR), count(*) - count(DISTINCT id) FROM sales");
}

void GatedSource::SetUp() {
  SlowSource::SetUp();
  if (IsSkipped()) return;
  for (const char* sql : {k_gate, k_gate_function, k_gated_view}) changed_in(source(), sql);
}

std::set<std::string> GatedSource::chunks_in(const std::string& state) const {
  std::map<std::string, std::string> now;
  for (const Json& line : chunk_log()) now[line["chunk"]] = line["state"];
  std::set<std::string> chunks;
  for (const auto& [chunk, is] : now) {
    if (is == state) chunks.insert(chunk);
  }
  return chunks;
}

std::set<std::string> GatedSource::held_at_gate(Process& run) const {
  std::set<std::string> held;
  const bool still = run.wait_until([&] {
    const auto before = std::exchange(held, chunks_in("assigned"));
    ::usleep(400'000);
    return !held.empty() && held == before;
  });
  return still ? held : std::set<std::string>();
}

}  // namespace decant::test
