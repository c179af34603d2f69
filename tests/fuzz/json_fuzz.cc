// JSON of any bytes, as lines, an array or a document: the same rows, faults and places whatever
// the size of the blocks that it is read in.
#include "common/connector/files/json_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/read_all.h"

namespace decant::fuzz {
namespace {

Result<std::unique_ptr<JsonReader>> open(const std::string& records, const std::string& path,
                                         std::size_t block_bytes) {
  ReaderContext context;
  context.options.format = FileFormat::kJsonLines;
  context.options.records = records;
  context.path = path;
  context.shown_name = "fuzz.jsonl";
  context.block_bytes = block_bytes;
  return JsonReader::open(std::move(context));
}

}  // namespace
}  // namespace decant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decant::fuzz;
  Input input(data, size);
  const char* const places[] = {"", "lines", "$.orders[].lines"};
  const std::string records = places[input.byte() % 3];
  const std::size_t small_block = 16 + input.byte();
  const MemoryFile file(input.rest());
  const Reading whole = read_all(open(records, file.path(), decant::k_default_block_bytes));
  const Reading in_blocks = read_all(open(records, file.path(), small_block));
  require(agree(whole, in_blocks), "rows do not depend on the size of blocks");
  return 0;
}
