// Random tables are written in every way that the job file can describe and must come back equal,
// with blocks so small that rows straddle them at every byte.
#include <gmock/gmock.h>
#include <zstd.h>

#include "tests/unit/files/file_fixture.h"
#include "tests/unit/files/random_text.h"

namespace decant::testing {
namespace {

std::string zstd(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1);
  EXPECT_FALSE(ZSTD_isError(size));
  out.resize(size);
  return out;
}

struct Form {
  std::string delimiter = ",";
  char quote = '"';
  char escape = 0;
  std::string line_end = "\n";
  std::string record_end;  // as the job file says it
  bool end_last_line = true;
  bool quote_always = false;
};

std::string written(const Table& table, const Form& form) {
  std::string out;
  for (std::size_t row = 0; row < table.size(); ++row) {
    for (std::size_t i = 0; i < table[row].size(); ++i) {
      if (i > 0) out += form.delimiter;
      const Cell& cell = table[row][i];
      if (!cell) continue;
      const std::string separators = form.delimiter + form.line_end;
      const bool must =
          cell->empty() || cell->find_first_of(separators) != std::string::npos ||
          (form.record_end.empty() && cell->find_first_of("\r\n") != std::string::npos) ||
          cell->front() == form.quote;
      if (!must && !form.quote_always) {
        out += *cell;
        continue;
      }
      out += form.quote;
      for (const char c : *cell) {
        if (form.escape != 0 && (c == form.quote || c == form.escape)) out += form.escape;
        if (form.escape == 0 && c == form.quote) out += c;
        out += c;
      }
      out += form.quote;
    }
    if (row + 1 < table.size() || form.end_last_line) out += form.line_end;
  }
  return out;
}

Cell random_cell(Random& random, const std::vector<std::string>& letters) {
  if (random.chance(10)) return std::nullopt;
  std::string text;
  const std::size_t length = random.chance(3) ? random.below(400) : random.below(12);
  for (std::size_t i = 0; i < length; ++i) text += letters[random.below(letters.size())];
  return text;
}

Table random_table(Random& random, std::size_t columns, const std::vector<std::string>& letters) {
  Table table;
  std::vector<Cell> header;
  for (std::size_t i = 0; i < columns; ++i) header.push_back("c" + std::to_string(i));
  table.push_back(header);
  const std::size_t rows = random.below(60);
  for (std::size_t row = 0; row < rows; ++row) {
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < columns; ++i) cells.push_back(random_cell(random, letters));
    table.push_back(std::move(cells));
  }
  return table;
}

class CsvProperty : public FileTest, public ::testing::WithParamInterface<int> {};

TEST_P(CsvProperty, WhatIsWrittenIsReadBack) {
  Random random(static_cast<std::uint32_t>(GetParam()));
  const std::vector<std::string> narrow = {"a",  "b",    "7", " ", ",", ";", "\"", "'", "\\",
                                           "\n", "\r\n", "é", "ñ", "N", "+", "|",  "&", "\r"};
  std::vector<std::string> wide = narrow;
  wide.insert(wide.end(), {"€", "漢", "😀", "𝄞", "\t"});

  const Encoding& encoding = k_encodings[random.below(std::size(k_encodings))];
  Form form;
  form.delimiter = std::vector<std::string>{",", ";", "\t", "|", "+|", "||", "é~"}[random.below(7)];
  form.quote = random.chance(80) ? '"' : '\'';
  form.escape = random.chance(30) ? '\\' : '\0';
  form.line_end = std::vector<std::string>{"\n", "\r\n", "\r"}[random.below(3)];
  if (random.chance(30)) {
    form.record_end = std::vector<std::string>{"&|\n", "&&", "~\n"}[random.below(3)];
    form.line_end = form.record_end;
    if (form.line_end.ends_with('\n') && random.chance(50))
      form.line_end.insert(form.line_end.size() - 1, "\r");
  }
  form.end_last_line = random.chance(70);
  form.quote_always = random.chance(30);
  const std::size_t columns = 2 + random.below(5);
  Table table = random_table(random, columns, encoding.is_single_byte ? narrow : wide);

  std::string bytes = in_encoding(written(table, form), encoding);
  const std::size_t packing = random.below(4);
  if (packing == 1) bytes = gzip(bytes);
  if (packing == 2) bytes = zstd(bytes);
  if (packing == 3)
    bytes = gzip(bytes.substr(0, bytes.size() / 2)) + gzip(bytes.substr(bytes.size() / 2));

  FileOptions& options = entity_.read.file_options;
  options.delimiter = form.delimiter;
  options.record_end = form.record_end;
  if (form.end_last_line && random.chance(30)) options.ragged = RaggedRows::kJoin;
  options.quote = form.quote;
  options.escape = form.escape;
  options.encoding = encoding.name;
  const std::string path = write("a.csv", bytes);
  table.erase(table.begin());
  for (const std::size_t block_bytes :
       {std::size_t{64}, 64 + random.below(200), std::size_t{1} << 20}) {
    const Read got = read(path, {}, block_bytes);
    ASSERT_FALSE(got.error) << got.error->to_string();
    EXPECT_TRUE(got.faults.empty()) << got.faults.front().reason;
    ASSERT_EQ(got.rows, table) << "block " << block_bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CsvProperty, ::testing::Range(1, 301));

}  // namespace
}  // namespace decant::testing
