#include "tests/integration/types/moved.h"

namespace decant::test {

void MovedTable::write_job(const std::string& source, const std::string& table,
                           const std::string& target, const std::string& into,
                           const std::string& more) {
  static int jobs = 0;  // a ledger may have seen the one before
  use_target(target);
  write("job.yaml", "job: moved" + std::to_string(++jobs) +
                        "\ntarget: ${DECANT_TARGET}\nentities:\n  moved:\n    read: { table: " +
                        table + ", source: \"" + source + "\" }\n    write: { table: " + into +
                        ", key: [id] }\n    rejects: { max: 100 }\n" + more);
}

std::string MovedTable::after_run(const std::string& into, int status) {
  EXPECT_THAT(run(), ExitsWith(status));
  return asked("SELECT string_agg(CAST(v AS TEXT), ' ~ ' ORDER BY id) FROM " + into);
}

std::string MovedTable::reasons() const {
  return asked("SELECT DISTINCT reason FROM decant.rejects ORDER BY reason");
}

void MovedTable::expect_reconciled() {
  EXPECT_THAT(run(), ExitsWith(0));
  EXPECT_EQ(report()["rows"], Json({{"inserted", 0}, {"updated", 0}, {"deleted", 0}}));
  EXPECT_EQ(report()["equal"], true);
}

}  // namespace decant::test
