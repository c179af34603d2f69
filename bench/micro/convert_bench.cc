// Text as a file has it into each type. Bytes are those of the text.
#include <benchmark/benchmark.h>

#include "bench/micro/sample_rows.h"
#include "common/value/convert.h"

namespace decant::bench {
namespace {

void convert_text(benchmark::State& state, const std::string& type_name) {
  const std::vector<std::string> samples = sample_texts(type_name, k_batch_rows);
  Column texts;
  texts.reset(Type{});
  texts.resize(k_batch_rows);
  std::size_t size_bytes = 0;
  for (std::size_t row = 0; row < k_batch_rows; ++row) {
    texts.valid[row] = 1;
    texts.views[row] = samples[row];
    size_bytes += samples[row].size();
  }
  const Type type = must(parse_type(type_name));
  const auto converter = must(make_converter(Type{}, type, {}, "c"));
  Column out;
  Arena arena;
  RowFaults faults;
  for (auto unused : state) {
    static_cast<void>(unused);
    out.reset(type);
    out.resize(k_batch_rows);
    arena.clear();
    faults.reset(k_batch_rows);
    converter->convert(texts, k_batch_rows, out, arena, faults);
    benchmark::DoNotOptimize(out.valid.data());
  }
  if (faults.count() > 0) state.SkipWithError("a sample is not of its type");
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * k_batch_rows));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size_bytes));
}

[[maybe_unused]] const bool k_registered = [] {
  for (const std::string& type : type_names()) {
    benchmark::RegisterBenchmark(("convert_text/" + type).c_str(), convert_text, type);
  }
  return true;
}();

}  // namespace
}  // namespace decant::bench
