// Messages into protobuf bytes and back: the small ones that a worker sends every second, and tasks
// and results with as many chunks as one has. Items are messages, or chunks of large ones.
#include <benchmark/benchmark.h>

#include "bench/micro/sample_rows.h"
#include "common/wire/codec.h"

namespace decant::bench {
namespace {

Envelope envelope(Body body) {
  Envelope out;
  out.job = "ventas";
  out.worker = WorkerName("local-1");
  out.epoch = Epoch(7);
  out.sequence = 42;
  out.body = std::move(body);
  return out;
}

Body small_message() { return Progress{TaskId(17), Fence(99), 123'456, "load", 12}; }

ChunkSpec chunk(int number) {
  ChunkSpec spec;
  spec.slice = {"ventas", "tienda_" + std::to_string(number % 17), "2024-08"};
  spec.number = number;
  spec.range = {number * 1'000'000LL, (number + 1) * 1'000'000LL};
  spec.estimated_rows = 50'000;
  return spec;
}

SetDigest digest(int number) {
  SetDigest out;
  out.sum = {~0ULL / 3, ~0ULL / 5, ~0ULL / 7, static_cast<std::uint64_t>(number)};
  out.row_count = 50'000;
  return out;
}

Body task_message(int chunks) {
  Task task;
  task.run = RunId("20240831T210500Z-k3f9");
  task.id = TaskId(17);
  task.fence = Fence(99);
  task.plan.entity = "ventas";
  for (int i = 0; i < 14; ++i) {
    ColumnPlan column;
    column.name = column.from = "column_" + std::to_string(i);
    task.plan.columns.push_back(column);
  }
  for (int i = 0; i < chunks; ++i) {
    Extent extent;
    extent.kind = ExtentKind::kFile;
    extent.store = "tienda_" + std::to_string(i % 17);
    extent.path = "/srv/ventas/data/tienda_01_2024-08_" + std::to_string(i) + ".csv";
    extent.identity = {6'000'000, 1'700'000'000'000'000'000, 1'700'000'000'000'000'001,
                       std::string(64, 'a')};
    task.extents.push_back(extent);
    task.chunks.push_back({chunk(i), PriorContent{digest(i), std::string(64, 'f')}, false});
  }
  return task;
}

Body result_message(int chunks) {
  TaskResult result;
  result.task = TaskId(17);
  result.fence = Fence(99);
  for (int i = 0; i < chunks; ++i) {
    BatchReport batch;
    batch.chunk = i;
    batch.rows_read = 50'000;
    batch.accepted.digest = batch.loaded.digest = digest(i);
    result.batches.push_back(batch);
  }
  return result;
}

void encode_message(benchmark::State& state, Body (*make)(int)) {
  const auto chunks = static_cast<int>(state.range(0));
  const Envelope message = envelope(make(chunks));
  std::size_t size_bytes = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    const std::string bytes = must(encode(message));
    size_bytes = bytes.size();
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * chunks);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * size_bytes));
}

void decode_message(benchmark::State& state, Body (*make)(int)) {
  const auto chunks = static_cast<int>(state.range(0));
  const std::string bytes = must(encode(envelope(make(chunks))));
  for (auto unused : state) {
    static_cast<void>(unused);
    const Envelope message = must(decode(bytes));
    benchmark::DoNotOptimize(message.body.index());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * chunks);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * bytes.size()));
}

Body progress_message(int) { return small_message(); }

BENCHMARK_CAPTURE(encode_message, progress, progress_message)->Arg(1);
BENCHMARK_CAPTURE(decode_message, progress, progress_message)->Arg(1);
BENCHMARK_CAPTURE(encode_message, task, task_message)->Arg(1)->Arg(3000);
BENCHMARK_CAPTURE(decode_message, task, task_message)->Arg(1)->Arg(3000);
BENCHMARK_CAPTURE(encode_message, result, result_message)->Arg(1)->Arg(3000);
BENCHMARK_CAPTURE(decode_message, result, result_message)->Arg(1)->Arg(3000);

}  // namespace
}  // namespace decant::bench
