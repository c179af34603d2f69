// The retail example as its users run it: load, load again, look at what is there.
#include "tests/e2e/retail.h"

#include <set>

namespace decant::test {
namespace {

using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Into, RetailTest, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

// Control sums are told without trailing zeros.
std::string shortest(std::string decimal) {
  if (decimal.find('.') == std::string::npos) return decimal;
  decimal.erase(decimal.find_last_not_of('0') + 1);
  if (decimal.back() == '.') decimal.pop_back();
  return decimal;
}

// What the engine itself has counted as written to the job's table; DuckDB keeps no such count.
std::string writes_of(const std::string& target) {
  return ask(target,
             "SELECT pg_stat_force_next_flush(), n_tup_ins, n_tup_upd, n_tup_del "
             "FROM pg_stat_user_tables WHERE relname = 'ventas_raw'");
}

TEST_P(RetailTest, TheFirstRunLoadsEveryRowAndProvesIt) {
  const Outcome outcome = run();
  ASSERT_THAT(outcome, ExitsWith(0));
  EXPECT_THAT(outcome.out, HasSubstr(" 20,000 rows, 0 differences."));
  EXPECT_EQ(sums(), true_sums(truth()));

  const Json report = this->report();
  EXPECT_EQ(report["verified_at_level"], "digests");
  EXPECT_EQ(report["equal"], true);
  EXPECT_EQ(report["rows"]["inserted"], k_lines);
  EXPECT_EQ(report["differences"], Json::array());
  EXPECT_EQ(report["errors"], Json::array());
  const Json total = report["entities"][0]["total"];
  EXPECT_EQ(total["rows_read"], k_lines);
  EXPECT_EQ(total["source"], total["target"]);
  EXPECT_EQ(total["target"]["control_sums"]["cantidad * precio_unitario"],
            shortest(truth()["cantidad * precio_unitario"]));
  EXPECT_EQ(report["checks"][0]["passed"], true);
}

TEST_P(RetailTest, EverySliceOfTheReportHasTheSumsOfTheSourceData) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Json truth = this->truth();
  const Json all = report()["entities"][0]["slices"];
  int slices = 0;
  for (const Json& slice : all) {
    const std::string store = slice["store"], month = slice["month"];
    ASSERT_TRUE(truth["stores"][store]["months"].contains(month)) << slice["slice"];
    const Json& expected = truth["stores"][store]["months"][month];
    for (const char* side : {"source", "target"}) {
      EXPECT_EQ(slice[side]["rows"], expected["rows"]) << slice["slice"];
      for (const char* sum : {"total", "cantidad", "cantidad * precio_unitario"})
        EXPECT_EQ(slice[side]["control_sums"][sum], shortest(expected[sum])) << slice["slice"];
    }
    ++slices;
  }
  int cells = 0;
  for (const auto& [name, store] : truth["stores"].items())
    cells += static_cast<int>(store["months"].size());
  EXPECT_EQ(slices, cells);
}

TEST_P(RetailTest, TheSecondRunSkipsEveryChunkAndWritesNothingToTheTable) {
  ASSERT_THAT(run(), ExitsWith(0));
  const std::int64_t chunks = report()["chunks"]["loaded"];
  // A session tells its counts when it ends, which may be after the run.
  const std::string written = "|" + std::to_string(k_lines) + "|0|0";
  if (GetParam() == Engine::kPostgres) {
    ASSERT_TRUE(eventually([&] { return writes_of(target()) == written; }));
  }
  const Outcome again = run();
  ASSERT_THAT(again, ExitsWith(0));
  EXPECT_THAT(again.out, HasSubstr("0 differences."));
  const Json report = this->report();
  EXPECT_EQ(report["chunks"]["loaded"], 0);
  EXPECT_EQ(report["chunks"]["skipped"], chunks);
  EXPECT_EQ(report["rows"]["inserted"], 0);
  EXPECT_EQ(report["rows"]["updated"], 0);
  EXPECT_EQ(report["rows"]["deleted"], 0);
  // Skipped is not unread: the target was read back and compared again.
  EXPECT_EQ(report["entities"][0]["total"]["target"]["rows"], k_lines);
  if (GetParam() == Engine::kPostgres) {
    EXPECT_EQ(writes_of(target()), written);
  }
}

TEST_P(RetailTest, TheCompletionLogTellsEveryChunkFromPlannedToLoaded) {
  ASSERT_THAT(run(), ExitsWith(0));
  std::map<std::string, Words> states;
  std::int64_t rows = 0;
  for (const Json& line : chunk_log()) {
    EXPECT_EQ(line["entity"], "ventas");
    states[line["chunk"]].push_back(line["state"]);
    if (line["state"] != "loaded") continue;
    rows += line["rows"].get<std::int64_t>();
    EXPECT_EQ(line["digest"].get<std::string>().size(), 64U);
    EXPECT_NE(line["worker"], "");
  }
  EXPECT_EQ(rows, k_lines);
  EXPECT_EQ(states.size(), report()["chunks"]["loaded"]);
  for (const auto& [chunk, of_chunk] : states)
    EXPECT_EQ(of_chunk, (Words{"planned", "assigned", "loaded"})) << chunk;
}

TEST_P(RetailTest, CoverageTellsPercentagesMissingMonthsAndStoresThatOpenedLate) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome outcome = decant({"coverage", "job.yaml", "--json"});
  ASSERT_THAT(outcome, ExitsWith(0));
  const Json grid = parse_json(outcome.out)[0];
  EXPECT_EQ(grid["rows"], k_lines);
  EXPECT_EQ(grid["active_stores"], 17);
  EXPECT_EQ(grid["configured_stores"], 20);
  EXPECT_EQ(grid["months"].size(), 13U);
  std::map<std::string, Json> stores;
  for (const Json& store : grid["stores"]) stores[store["store"]] = store;
  ASSERT_EQ(stores.size(), 20U);
  EXPECT_EQ(stores["tienda_01"]["percentage"], 100);
  EXPECT_EQ(stores["tienda_08"]["missing"], Json({"2024-09", "2025-03"}));
  EXPECT_EQ(stores["tienda_08"]["months_expected"], 13);
  EXPECT_EQ(stores["tienda_08"]["months_with_rows"], 11);
  EXPECT_EQ(stores["tienda_16"]["opened"], "2025-03");
  EXPECT_EQ(stores["tienda_16"]["missing"], Json::array());
  EXPECT_EQ(stores["tienda_18"]["active"], false);

  const Outcome text = decant({"coverage", "job.yaml"});
  EXPECT_THAT(text.out, HasSubstr("missing    tienda_08 (BOSQUE): 2024-09, 2025-03"));
  EXPECT_THAT(text.out, HasSubstr("17 active of 20 stores"));
}

TEST_P(RetailTest, StatusAndExplainTellTheLastRunAndTheHistoryOfAChunk) {
  ASSERT_THAT(run(), ExitsWith(0));
  ASSERT_THAT(run(), ExitsWith(0));
  const Outcome status = decant({"status", "job.yaml", "--json"});
  ASSERT_THAT(status, ExitsWith(0));
  const Json json = parse_json(status.out);
  EXPECT_EQ(json["run"], report()["run"]);
  EXPECT_EQ(json["state"], "done");
  EXPECT_EQ(json["entities"][0]["rows"], k_lines);
  EXPECT_EQ(json["earlier"].size(), 1U);

  const Outcome explain = decant({"explain", "job.yaml", "ventas/tienda_05/2025-02/001", "--json"});
  ASSERT_THAT(explain, ExitsWith(0));
  const Json chunk = parse_json(explain.out);
  EXPECT_EQ(chunk["rows"], truth()["stores"]["tienda_05"]["months"]["2025-02"]["rows"]);
  EXPECT_EQ(chunk["state"], "loaded");
  std::set<std::string> happened;
  for (const Json& event : chunk["history"]) happened.insert(event["what"]);
  EXPECT_TRUE(happened.contains("loaded")) << explain.out;
  EXPECT_TRUE(happened.contains("skipped")) << explain.out;

  const Outcome unknown = decant({"explain", "job.yaml", "ventas/tienda_05/2025-02/002"});
  EXPECT_THAT(unknown, ExitsWith(1));
  EXPECT_THAT(unknown.err, HasSubstr("Did you mean ventas/tienda_05/2025-02/001?"));
}

TEST_P(RetailTest, APlanTellsWhatARunWouldDoAndWritesNothing) {
  const Outcome plan = decant({"plan", "job.yaml", "--workers", "2"});
  ASSERT_THAT(plan, ExitsWith(0));
  EXPECT_THAT(plan.out, HasSubstr("20,000 rows would be inserted"));
  EXPECT_THAT(plan.out, HasSubstr("Nothing was written."));
  EXPECT_EQ(asked("SELECT count(*) FROM information_schema.tables WHERE table_name = 'ventas_raw' "
                  "OR table_schema = 'decant'"),
            "0");
}

TEST_P(RetailTest, ARangeOfMonthsAndStoresLoadsThatPartAndTheNextRunTheRest) {
  ASSERT_THAT(run({"--from", "2024-10", "--to", "2024-11", "--stores", "tienda_02,tienda_03"}),
              ExitsWith(0));
  std::int64_t rows = 0;
  for (const char* store : {"tienda_02", "tienda_03"}) {
    for (const char* month : {"2024-10", "2024-11"})
      rows += truth()["stores"][store]["months"][month]["rows"].get<std::int64_t>();
  }
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT ubicacion_id), CAST(min(fecha) AS DATE) >= "
                  "DATE '2024-10-01', max(fecha) < TIMESTAMP '2024-12-01' FROM ventas_raw"),
            std::to_string(rows) + (GetParam() == Engine::kPostgres ? "|2|t|t" : "|2|true|true"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["skipped"], 4);
  EXPECT_EQ(sums(), true_sums(truth()));
}

class BothTargets : public RetailTest {};
INSTANTIATE_TEST_SUITE_P(OnceEach, BothTargets, testing::Values(Engine::kDuckDb), engine_name);

TEST_P(BothTargets, HoldTheSameDigestsSliceBySlice) {
  ASSERT_THAT(run(), ExitsWith(0));
  const Json in_duckdb = report()["entities"];
  use_target(fresh_database());
  if (IsSkipped()) return;
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["entities"], in_duckdb);
}

}  // namespace
}  // namespace decant::test
