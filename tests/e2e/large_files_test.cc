// One file with all shops and months mixed, read in parts by several tasks: it loads, is compared,
// replaced and continued as 200 small files would be.
#include <signal.h>

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "tests/e2e/retail.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

class LargeFile : public RetailTest {
 protected:
  void SetUp() override {
    RetailTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make_file();
    use_example({{"files: \"${RETAIL_DATA:-data}/{store}_{month}.csv\"", "files: data/ventas.csv"},
                 {"stores: stores.yaml", "stores: { from_column: ubicacion_id }"},
                 {"ubicacion_id: { constant: \"{store}\" }", "ubicacion_id: text"},
                 // Small chunks, so that a task's fair share is a part of the file.
                 {"chunk_rows: 50000", "chunk_rows: 1000"},
                 {"rejects: { max: 0 }", "rejects: { max: 5 }"}});
  }

  void make_file(const Words& changes = {}) {
    Words words = {"--layout", "single"};
    words.insert(words.end(), changes.begin(), changes.end());
    generate(words, k_file_lines);
  }

  std::vector<std::string> lines() const {
    std::ifstream in(path("data/ventas.csv"));
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  void write_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    write("data/ventas.csv", text);
  }

  // Names of chunks with their number of lines in the newest run's log that say `state`.
  std::map<std::string, int> logged(const std::string& state) const {
    std::map<std::string, int> out;
    for (const Json& line : chunk_log()) {
      if (line["state"] == state) ++out[line["chunk"]];
    }
    return out;
  }
  int most_tasks_of_a_chunk() const {
    int most = 0;
    for (const auto& [chunk, tasks] : logged("loaded")) most = std::max(most, tasks);
    return most;
  }

  static constexpr int k_file_lines = 40'000;
};

INSTANTIATE_TEST_SUITE_P(Into, LargeFile, testing::Values(Engine::kDuckDb, Engine::kPostgres),
                         engine_name);

TEST_P(LargeFile, IsLoadedByManyTasksAndComparedWithoutAWrite) {
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_GT(most_tasks_of_a_chunk(), 2) << "several tasks feed a chunk";
  EXPECT_EQ(sums(), true_sums(truth()));
  const std::size_t chunks = logged("loaded").size();
  ASSERT_THAT(run(), ExitsWith(0));
  const Json report = this->report();
  EXPECT_EQ(report["chunks"]["loaded"], 0);
  EXPECT_EQ(report["chunks"]["skipped"], chunks);
  EXPECT_EQ(report["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  EXPECT_EQ(asked("SELECT count(*) FROM decant.migration_batches WHERE status = 'skipped' AND "
                  "worker = 'coordinator'"),
            std::to_string(chunks));
}

TEST_P(LargeFile, OnlyWhatDiffersIsLoaded) {
  ASSERT_THAT(run(), ExitsWith(0));
  make_file({"--change", "tienda_05/2025-02:update=10,delete=3,insert=7", "--change",
             "tienda_08/2025-03:insert=50"});
  const Outcome plan = decant({"plan", "job.yaml"});
  ASSERT_THAT(plan, ExitsWith(0));
  EXPECT_THAT(plan.out, HasSubstr("1 changed chunk"));
  EXPECT_THAT(plan.out, HasSubstr("1 new chunk: 50 rows"));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(logged("loaded"), (std::map<std::string, int>{{"ventas/tienda_05/2025-02/001", 1},
                                                          {"ventas/tienda_08/2025-03/001", 1}}));
  EXPECT_EQ(report()["rows"], Json({{"inserted", 57}, {"updated", 10}, {"deleted", 3}}));
  EXPECT_EQ(sums(), true_sums(truth()));
}

TEST_P(LargeFile, ARefusedRowHasItsLineWhereverTheFileIsCut) {
  std::vector<std::string> rows = lines();
  rows.insert(rows.begin() + 30'000, "tienda_01,too,short");
  rows.insert(rows.begin() + 39'000, rows[10]);
  rows[39'000].replace(rows[39'000].find(",20"), 3, ",xx");  // the year
  write_lines(rows);
  const std::string rejects =
      "SELECT source, line, rule FROM decant.rejects WHERE task_id > 0 AND run_id = '";
  for (const char* what : {"a first load", "a comparison"}) {
    ASSERT_THAT(run(), ExitsWith(0)) << what;
    const Json report = this->report();
    EXPECT_EQ(asked(rejects + report["run"].get<std::string>() + "' ORDER BY line"),
              "data/ventas.csv|30001|ragged\ndata/ventas.csv|39001|type")
        << what;
    EXPECT_EQ(sums(), true_sums(truth()));
  }
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// Its parts that were committed stay, the chunks they fed are taken out and loaded again.
TEST_P(LargeFile, AFirstLoadThatWasBrokenOffIsDoneAgainByMany) {
  const std::vector<std::string> good = lines();
  std::vector<std::string> bad = good;
  for (std::size_t i = 0; i < 10; ++i) bad.insert(bad.end() - 5, "bad");
  write_lines(bad);
  ASSERT_THAT(run({"--workers", "1"}), ExitsWith(4));
  ASSERT_NE(asked("SELECT count(*) FROM decant.migration_batches"), "0") << "nothing was committed";
  write_lines(good);
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_GT(most_tasks_of_a_chunk(), 2);
  EXPECT_EQ(sums(), true_sums(truth()));
  ASSERT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["chunks"]["loaded"], 0);
}

// Whichever task they held: of the first load, of the comparison, of the load after it.
TEST_P(LargeFile, KilledWorkersCostNothing) {
  std::mt19937 random(1);
  for (const Words& changes : {Words{}, Words{"--change", "tienda_05/2025-02:update=9,delete=2"},
                               Words{"--change", "tienda_01/2025-02:insert=20"}}) {
    make_file(changes);
    const auto running = start_decant(run_words());
    for (int kills = 0; kills < 3; ++kills) {
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 300));
      running->wait_until([&] { return !children_of(running->pid()).empty(); });
      for (const pid_t worker : children_of(running->pid())) {
        if (random() % 2 == 0) ::kill(worker, SIGKILL);
      }
    }
    ASSERT_THAT(running->wait(), ExitsWith(0));
    EXPECT_EQ(sums(), true_sums(truth()));
  }
}

}  // namespace
}  // namespace decant::test
