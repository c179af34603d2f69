#include "common/connector/duckdb_names.h"

namespace decant {

std::string folded_name(const std::string& expression) {
  return "translate(" + expression +
         ", 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')";
}

}  // namespace decant
