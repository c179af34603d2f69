// Another process with a DuckDB file, which a test cannot fork: it has DuckDB's threads already.
//
//   duckdb_other_process hold FILE        opens it, says so, and keeps it until it is killed
//   duckdb_other_process die FILE FOLDER  makes the table, stages a row in FOLDER, says where, and
//                                         dies just before it commits that
#include <unistd.h>

#include <iostream>
#include <string_view>

#include "tests/unit/duckdb/fixture.h"

using namespace decant;
using namespace decant::test;

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto target = open_target(argv[2]);
  if (std::string_view(argv[1]) == "hold") {
    std::cout << "held" << std::endl;
    for (;;) ::pause();
  }
  if (argc < 4 || !target->create_table(small_plan())) return 1;
  const LoadPlan plan = load_plan(small_plan(), LoadMethod::kAppend, {whole_chunk()}, argv[3]);
  const std::string file = stage(plan, {{"1", "Ana"}});
  std::cout << file << std::flush;
  static_cast<void>(commit(*target, plan, file, {0},
                           [](SqlSession&, const LoadOutcome&) -> Status { ::_exit(0); }));
  return 1;
}
