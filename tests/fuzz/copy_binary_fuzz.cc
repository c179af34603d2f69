// Bytes that claim to be PostgreSQL's binary COPY: read or refused; rows that are read have
// canonical bytes, and those are read back as the same row.
#include "common/connector/postgres/binary_reader.h"
#include "common/value/canonical.h"
#include "tests/fuzz/fuzz.h"

namespace decant::fuzz {
namespace {

struct Shape {
  std::shared_ptr<const Schema> schema;
  std::vector<postgres::Wire> wires;
};

Shape all_types() {
  using postgres::Wire;
  const std::vector<std::pair<Type, Wire>> types = {
      {{.kind = TypeKind::kBool}, Wire::kBool},
      {{.kind = TypeKind::kInt64}, Wire::kInt8},
      {{.kind = TypeKind::kDecimal, .precision = 18, .scale = 4}, Wire::kNumeric},
      {{.kind = TypeKind::kDecimal}, Wire::kNumeric},
      {{.kind = TypeKind::kFloat64}, Wire::kFloat8},
      {{.kind = TypeKind::kDate}, Wire::kDate},
      {{.kind = TypeKind::kTime}, Wire::kTime},
      {{.kind = TypeKind::kTimestamp}, Wire::kTimestamp},
      {{.kind = TypeKind::kText}, Wire::kText},
      {{.kind = TypeKind::kBytes}, Wire::kBytea},
      {{.kind = TypeKind::kUuid}, Wire::kUuid},
      {{.kind = TypeKind::kJson}, Wire::kJsonb},
  };
  auto schema = std::make_shared<Schema>();
  Shape shape;
  for (const auto& [type, wire] : types) {
    schema->fields.push_back({"c" + std::to_string(schema->fields.size()), type, true});
    shape.wires.push_back(wire);
  }
  shape.schema = std::move(schema);
  return shape;
}

void check_row(const RowBatch& batch, std::size_t row) {
  std::string bytes;
  append_canonical_row(batch, row, bytes);
  RowBatch back;
  back.reset(batch.schema);
  require(append_row_from_canonical(bytes, back).has_value(), "canonical bytes can be read back");
  std::string again;
  append_canonical_row(back, 0, again);
  require(again == bytes, "a row read back has the same canonical bytes");
}

}  // namespace
}  // namespace decant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decant;
  static const fuzz::Shape shape = fuzz::all_types();
  postgres::BinaryReader reader(shape.schema, shape.wires, {});
  RowBatch batch;
  std::vector<Reject> faults;
  reader.begin(batch, 64);
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const Status read = reader.add(message, batch, faults);
  reader.end(batch);
  if (!read) return 0;
  for (std::size_t row = 0; row < batch.rows; ++row) fuzz::check_row(batch, row);
  return 0;
}
