// The canonical bytes of values and rows, and their digests: per type, per sales line, and as the
// pipeline takes them, chunk by chunk with control sums. Bytes are canonical ones.
#include <benchmark/benchmark.h>

#include "bench/micro/sample_rows.h"
#include "common/connector/chunk_digester.h"
#include "common/digest/digest.h"
#include "common/value/canonical.h"

namespace decant::bench {
namespace {

void count(benchmark::State& state, std::size_t bytes_of_batch) {
  const auto batches = static_cast<std::int64_t>(state.iterations());
  state.SetItemsProcessed(batches * static_cast<std::int64_t>(k_batch_rows));
  state.SetBytesProcessed(batches * static_cast<std::int64_t>(bytes_of_batch));
}

void canonical(benchmark::State& state, const std::vector<std::string>& types) {
  const RowBatch batch = sample_batch(types);
  CanonicalBytes bytes;
  for (auto unused : state) {
    static_cast<void>(unused);
    bytes.clear();
    for (std::size_t row = 0; row < batch.rows; ++row) bytes.add_row(batch, row);
    benchmark::DoNotOptimize(bytes.view().data());
  }
  count(state, bytes.view().size());
}

void digest(benchmark::State& state, const std::vector<std::string>& types) {
  const RowBatch batch = sample_batch(types);
  RowHasher hasher;
  SetDigest sum;
  std::size_t bytes = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    bytes = 0;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      sum.add(hasher.hash_row(batch, row));
      bytes += hasher.last_row().size();
    }
    benchmark::DoNotOptimize(sum);
  }
  count(state, bytes);
}

// The digest alone, of canonical bytes that are there: SHA-256 and the sum.
void digest_of_bytes(benchmark::State& state) {
  const std::string row(static_cast<std::size_t>(state.range(0)), 'x');
  RowHasher hasher;
  SetDigest sum;
  for (auto unused : state) {
    static_cast<void>(unused);
    for (std::size_t i = 0; i < k_batch_rows; ++i) sum.add(hasher.hash(row));
    benchmark::DoNotOptimize(sum);
  }
  count(state, k_batch_rows * row.size());
}

EntityPlan sales_plan(const Schema& schema) {
  EntityPlan plan;
  plan.entity = "sales";
  for (const Field& field : schema.fields) {
    ColumnPlan column;
    column.name = field.name;
    column.type = field.type;
    plan.columns.push_back(column);
  }
  return plan;
}

void chunk_digests(benchmark::State& state, const std::vector<std::string>& sums) {
  const RowBatch batch = sample_batch(sales_types());
  const EntityPlan plan = sales_plan(*batch.schema);
  constexpr std::size_t k_chunks = 13;
  ChunkDigester digester(must(ControlSums::make(sums, plan.target_schema())), k_chunks);
  std::vector<int> chunk_of_row;
  for (std::size_t row = 0; row < batch.rows; ++row) {
    chunk_of_row.push_back(static_cast<int>(row % k_chunks));
  }
  for (auto unused : state) {
    static_cast<void>(unused);
    digester.add(batch, chunk_of_row, {});
  }
  CanonicalBytes bytes;
  for (std::size_t row = 0; row < batch.rows; ++row) bytes.add_row(batch, row);
  count(state, bytes.view().size());
}

[[maybe_unused]] const bool k_registered = [] {
  for (const std::string& type : type_names()) {
    const std::vector<std::string> types = {type};
    benchmark::RegisterBenchmark(("canonical/" + type).c_str(), canonical, types);
    benchmark::RegisterBenchmark(("digest/" + type).c_str(), digest, types);
  }
  benchmark::RegisterBenchmark("canonical/sales_row", canonical, sales_types());
  benchmark::RegisterBenchmark("digest/sales_row", digest, sales_types());
  benchmark::RegisterBenchmark("digest_of_bytes", digest_of_bytes)->Arg(32)->Arg(130)->Arg(1000);
  benchmark::RegisterBenchmark("chunk_digests/sales_row", chunk_digests,
                               std::vector<std::string>{});
  benchmark::RegisterBenchmark("chunk_digests/sales_row_with_three_sums", chunk_digests,
                               std::vector<std::string>{"c11", "c8", "c8 * c9"});
  return true;
}();

}  // namespace
}  // namespace decant::bench
