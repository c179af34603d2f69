// `read.key` and rows without one: they are the undated chunk's, wherever they come from, also
// where all others fit one chunk without limits.
#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

enum class From { kFile, kPostgres, kDuckDb };

struct Ends {
  From source;
  Engine target;
};

struct Line {
  int id;
  std::string key;  // empty: none
  std::string text, shop;
};

class KeylessRows : public DecantTest, public testing::WithParamInterface<Ends> {
 protected:
  void SetUp() override {
    DecantTest::SetUp();
    use_target(fresh_target(GetParam().target));
    if (GetParam().source == From::kPostgres) source_ = fresh_database();
    if (GetParam().source == From::kDuckDb) source_ = "duckdb:" + path("source.duckdb");
    if (IsSkipped()) return;
    write_job(", key: k");
    lines_ = {{1, "1", "a", "n"}, {2, "2", "b", "s"}, {3, "", "c", "n"}, {4, "", "d", "s"}};
  }

  // Two tables of the same rows, of which one has a key for a row.
  void write_job(const std::string& key, const std::string& stores = {}) {
    std::string job = "job: keyless\ntarget: ${DECANT_TARGET}\n" + stores + "entities:\n";
    for (const std::string table : {"keyed", "bare"}) {
      job += "  " + table + ":\n    read: { " +
             (source_.empty() ? "files: lines.csv" : "table: lines, source: \"" + source_ + "\"") +
             key + " }\n    write: { table: " + table + (table == "keyed" ? ", key: [id]" : "") +
             " }\n    columns: { id: int64, k: int64, v: text, shop: text }\n";
    }
    write("job.yaml", job);
  }

  void write_source() {
    if (source_.empty()) {
      std::string text = "id,k,v,shop\n";
      for (const Line& line : lines_)
        text += std::to_string(line.id) + "," + line.key + "," + line.text + "," + line.shop + "\n";
      return write("lines.csv", text);
    }
    std::string rows;
    for (const Line& line : lines_)
      rows += (rows.empty() ? "(" : ", (") + std::to_string(line.id) + ", " +
              (line.key.empty() ? "NULL" : line.key) + ", '" + line.text + "', '" + line.shop +
              "')";
    changed_in(source_, "DROP TABLE IF EXISTS lines");
    changed_in(source_, "CREATE TABLE lines (id BIGINT, k BIGINT, v TEXT, shop TEXT)");
    changed_in(source_, "INSERT INTO lines VALUES " + rows);
  }

  void expect_all() {
    std::string expected;
    for (const Line& line : lines_)
      expected += (expected.empty() ? "" : "\n") + std::to_string(line.id) + "|" +
                  (line.key.empty() ? "NULL" : line.key) + "|" + line.text + "|" + line.shop;
    for (const char* table : {"keyed", "bare"})
      EXPECT_EQ(asked("SELECT id, k, v, shop FROM " + std::string(table) + " ORDER BY id"),
                expected)
          << table;
  }

  void run_over(const std::string& what, const Words& more = {}) {
    SCOPED_TRACE(what);
    write_source();
    ASSERT_THAT(run(more), ExitsWith(0));
    EXPECT_EQ(report()["equal"], true);
    expect_all();
  }

  // Loads, and whatever may become of a row with a key and of one without.
  void follow_changes() {
    run_over("the first load");
    run_over("what is loaded");
    EXPECT_EQ(report()["chunks"]["loaded"], 0);
    lines_[0].text = "with a key";
    run_over("a row with a key");
    lines_[2].text = "without a key";
    run_over("a row without a key");
    lines_[3].key = "40";
    run_over("a row that gets a key");
    lines_[1].key = "";
    run_over("a row that loses its key");
    lines_.erase(lines_.begin() + 2);
    run_over("a row without a key that goes");
    EXPECT_THAT(decant({"reconcile", "job.yaml"}), ExitsWith(0));
  }

  std::vector<Line> lines_;

 private:
  std::string source_;  // empty: a file
};
INSTANTIATE_TEST_SUITE_P(Of, KeylessRows,
                         testing::Values(Ends{From::kFile, Engine::kPostgres},
                                         Ends{From::kFile, Engine::kDuckDb},
                                         Ends{From::kPostgres, Engine::kPostgres},
                                         Ends{From::kPostgres, Engine::kDuckDb},
                                         Ends{From::kDuckDb, Engine::kPostgres},
                                         Ends{From::kDuckDb, Engine::kDuckDb}),
                         [](const auto& ends) {
                           const From source = ends.param.source;
                           return std::string(source == From::kFile       ? "AFile"
                                              : source == From::kPostgres ? "PostgreSql"
                                                                          : "DuckDb") +
                                  "Into" + to_string(ends.param.target);
                         });

TEST_P(KeylessRows, AreFollowedBesideTheOthers) { follow_changes(); }

TEST_P(KeylessRows, AreFollowedInStoresOfAColumn) {
  write_job(", key: k", "stores: { from_column: shop }\n");
  follow_changes();
}

TEST_P(KeylessRows, AreOfARunOverSomeDaysToo) {
  run_over("the first load", {"--from", "2024-01"});
  lines_[2].text = "changed";
  run_over("a change", {"--from", "2024-01", "--to", "2024-02"});
}

// Until then the chunk of everything had them.
TEST_P(KeylessRows, AreHandedOverWhereTheJobGetsAKey) {
  const std::vector<Line> first = lines_;
  for (const char* what : {"stay", "go", "get a key"}) {
    SCOPED_TRACE(what);
    use_target(fresh_target(GetParam().target));
    lines_ = first;
    write_job("");
    run_over("without a key");
    write_job(", key: k");
    if (what == std::string("go")) lines_.resize(2);
    if (what == std::string("get a key")) lines_[2].key = lines_[3].key = "7";
    run_over("with a key");
    lines_[0].text = "changed";
    run_over("a change");
  }
}

}  // namespace
}  // namespace decant::test
