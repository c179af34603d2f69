// JSON of any bytes, as lines, an array or a document: the same rows, faults and places whatever
// the size of the blocks that it is read in, and wherever it is cut.
#include "common/connector/files/json_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/read_all.h"

namespace decant::fuzz {
namespace {

Result<std::unique_ptr<JsonReader>> open(const std::string& records, const std::string& path,
                                         std::size_t block_bytes, const FilePart& part = {}) {
  ReaderContext context;
  context.options.format = FileFormat::kJsonLines;
  context.options.records = records;
  context.path = path;
  context.shown_name = "fuzz.jsonl";
  context.block_bytes = block_bytes;
  context.part = part;
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
  if (whole.failed) return 0;
  const auto in_parts = read_in_parts(
      [&](const decant::FilePart& part) { return open(records, file.path(), small_block, part); },
      small_block);
  require(!in_parts || *in_parts == whole, "rows do not depend on where the file is cut");
  return 0;
}
