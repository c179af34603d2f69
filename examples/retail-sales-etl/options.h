// The command line of decant-generate-retail.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "examples/retail-sales-etl/dataset.h"

namespace decant::examples::retail {

struct Options {
  std::optional<DatasetRequest> dataset;             // with --out
  std::optional<std::filesystem::path> stores_yaml;  // with --stores-yaml
  bool wants_help = false;
};

extern const std::string_view k_usage;

// Throws std::invalid_argument, saying which argument is wrong.
Options parse_options(const std::vector<std::string_view>& arguments);

}  // namespace decant::examples::retail
