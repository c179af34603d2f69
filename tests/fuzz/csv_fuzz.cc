// A CSV file of any bytes, in any dialect: the same rows, faults and places whatever the size of
// the blocks that it is read in, and wherever it is cut.
#include "common/connector/files/csv_reader.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/read_all.h"

namespace decant::fuzz {
namespace {

FileOptions options_of(Input& input) {
  FileOptions options;
  const char* const delimiters[] = {",", ";", "\t", "|", "+|", "||"};
  const unsigned layout = input.byte();
  options.delimiter = delimiters[layout % 6];
  options.skip_lines = layout / 6 % 3;
  const unsigned records = input.byte();
  const char* const ends[] = {"", "", "", "&|\n", "&|", "\r\n\r\n"};
  options.record_end = ends[records % 6];
  options.ragged = static_cast<RaggedRows>((records >> 3) % 4);
  options.repeated_header = static_cast<RepeatedHeader>((records >> 5) % 3);
  options.multiline = options.ragged == RaggedRows::kJoin || layout / 18 % 2 == 0;
  const unsigned form = input.byte();
  options.quote = (form & 1) != 0 ? '\'' : '"';
  if ((form & 2) != 0) options.quote = 0;
  if ((form & 4) != 0) options.escape = '\\';
  options.trim = (form & 8) != 0;
  options.header = (form & 16) == 0;
  if (!options.header) options.column_names = {"a", "b", "c"};
  const char* const encodings[] = {"utf-8", "utf-16", "latin-1", "cp1252"};
  options.encoding = encodings[(form >> 5) % 4];
  return options;
}

Result<std::unique_ptr<CsvReader>> open(const FileOptions& options, const std::string& path,
                                        std::size_t block_bytes, const FilePart& part = {}) {
  ReaderContext context;
  context.options = options;
  context.path = path;
  context.shown_name = "fuzz.csv";
  context.block_bytes = block_bytes;
  context.part = part;
  return CsvReader::open(std::move(context));
}

}  // namespace
}  // namespace decant::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace decant::fuzz;
  Input input(data, size);
  const auto options = options_of(input);
  const std::size_t small_block = 16 + input.byte();
  const MemoryFile file(input.rest());
  const Reading whole = read_all(open(options, file.path(), decant::k_default_block_bytes));
  const Reading in_blocks = read_all(open(options, file.path(), small_block));
  require(agree(whole, in_blocks), "rows do not depend on the size of blocks");
  if (whole.failed) return 0;
  const auto in_parts = read_in_parts(
      [&](const decant::FilePart& part) { return open(options, file.path(), small_block, part); },
      small_block);
  require(!in_parts || *in_parts == whole, "rows do not depend on where the file is cut");
  return 0;
}
