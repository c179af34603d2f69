// What the tests of the files adapter share: a folder that goes away, files in it, rows read back
// as text.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "common/connector/files/files_source.h"

namespace decant::testing {

// A cell as text; nothing is NULL.
using Cell = std::optional<std::string>;
using Table = std::vector<std::vector<Cell>>;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "decant_files_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temp folder");
    folder_ = pattern;
    entity_.name = "ventas";
  }
  ~FileTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Writes a file (and the folders above it) and gives its path.
  std::string write(const std::string& name, std::string_view bytes) {
    const std::filesystem::path path = std::filesystem::path(folder_) / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path.string();
  }

  // The text as gzip packs it.
  std::string gzip(const std::string& text) const {
    const std::string path = folder_ + "/packed.gz";
    const gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::unique_ptr<Source> source(std::size_t block_bytes = 1 << 20,
                                 const StoreSpec* store = nullptr) {
    FilesOptions options;
    options.block_bytes = block_bytes;
    options.most_record_bytes = most_record_bytes_;
    return source_with(options, store);
  }

  std::unique_ptr<Source> source_with(const FilesOptions& options,
                                      const StoreSpec* store = nullptr) {
    SourceRequest request;
    request.directory = folder_;
    request.store = store;
    request.time_zone = time_zone_;
    auto made = open_files_source(request, options);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  struct Read {
    std::vector<std::string> columns;
    Table rows;
    std::vector<RowPlace> places;
    std::vector<Reject> faults;
    std::optional<Error> error;
  };

  // Reads a file through the Source. No columns: all of them.
  Read read(const std::string& path, std::vector<std::string> columns = {},
            std::size_t block_bytes = 1 << 20, const FileIdentity& planned = {}) {
    Extent extent;
    extent.kind = ExtentKind::kFile;
    extent.path = path;
    extent.identity = planned;
    return read(extent, std::move(columns), block_bytes);
  }

  Read read(const Extent& extent, std::vector<std::string> columns = {},
            std::size_t block_bytes = 1 << 20) {
    Read out;
    entity_.read.files = extent.path;
    entity_.columns_are_complete = !columns_are_all_;
    auto from = source(block_bytes);
    if (columns.empty()) {
      auto described = from->describe(entity_);
      if (!described) {
        out.error = described.error();
        return out;
      }
      for (const Field& field : described->fields) columns.push_back(field.name);
    }
    out.columns = columns;
    ReadRequest request;
    request.entity = &entity_;
    request.columns = columns;
    request.extent = extent;
    auto rows = from->open(request);
    if (!rows) {
      out.error = rows.error();
      return out;
    }
    // Batches are kept to the end, so that memory given back too early would be seen.
    std::vector<RowBatch> batches;
    for (;;) {
      RowBatch batch;
      auto more = (*rows)->next(batch, out.faults);
      if (!more) {
        out.error = more.error();
        return out;
      }
      if (!*more) break;
      batches.push_back(std::move(batch));
    }
    rows->reset();
    for (const RowBatch& batch : batches) {
      EXPECT_EQ(batch.columns.size(), columns.size());
      EXPECT_EQ(batch.places.size(), batch.rows);
      for (std::size_t row = 0; row < batch.rows; ++row) {
        std::vector<Cell> cells;
        for (const Column& column : batch.columns) {
          cells.push_back(column.valid[row] ? Cell(std::string(column.views[row])) : std::nullopt);
        }
        out.rows.push_back(std::move(cells));
        out.places.push_back(batch.places[row]);
      }
    }
    return out;
  }

  std::string folder_;
  std::string time_zone_ = "UTC";
  std::size_t most_record_bytes_ = 256 << 20;
  bool columns_are_all_ = false;  // of the next read
  EntitySpec entity_;
};

// The name of the folder beside the tree with data that nobody here wrote, or empty.
inline std::string shared_data() {
  const std::string path = std::string(DECANT_SOURCE_DIR) + "/../shared/data";
  return std::filesystem::is_directory(path) ? path : std::string();
}

}  // namespace decant::testing
