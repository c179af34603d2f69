// How fast a CSV becomes batches of columns: bytes of text per second of one core's time, out of
// the page cache.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "common/connector/files/files_source.h"

namespace decant {
namespace {

// Sales lines like those of DESIGN 13: 13 columns, about 123 bytes a row. Every `quoted_every`-th
// row has quotes.
class SalesFile {
 public:
  SalesFile(int rows, int quoted_every) {
    std::string text =
        "ubicacion_id,fecha,venta_id,linea,producto_id,descripcion,cantidad,precio_unitario,"
        "descuento,impuesto,total,"
        "cajero,cliente\n";
    char line[256];
    for (int i = 0; i < rows; ++i) {
      const bool quoted = quoted_every > 0 && i % quoted_every == 0;
      std::snprintf(
          line, sizeof line,
          "tienda_%02d,2024-08-%02d "
          "%02d:%02d:%02d,%09d,%d,P%06d,%s,%d.000,%d.%02d,0.0000,%d.1234,%d.5678,caja%d,C%07d\n",
          i % 20, i % 28 + 1, i % 24, i % 60, i * 7 % 60, i / 4, i % 4, i * 31 % 100'000,
          quoted ? "\"ARROZ \"\"EXTRA\"\", 1 KG\"" : "HARINA DE MAIZ 1 KG", i % 9 + 1, i % 900,
          i % 100, i % 50, i % 9000, i % 12, i * 13 % 9'999'999);
      text += line;
    }
    size_bytes_ = static_cast<std::int64_t>(text.size());
    path_ = (std::filesystem::temp_directory_path() /
             ("decant_bench_" + std::to_string(::getpid()) + ".csv"))
                .string();
    std::FILE* file = std::fopen(path_.c_str(), "wb");
    if (file == nullptr) return;
    std::fwrite(text.data(), 1, text.size(), file);
    std::fclose(file);
  }
  ~SalesFile() { std::filesystem::remove(path_); }
  SalesFile(const SalesFile&) = delete;
  SalesFile& operator=(const SalesFile&) = delete;

  const std::string& path() const { return path_; }
  std::int64_t size_bytes() const { return size_bytes_; }

 private:
  std::string path_;
  std::int64_t size_bytes_ = 0;
};

void read_all(benchmark::State& state, const SalesFile& file,
              const std::vector<std::string>& wanted, const std::string& encoding) {
  EntitySpec entity;
  entity.read.files = file.path();
  entity.read.file_options.encoding = encoding;
  auto source = open_files_source({});
  if (!source) return state.SkipWithError("no source");
  std::vector<std::string> columns = wanted;
  if (columns.empty()) {
    const auto described = (*source)->describe(entity);
    if (!described) return state.SkipWithError("the file cannot be described");
    for (const Field& field : described->fields) columns.push_back(field.name);
  }
  std::int64_t rows = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    ReadRequest request;
    request.entity = &entity;
    request.columns = columns;
    request.extent.kind = ExtentKind::kFile;
    request.extent.path = file.path();
    auto reader = (*source)->open(request);
    if (!reader) return state.SkipWithError("the file cannot be opened");
    RowBatch batch;
    std::vector<Reject> faults;
    while (*(*reader)->next(batch, faults)) rows += static_cast<std::int64_t>(batch.rows);
  }
  state.SetBytesProcessed(state.iterations() * file.size_bytes());
  state.SetItemsProcessed(rows);
}

constexpr int k_rows = 400'000;

void csv_read(benchmark::State& state, int quoted_every, const std::vector<std::string>& wanted,
              const std::string& encoding) {
  read_all(state, SalesFile(k_rows, quoted_every), wanted, encoding);
}

const std::vector<std::string> k_all_columns;
const std::vector<std::string> k_three_columns = {"ubicacion_id", "fecha", "total"};

BENCHMARK_CAPTURE(csv_read, all_columns, 0, k_all_columns, "utf-8")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(csv_read, three_columns, 0, k_three_columns, "utf-8")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(csv_read, quotes_in_every_row, 1, k_all_columns, "utf-8")
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(csv_read, cp1252, 0, k_all_columns, "cp1252")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace decant
