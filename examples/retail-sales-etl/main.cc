// decant-generate-retail: makes the sales of a Venezuelan retail chain, the same bytes everywhere.
// Exit status: 0 done, 1 the disk refused, 2 wrong usage.

#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "examples/retail-sales-etl/dataset.h"
#include "examples/retail-sales-etl/options.h"
#include "examples/retail-sales-etl/output.h"
#include "examples/retail-sales-etl/stores.h"

namespace {

using namespace decant::examples::retail;

void generate(const DatasetRequest& request) {
  const auto start = std::chrono::steady_clock::now();
  const DatasetResult result = write_dataset(request);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const std::string folder = request.folder.string();
  const auto rows = static_cast<long long>(result.row_count);
  const double mebibytes = static_cast<double>(result.size_bytes) / (1 << 20);
  if (result.was_complete) {
    std::printf("%s already holds this data set (%lld lines, %zu files, %.1f MiB); nothing to do\n",
                folder.c_str(), rows, result.file_count, mebibytes);
  } else {
    std::printf("%s: wrote %lld lines in %zu files, %.1f MiB, in %.2f s\n", folder.c_str(), rows,
                result.file_count, mebibytes, seconds.count());
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse_options({argv + 1, argv + argc});
    if (options.wants_help) {
      std::fwrite(k_usage.data(), 1, k_usage.size(), stdout);
      return 0;
    }
    if (options.stores_yaml) write_file(*options.stores_yaml, stores_yaml());
    if (options.dataset) generate(*options.dataset);
    return 0;
  } catch (const std::invalid_argument& error) {
    std::fprintf(stderr, "decant-generate-retail: %s\n(--help shows the options)\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "decant-generate-retail: %s\n", error.what());
    return 1;
  }
}
