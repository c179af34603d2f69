// The whole data set: plans it, writes it in one of three layouts, and says what is true of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "examples/retail-sales-etl/plan.h"

namespace decant::examples::retail {

enum class Layout {
  k_files,    // tienda_01_2024-09.csv
  k_folders,  // tienda_01/2024-09.csv
  k_single,   // ventas.csv, with a leading column ubicacion_id and all stores and months mixed
};

struct DatasetRequest {
  std::filesystem::path folder;
  Layout layout = Layout::k_files;
  std::uint64_t seed = 17;
  PlanRequest plan;
};

struct DatasetResult {
  bool was_complete = false;  // nothing was written, the folder already held this data set
  std::int64_t row_count = 0;
  std::uint64_t size_bytes = 0;  // of the CSV files
  std::size_t file_count = 0;
};

// Fills the folder with CSV files, truth.json and, last, the stamp by which the next call knows
// that there is nothing to do. Files that a stamp of other parameters lists are taken away first;
// files that no stamp lists are left alone. One process at a time may use a folder. Throws
// std::invalid_argument for a request that cannot be met, std::system_error for the disk.
DatasetResult write_dataset(const DatasetRequest& request);

}  // namespace decant::examples::retail
