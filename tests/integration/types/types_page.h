// docs/types.md, made of what the code does: the adapters describe columns of each type on the real
// engines, the resolver gives them a type in a new table, and the writers say which values they
// take.
#pragma once

#include <string>

#include "common/base/result.h"

namespace decant::test {

struct PagePlaces {
  std::string postgres;  // connections to databases with nothing in them
  std::string duckdb;
  std::string folder;  // for files
};

Result<std::string> types_page(const PagePlaces& places);

}  // namespace decant::test
