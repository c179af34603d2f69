// Bytes that claim to be a canonical row (a spool file's): read or refused; a row that is read has
// exactly the bytes that it was read from, since the form is unique.
#include "common/value/canonical.h"
#include "tests/fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decant;
  static const auto schema = std::make_shared<const Schema>(
      Schema{{{"a", {.kind = TypeKind::kInt64}, true},
              {"b", {.kind = TypeKind::kDecimal, .precision = 18, .scale = 4}, true},
              {"c", {.kind = TypeKind::kDecimal}, true},
              {"d", {.kind = TypeKind::kText}, true},
              {"e", {.kind = TypeKind::kTimestamp}, true},
              {"f", {.kind = TypeKind::kJson}, true}}});
  RowBatch batch;
  batch.reset(schema);
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!append_row_from_canonical(bytes, batch)) return 0;
  std::string again;
  append_canonical_row(batch, 0, again);
  fuzz::require(again == bytes, "a canonical row has one form");
  return 0;
}
