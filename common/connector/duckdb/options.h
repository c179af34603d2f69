// What a DuckDB instance may use of the machine.
#pragma once

#include <string>

namespace decant {

struct DuckDbOptions {
  std::string memory_limit =
      "512MB";      // as DuckDB reads it; beyond it DuckDB spills beside the file, or says so
  int threads = 0;  // 0: one per core, at most 8
  bool read_only = false;
};

}  // namespace decant
