// The dispatcher with many tasks, a chunk in each as in the worst case: all are handed out to
// sixteen workers, reported done and acknowledged. Items are tasks.
#include <benchmark/benchmark.h>

#include "bench/micro/chunk_count.h"
#include "bench/micro/memory_meter.h"
#include "coordinator/dispatch/dispatcher.h"

namespace decant::bench {
namespace {

constexpr int k_workers = 16;
constexpr int k_stores = 1000;

Incarnation incarnation(int n) {
  Incarnation id;
  id.value[0] = static_cast<std::uint8_t>(n + 1);
  return id;
}

void fill(Dispatcher& dispatcher, std::int64_t tasks, MonotonicMs now) {
  dispatcher.set_first_fence(Fence(1));
  for (std::int64_t i = 0; i < tasks; ++i) {
    dispatcher.add_task(TaskId(static_cast<std::uint64_t>(i + 1)),
                        {"tienda_" + std::to_string(i % k_stores)}, 50'000 - i % 977);
  }
  for (int worker = 0; worker < k_workers; ++worker) {
    dispatcher.worker_joined(Hello{}, WorkerName("local-" + std::to_string(worker)),
                             incarnation(worker), now);
    dispatcher.credit(incarnation(worker), 2);
  }
}

// Everything that is due is done at once; the number of tasks that were.
std::int64_t serve(Dispatcher& dispatcher, MonotonicMs& now) {
  std::int64_t done = 0;
  for (const DispatchAction& action : dispatcher.decide(now)) {
    if (action.kind != DispatchAction::Kind::kAssign) continue;
    dispatcher.assigned(action.task, action.fence, now);
    TaskResult result;
    result.task = action.task;
    result.fence = action.fence;
    result.outcome = TaskOutcome::kDone;
    if (dispatcher.result(action.worker, result, now) == Verdict::kTake) ++done;
  }
  for (int worker = 0; worker < k_workers; ++worker) {
    dispatcher.worker_heard(incarnation(worker), now);
  }
  ++now.value;
  return done;
}

void dispatch(benchmark::State& state) {
  const auto tasks = static_cast<std::int64_t>(state.range(0));
  std::int64_t done = 0;
  std::int64_t bytes = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    MonotonicMs now{1'000'000};
    const std::int64_t before = allocated_bytes();
    Dispatcher dispatcher{DispatchLimits{}};
    fill(dispatcher, tasks, now);
    bytes += allocated_bytes() - before;
    while (!dispatcher.finished()) {
      const std::int64_t served = serve(dispatcher, now);
      if (served == 0) return state.SkipWithError("nothing was handed out");
      done += served;
    }
  }
  state.SetItemsProcessed(done);
  state.SetBytesProcessed(bytes);  // of the dispatchers that were filled
  state.counters["bytes_per_chunk"] = static_cast<double>(bytes) / static_cast<double>(done);
}

[[maybe_unused]] const bool k_registered = [] {
  benchmark::RegisterBenchmark("dispatch", dispatch)
      ->Arg(chunk_count())
      ->Unit(benchmark::kMillisecond);
  return true;
}();

}  // namespace
}  // namespace decant::bench
