// The bytes of COPY (FORMAT binary), read and written: per type and per sales line. Bytes are those
// of the stream.
#include <benchmark/benchmark.h>

#include <optional>

#include "bench/micro/sample_rows.h"
#include "common/connector/postgres/binary_reader.h"
#include "common/connector/postgres/binary_writer.h"

namespace decant::bench {
namespace {

using postgres::BinaryReader;
using postgres::BinaryWriter;
using postgres::Wire;

Wire wire_of(const Type& type) {
  switch (type.kind) {
    case TypeKind::kBool:
      return Wire::kBool;
    case TypeKind::kInt64:
      return type.bits == 64 ? Wire::kInt8 : Wire::kInt4;
    case TypeKind::kDecimal:
      return Wire::kNumeric;
    case TypeKind::kFloat64:
      return Wire::kFloat8;
    case TypeKind::kDate:
      return Wire::kDate;
    case TypeKind::kTime:
      return Wire::kTime;
    case TypeKind::kTimestamp:
      return Wire::kTimestamp;
    case TypeKind::kTimestampTz:
      return Wire::kTimestampTz;
    case TypeKind::kText:
      return Wire::kText;
    case TypeKind::kBytes:
      return Wire::kBytea;
    case TypeKind::kUuid:
      return Wire::kUuid;
    case TypeKind::kJson:
      return Wire::kJsonb;
  }
  return Wire::kText;
}

struct Stream {
  RowBatch batch;
  std::vector<Wire> wires;

  explicit Stream(const std::vector<std::string>& types, std::size_t null_every)
      : batch(sample_batch(types, null_every)) {
    for (const Field& field : batch.schema->fields) wires.push_back(wire_of(field.type));
  }
  void write(BinaryWriter& writer, ByteBuffer& out) const {
    out.clear();
    writer.put_header(out);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (!writer.put_row(batch, row, std::nullopt, out)) give_up("a sample cannot be written");
    }
    writer.put_trailer(out);
  }
};

void count(benchmark::State& state, std::size_t stream_bytes) {
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * k_batch_rows));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream_bytes));
}

void copy_write(benchmark::State& state, const std::vector<std::string>& types,
                std::size_t null_every) {
  const Stream stream(types, null_every);
  BinaryWriter writer = must(BinaryWriter::make(*stream.batch.schema, stream.wires));
  ByteBuffer out;
  for (auto unused : state) {
    static_cast<void>(unused);
    stream.write(writer, out);
    benchmark::DoNotOptimize(out.view().data());
  }
  count(state, out.size());
}

void copy_read(benchmark::State& state, const std::vector<std::string>& types,
               std::size_t null_every) {
  const Stream stream(types, null_every);
  BinaryWriter writer = must(BinaryWriter::make(*stream.batch.schema, stream.wires));
  ByteBuffer bytes;
  stream.write(writer, bytes);
  RowBatch batch;
  std::vector<Reject> faults;
  for (auto unused : state) {
    static_cast<void>(unused);
    BinaryReader reader(stream.batch.schema, stream.wires, {});
    reader.begin(batch, k_batch_rows);
    if (!reader.add(bytes.view(), batch, faults)) give_up("a stream cannot be read");
    reader.end(batch);
  }
  if (batch.rows != k_batch_rows || !faults.empty()) state.SkipWithError("rows are missing");
  count(state, bytes.size());
}

// Rows whose values nobody touches: read for their digest, and written as they came.
void copy_relay(benchmark::State& state, const std::vector<std::string>& types,
                std::size_t null_every) {
  const Stream stream(types, null_every);
  BinaryWriter writer = must(BinaryWriter::make(*stream.batch.schema, stream.wires));
  ByteBuffer bytes;
  stream.write(writer, bytes);
  RowBatch batch;
  std::vector<Reject> faults;
  ByteBuffer out;
  for (auto unused : state) {
    static_cast<void>(unused);
    BinaryReader reader(stream.batch.schema, stream.wires, {});
    reader.begin(batch, k_batch_rows);
    if (!reader.add(bytes.view(), batch, faults)) give_up("a stream cannot be read");
    reader.end(batch);
    if (!writer.takes_sent(batch)) return state.SkipWithError("rows are not kept as they came");
    out.clear();
    for (std::size_t row = 0; row < batch.rows; ++row) {
      writer.put_sent_row(batch, row, std::nullopt, out);
    }
    benchmark::DoNotOptimize(out.view().data());
  }
  count(state, out.size());
}

[[maybe_unused]] const bool k_registered = [] {
  for (const std::string& type : type_names()) {
    const std::vector<std::string> types = {type};
    benchmark::RegisterBenchmark(("copy_read/" + type).c_str(), copy_read, types, 0);
    benchmark::RegisterBenchmark(("copy_write/" + type).c_str(), copy_write, types, 0);
  }
  // Sixty columns, half of them text, a third of the values NULL.
  std::vector<std::string> wide;
  for (int i = 0; i < 60; ++i) {
    wide.push_back(i % 2 == 0 ? "text" : std::vector{"int64", "decimal(18,4)", "date"}[i / 2 % 3]);
  }
  benchmark::RegisterBenchmark("copy_read/sales_row", copy_read, sales_types(), 0);
  benchmark::RegisterBenchmark("copy_write/sales_row", copy_write, sales_types(), 0);
  benchmark::RegisterBenchmark("copy_relay/sales_row", copy_relay, sales_types(), 0);
  benchmark::RegisterBenchmark("copy_relay/wide_row", copy_relay, wide, 3);
  benchmark::RegisterBenchmark("copy_read/wide_row", copy_read, wide, 3);
  benchmark::RegisterBenchmark("copy_write/wide_row", copy_write, wide, 3);
  return true;
}();

}  // namespace
}  // namespace decant::bench
