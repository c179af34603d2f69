// Writes Parquet files from their bytes and reads them as a source does.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "common/connector/duckdb/parquet_source.h"
#include "common/value/canonical.h"
#include "tests/support/temp_folder.h"

namespace decant::test {

class ParquetTest : public ::testing::Test {
 protected:
  std::string write(std::string_view bytes) {
    const std::string path = folder_ / std::to_string(++files_written_) + ".parquet";
    write_file(path, bytes);
    return path;
  }

  struct Read {
    std::vector<std::string> rows;  // "1|value"
    std::vector<std::uint64_t> numbers;
    std::vector<Reject> faults;
    std::optional<Error> error;
  };

  Read read(std::string_view bytes, ParquetRequest request = {.columns = {"id", "v"}}) {
    Read out;
    const auto file = files_.open(write(bytes));
    auto rows = file ? (*file)->rows(std::move(request)) : tl::unexpected<Error>(file.error());
    if (!rows) {
      out.error = rows.error();
      return out;
    }
    RowBatch batch;
    for (;;) {
      const auto more = (*rows)->next(batch, out.faults);
      if (!more) out.error = more.error();
      if (!more || !*more) return out;
      for (std::size_t row = 0; row < batch.rows; ++row) {
        std::string line;
        for (const Column& column : batch.columns)
          line += (line.empty() ? "" : "|") + display_text(column, row);
        out.rows.push_back(line);
        if (!batch.places.empty()) out.numbers.push_back(batch.places[row].line);
      }
    }
  }

  TempFolder folder_;
  ParquetFiles files_;
  int files_written_ = 0;
};

}  // namespace decant::test
