// Text of any bytes into every type: a value that is taken is shown as text that gives the same
// value again, and canonical JSON is its own canonical form.
#include "common/value/canonical.h"
#include "common/value/convert.h"
#include "common/value/json.h"
#include "tests/fuzz/fuzz.h"

namespace decant::fuzz {
namespace {

// The canonical bytes of `text` as `type`, or nothing where it is refused or NULL.
std::string canonical_of(const Type& type, std::string_view text, std::string* shown) {
  const auto converter = make_converter({.kind = TypeKind::kText}, type, {}, "value");
  require(converter.has_value(), "text converts to every type");
  Column in;
  in.reset({.kind = TypeKind::kText});
  in.resize(1);
  in.valid[0] = 1;
  in.views[0] = text;
  Column out;
  out.reset(type);
  Arena arena;
  RowFaults faults;
  faults.reset(1);
  (*converter)->convert(in, 1, out, arena, faults);
  if (faults.has(0) || out.valid[0] == 0) return {};
  std::string bytes;
  append_canonical(out, 0, bytes);
  if (shown != nullptr) *shown = display_text(out, 0);
  return bytes;
}

}  // namespace
}  // namespace decant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decant;
  using fuzz::require;
  static const char* const k_types[] = {
      "bool",    "int16", "int64", "decimal(5,2)", "decimal(38,10)",           "decimal",
      "float64", "date",  "time",  "timestamp",    "timestamp with time zone", "text",
      "bytes",   "uuid",  "json"};
  fuzz::Input input(data, size);
  const auto type = parse_type(k_types[input.byte() % std::size(k_types)]);
  require(type.has_value(), "the type is known");
  std::string shown;
  const std::string bytes = fuzz::canonical_of(*type, input.rest(), &shown);
  if (!bytes.empty()) {
    require(fuzz::canonical_of(*type, shown, nullptr) == bytes, "shown text gives the value again");
  }
  std::string json;
  if (append_canonical_json(input.rest(), json)) {
    std::string again;
    require(append_canonical_json(json, again), "canonical JSON is JSON");
    require(again == json, "canonical JSON is its own canonical form");
  }
  return 0;
}
