// decant-bench-sql: runs statements on a target and prints what they give, for the peers' side of
// bench/peers.
#include <iostream>

#include "common/connector/adapters/adapters.h"

namespace {

int say(const decant::Error& error) {
  std::cerr << error.to_string() << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: decant-bench-sql CONNECTION STATEMENT …\n";
    return 2;
  }
  const auto target = decant::open_target(argv[1], ".", "decant-bench");
  if (!target) return say(target.error());
  for (int i = 2; i < argc; ++i) {
    const auto rows = (*target)->sql().query(argv[i]);
    if (!rows) return say(rows.error());
    for (const auto& row : *rows) {
      for (std::size_t column = 0; column < row.size(); ++column) {
        std::cout << (column > 0 ? "\t" : "") << row[column].value_or("");
      }
      std::cout << "\n";
    }
  }
  return 0;
}
