// A table and a part of it (a partition, or a table that inherits) in two jobs, whose ledgers are
// one or two: only one run at a time writes, since the rows of the part are those of the whole.
#include <csignal>
#include <filesystem>
#include <thread>

#include "tests/e2e/slow_source.h"

namespace decant::test {
namespace {

using testing::HasSubstr;

struct Family {
  const char* name;
  const char* whole;  // how the table is made, and a part of it that takes all rows
  const char* part;
};

constexpr const char* k_columns = "(store text, id bigint, sold_at timestamp, amount numeric(12,2)";
constexpr Family k_partition{
    "Partition", ") PARTITION BY RANGE (id)",
    "CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM (0) TO (1000)"};
constexpr Family k_inherited{"Child", ")", "CREATE TABLE sales_1 () INHERITS (sales)"};
// With a key the second job finds the rows of the first.
constexpr Family k_keyed{"Keyed", ", PRIMARY KEY (id)) PARTITION BY RANGE (id)",
                         "CREATE TABLE sales_1 PARTITION OF sales FOR VALUES FROM (0) TO (1000)"};

class TableFamilies : public SlowSource {
 protected:
  void SetUp() override {
    SlowSource::SetUp();
    if (!IsSkipped()) plain_ = read_file(path("job.yaml"));
  }
  void make(const Family& family) {
    use_target(fresh_database());
    std::filesystem::remove_all(path("logs"));  // half_way() looks at the newest
    changed("CREATE TABLE sales " + std::string(k_columns) + family.whole);
    changed(family.part);
  }
  void write_jobs(bool part_first, bool two_ledgers, const std::string& key = "") {
    write("job.yaml", job("slow", part_first ? "sales_1" : "sales", key));
    write("other.yaml", job(two_ledgers ? "other\nledger_schema: other" : "other",
                            part_first ? "sales" : "sales_1", key));
  }
  Outcome run_other() { return decant({"run", "other.yaml", "--yes", "--workers", "2"}); }
  // `first` is stopped meanwhile, so that it does not end before the other one looks; if that was
  // amid a transaction of its lease, which the other one then waits for, it goes on for a moment.
  Outcome run_other_beside(Process& first) {
    for (;;) {
      first.signal(SIGSTOP);
      Outcome second = run_other();
      if (second.err.find("lock timeout") == std::string::npos) return second;
      first.signal(SIGCONT);
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

 private:
  std::string job(const std::string& name, const std::string& table, const std::string& key) const {
    std::string text = plain_;
    text.replace(text.find("job: slow"), 9, "job: " + name);
    text.replace(text.find("table: sales }"), 14, "table: " + table + key + " }");
    return text;
  }
  std::string plain_;
};
INSTANTIATE_TEST_SUITE_P(Into, TableFamilies, testing::Values(Engine::kPostgres), engine_name);

TEST_P(TableFamilies, ASecondRunIsRefusedByTheNameOfTheFirstAndNoRowIsThereTwice) {
  for (const Family& family : {k_partition, k_inherited}) {
    for (const bool part_first : {true, false}) {
      for (const bool two_ledgers : {false, true}) {
        SCOPED_TRACE(std::string(family.name) + (part_first ? " first" : " second") +
                     (two_ledgers ? ", two ledgers" : ", one ledger"));
        make(family);
        write_jobs(part_first, two_ledgers);
        const auto first = half_way();
        const Outcome second = run_other_beside(*first);
        const bool in_the_ledger = second.err.find("of job slow") != std::string::npos;
        first->signal(SIGCONT);
        EXPECT_THAT(second, ExitsWith(1));
        EXPECT_THAT(second.err, HasSubstr("Table public.sales is in the hands of run "));
        EXPECT_NE(in_the_ledger, two_ledgers);
        ASSERT_THAT(first->wait(), ExitsWith(0));
        expect_all_arrived();
      }
    }
  }
}

TEST_P(TableFamilies, AResetOfAPartIsRefusedWhileTheWholeIsLoaded) {
  make(k_partition);
  write_jobs(false, false);
  const auto first = half_way();
  const Outcome refused = decant({"reset", "other.yaml", "--confirm", "other", "--all-rows"});
  EXPECT_THAT(refused, ExitsWith(1));
  EXPECT_THAT(refused.err, HasSubstr("Table public.sales is in the hands of run "));
  ASSERT_THAT(first->wait(), ExitsWith(0));
  expect_all_arrived();
}

TEST_P(TableFamilies, AfterTheRunOfOneIsKilledThatOfTheOtherGoesOnAtOnce) {
  for (const bool part_first : {true, false}) {
    for (const bool two_ledgers : {false, true}) {
      SCOPED_TRACE(std::string(part_first ? "part first" : "whole first") +
                   (two_ledgers ? ", two ledgers" : ", one ledger"));
      make(k_keyed);
      write_jobs(part_first, two_ledgers, ", key: [id]");
      const auto first = half_way();
      first->signal(SIGKILL);
      first->wait();
      ASSERT_THAT(run_other(), ExitsWith(0));
      expect_all_arrived();
    }
  }
}

// The unique index of a table knows nothing of the tables that inherit from it.
TEST_P(TableFamilies, ARowThatSomebodyCopiedIntoAChildDoesNotTakeTheOtherAlong) {
  use_target(fresh_database());
  changed("CREATE TABLE t (id int PRIMARY KEY, d date, v text)");
  changed("CREATE TABLE t_child () INHERITS (t)");
  write("job.yaml",
        "job: j\ntarget: ${DECANT_TARGET}\nentities:\n  t: { read: { files: t.csv, time: d }, "
        "write: { table: t, key: [id] } }\n");
  write("t.csv", "id,d,v\n1,2024-01-01,x\n2,2024-01-02,x\n3,2024-01-03,x\n");
  ASSERT_THAT(run(), ExitsWith(0));
  changed("INSERT INTO t_child SELECT * FROM t WHERE id = 3");
  write("t.csv", "id,d,v\n1,2024-01-01,changed\n2,2024-01-02,x\n3,2024-01-03,x\n");
  EXPECT_THAT(run(), ExitsWith(3)) << "one row too many is told";
  EXPECT_EQ(asked("SELECT count(*), count(DISTINCT id) FROM t"), "4|3");
}

}  // namespace
}  // namespace decant::test
