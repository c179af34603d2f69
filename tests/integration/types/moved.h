// A table of one column beside its number, moved from one database to another by the real
// programs.
#pragma once

#include "tests/e2e/fixture.h"

namespace decant::test {

class MovedTable : public DecantTest {
 protected:
  // job.yaml: `table` of `source` into `into` of `target`, key [id], up to 100 rejects. `more` are
  // lines of the entity.
  void write_job(const std::string& source, const std::string& table, const std::string& target,
                 const std::string& into, const std::string& more = {});
  // The column v in the order of id, joined by " ~ ", after a run that ends with `status`.
  std::string after_run(const std::string& into, int status = 0);
  // The reasons of all rejects, joined by line ends.
  std::string reasons() const;
  // A run that finds nothing to do and no difference.
  void expect_reconciled();
};

}  // namespace decant::test
