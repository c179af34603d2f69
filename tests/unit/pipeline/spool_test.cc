#include "worker/pipeline/spool.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "common/value/canonical.h"

namespace decant {
namespace {

std::shared_ptr<const Schema> sales_schema() {
  Schema schema;
  schema.fields = {{"id", *parse_type("int64")},
                   {"total", *parse_type("decimal(18,4)")},
                   {"text", *parse_type("text")}};
  return std::make_shared<const Schema>(schema);
}

RowBatch random_batch(const std::shared_ptr<const Schema>& schema, std::size_t rows,
                      std::mt19937& random) {
  RowBatch batch;
  batch.reset(schema);
  batch.rows = rows;
  for (Column& column : batch.columns) column.resize(rows);
  for (std::size_t row = 0; row < rows; ++row) {
    for (Column& column : batch.columns) column.valid[row] = random() % 5 != 0;
    batch.columns[0].words[row] = static_cast<std::int64_t>(random());
    batch.columns[1].wides[row] = static_cast<Int128>(random()) - 1000;
    batch.columns[2].views[row] = batch.arena.copy(std::string(random() % 60, 'x'));
  }
  return batch;
}

class SpoolFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("decant-spool-" + std::to_string(::getpid()));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

class SpoolTest : public SpoolFolder, public ::testing::WithParamInterface<std::size_t> {};

// The parameter bounds the memory: 64 bytes sends every batch to the file, the last one nothing.
TEST_P(SpoolTest, GivesBackWhatWentInInOrderAndWithoutRowsOfNoChunk) {
  std::mt19937 random(7);
  const auto schema = sales_schema();
  Spool spool(folder_.string(), GetParam());
  std::vector<std::pair<int, std::string>> expected;
  for (int round = 0; round < 7; ++round) {
    const RowBatch batch = random_batch(schema, 1 + random() % 3000, random);
    std::vector<int> chunks;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      chunks.push_back(static_cast<int>(random() % 4) - 1);
      if (chunks.back() < 0) continue;
      std::string bytes;
      append_canonical_row(batch, row, bytes);
      expected.emplace_back(chunks.back(), bytes);
    }
    // Rows whose canonical bytes are there go the same way.
    if (round % 2 == 0) {
      ASSERT_TRUE(spool.add(batch, chunks));
      continue;
    }
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (chunks[row] < 0) continue;
      std::string bytes;
      append_canonical_row(batch, row, bytes);
      ASSERT_TRUE(spool.add(chunks[row], bytes));
    }
  }
  EXPECT_EQ(spool.row_count(), static_cast<std::int64_t>(expected.size()));
  // Read twice: a replay does not use the rows up.
  for (int pass = 0; pass < 2; ++pass) {
    std::size_t next = 0;
    ASSERT_TRUE(
        spool.replay(schema, [&](const RowBatch& batch, std::span<const int> chunks) -> Status {
          for (std::size_t row = 0; row < batch.rows; ++row) {
            std::string bytes;
            append_canonical_row(batch, row, bytes);
            EXPECT_EQ(std::make_pair(chunks[row], bytes), expected.at(next++));
          }
          return {};
        }));
    EXPECT_EQ(next, expected.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Bounds, SpoolTest, ::testing::Values(64, 100'000, 64U << 20));

TEST_F(SpoolFolder, LeavesNoFileBehindWhileItIsOpen) {
  std::mt19937 random(1);
  Spool spool(folder_.string(), 64);
  const RowBatch batch = random_batch(sales_schema(), 100, random);
  ASSERT_TRUE(spool.add(batch, std::vector<int>(100, 0)));
  EXPECT_GT(spool.file_bytes(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(SpoolFolder, SaysWhereItCouldNotWrite) {
  std::mt19937 random(1);
  std::filesystem::create_directories(folder_);
  const std::string file = folder_.string() + "/a-file";
  std::fclose(std::fopen(file.c_str(), "w"));
  Spool spool(file + "/below", 64);
  const RowBatch batch = random_batch(sales_schema(), 10, random);
  const Status status = spool.add(batch, std::vector<int>(10, 0));
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message.find(file), std::string::npos);
  EXPECT_NE(status.error().advice.find("--work-dir"), std::string::npos);
}

}  // namespace
}  // namespace decant
