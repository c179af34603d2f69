// decant-bench-sql: runs one statement on a target, for the peers' side of bench/peers.
#include <iostream>

#include "common/connector/adapters/adapters.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: decant-bench-sql CONNECTION STATEMENT\n";
    return 2;
  }
  const auto target = decant::open_target(argv[1], ".", "decant-bench");
  if (!target) {
    std::cerr << target.error().to_string() << "\n";
    return 1;
  }
  const auto done = (*target)->sql().execute(argv[2]);
  if (!done) {
    std::cerr << done.error().to_string() << "\n";
    return 1;
  }
  return 0;
}
