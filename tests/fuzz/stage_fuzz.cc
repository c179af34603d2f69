// A stage file of any bytes is read or refused, also where its checksums are right: the input is
// the footer's length (two bytes), the footer, and the sections.
#include <cstring>

#include "common/connector/duckdb/stage_file.h"
#include "tests/fuzz/fuzz.h"

namespace {

using namespace decant;

void read_all(std::string_view bytes) {
  const fuzz::MemoryFile memory(bytes);
  const auto file = duck::StageFile::open(memory.path());
  if (!file) return;
  const duck::StageFooter& footer = (*file)->footer();
  ByteBuffer buffer;
  for (std::size_t block = 0; block < footer.block_rows.size(); ++block) {
    for (std::size_t column = 0; column < footer.columns.size(); ++column) {
      const auto section = (*file)->read(block, column, buffer);
      if (!section) continue;
      const std::size_t rows = footer.block_rows[block];
      const std::size_t width = duck::value_bytes(footer.columns[column].type);
      fuzz::require(section->mask.empty() || section->mask.size() == duck::mask_bytes(rows),
                    "a mask is as long as its rows");
      fuzz::require(section->values.size() == rows * (width == 0 ? 4 : width),
                    "values are as long as their rows");
      std::uint64_t texts = 0;
      for (std::size_t i = 0; width == 0 && i < rows; ++i) {
        std::uint32_t length = 0;
        std::memcpy(&length, section->values.data() + 4 * i, sizeof length);
        texts += length;
      }
      fuzz::require(texts == section->texts.size(), "texts are as long as their lengths say");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_all(bytes);
  fuzz::Input input(data, size);
  const std::size_t footer_bytes = input.byte() | input.byte() << 8;
  const std::string_view given = input.rest().substr(0, footer_bytes);
  const std::string_view sections = input.rest().substr(given.size());
  ByteBuffer file;
  file.append(duck::k_stage_begin);
  file.append(sections);
  auto footer = duck::parse_footer(given, file.size());
  if (!footer) return 0;
  ByteBuffer again;
  duck::append_footer(*footer, again);
  fuzz::require(again.view().starts_with(given), "a footer has one form");
  for (duck::StageSection& section : footer->sections) {
    const std::string_view piece = file.view().substr(section.offset, section.size_bytes);
    section.checksum = duck::stage_checksum({&piece, 1});
  }
  duck::append_footer(*footer, file);
  read_all(file.view());
  return 0;
}
