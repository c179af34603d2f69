#include "common/connector/duckdb/stage_loader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

#include "common/base/failpoint.h"
#include "common/base/text.h"
#include "common/connector/duckdb/parquet_writer.h"
#include "common/connector/duckdb/type_map.h"
#include "common/connector/duckdb/vector_write.h"
#include "common/connector/load_sql.h"
#include "common/connector/stage_name.h"
#include "common/value/canonical.h"

namespace decant {
namespace {

using duck::DataChunk;
using duck::ParquetWriter;
using duck::StageColumn;

// They wait in memory; more of them are no bad rows but a wrong job.
constexpr std::size_t k_max_unfit_rows = 10'000;

// No two attempts at a task, not even two workers that both believe they own it, share a file.
std::string stage_path(const LoadPlan& plan) {
  std::random_device random;
  std::array<std::uint8_t, 8> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return (std::filesystem::path(plan.stage_folder) /
          (stage_name_prefix(plan.run_id, plan.task_id) + to_hex(bytes) + ".parquet"))
      .string();
}

std::vector<StageColumn> stage_columns(const Schema& schema) {
  std::vector<StageColumn> columns;
  for (const Field& field : schema.fields)
    columns.push_back({field.name, duck::logical_type(field.type)});
  columns.push_back(
      {std::string(k_chunk_column), duck::logical_type({TypeKind::kInt64, 0, 0, 32})});
  columns.push_back({std::string(k_row_column), duck::logical_type({TypeKind::kInt64, 0, 0, 64})});
  return columns;
}

class StageLoader final : public TaskLoader {
 public:
  StageLoader(const LoadPlan& plan, std::string path, std::size_t queue_bytes)
      : path_(std::move(path)),
        chunk_count_(plan.chunks.size()),
        entity_(plan.entity),
        schema_(plan.entity.target_schema()),
        writer_(path_ + ".tmp", stage_columns(schema_), queue_bytes) {
    for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
      const TypeKind kind = schema_.fields[i].type.kind;
      if (kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz)
        temporal_.push_back(i);
    }
  }

  Status start(std::shared_ptr<duck::Engine> engine) { return writer_.start(std::move(engine)); }

  Status write(const RowBatch& batch, std::span<const int> chunk_of_row) override {
    const std::size_t bytes_per_row = batch.rows == 0 ? 0 : batch.size_bytes() / batch.rows;
    const std::size_t limit = duckdb_vector_size();
    for (std::size_t row = 0; row < batch.rows;) {
      picked_.clear();
      for (; row < batch.rows && picked_.size() < limit; ++row) {
        if (chunk_of_row[row] < 0) continue;
        const auto misfit = std::find_if_not(
            temporal_.begin(), temporal_.end(),
            [&](std::size_t column) { return duck::holds_value(batch.columns[column], row); });
        if (misfit == temporal_.end()) {
          picked_.push_back(static_cast<std::uint32_t>(row));
        } else {
          DECANT_TRY(set_aside(batch, row, chunk_of_row[row], *misfit));
        }
      }
      if (picked_.empty()) continue;
      DECANT_TRY_ASSIGN(DataChunk chunk, encode(batch, chunk_of_row));
      DECANT_TRY(writer_.write(std::move(chunk), bytes_per_row * picked_.size()));
    }
    return {};
  }

  Result<LoadOutcome> finish(const std::vector<int>& chunks, const TakeRefused& refused,
                             const LedgerWrites&) override {
    DECANT_TRY(writer_.finish());
    pass(Failpoint::kStageWritten);
    for (RefusedRow& row : unfit_) {
      if (std::find(chunks.begin(), chunks.end(), row.chunk) != chunks.end())
        DECANT_TRY(refused(std::move(row)));
    }
    std::error_code error;
    LoadOutcome outcome;
    outcome.stage_size_bytes =
        static_cast<std::int64_t>(std::filesystem::file_size(path_ + ".tmp", error));
    if (!error) std::filesystem::rename(path_ + ".tmp", path_, error);
    if (error) {
      return fail(
          ErrorCode::kUnreachable,
          "The stage file " + path_ + " cannot be given its name: " + error.message() + ".");
    }
    sync_folder();
    pass(Failpoint::kStageNamed);
    outcome.counts.resize(chunk_count_);
    outcome.staged = true;
    outcome.stage_file = path_;
    return outcome;
  }

  void cancel() override { writer_.cancel(); }

 private:
  Status set_aside(const RowBatch& batch, std::size_t row, int chunk, std::size_t column) {
    const std::string& name = schema_.fields[column].name;
    if (unfit_.size() == k_max_unfit_rows) {
      return fail(
          ErrorCode::kDataRefused,
          "Values of " + name + " lie outside the years that DuckDB can hold, in " +
              std::to_string(k_max_unfit_rows) + " rows of one task.",
          "Refuse such rows with a rule on the column, such as range: [0001-01-01, 9999-12-31].");
    }
    RefusedRow refused;
    refused.chunk = chunk;
    refused.reject.column = name;
    refused.reject.rule = "type";
    const bool is_private = entity_.columns[column].is_private;
    refused.reject.original =
        is_private ? std::string("***") : display_text(batch.columns[column], row);
    refused.reject.reason =
        name + ": \"" + refused.reject.original + "\" lies outside the years that DuckDB can hold.";
    append_canonical_row(batch, row, refused.canonical_row);
    unfit_.push_back(std::move(refused));
    return {};
  }

  Result<DataChunk> encode(const RowBatch& batch, std::span<const int> chunk_of_row) {
    DataChunk chunk = writer_.make_chunk();
    const std::size_t columns = schema_.fields.size();
    for (std::size_t i = 0; i < columns; ++i) {
      DECANT_TRY(duck::fill_vector(batch.columns[i], picked_, schema_.fields[i].name,
                                   duckdb_data_chunk_get_vector(chunk.get(), i)));
    }
    auto* chunks = static_cast<std::int32_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), columns)));
    auto* rows = static_cast<std::int64_t*>(
        duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk.get(), columns + 1)));
    for (std::size_t i = 0; i < picked_.size(); ++i) {
      chunks[i] = chunk_of_row[picked_[i]];
      rows[i] = next_row_++;
    }
    duckdb_data_chunk_set_size(chunk.get(), picked_.size());
    return chunk;
  }

  // The name is as durable as the bytes. A file system that cannot sync a folder keeps it in its
  // own way.
  void sync_folder() const {
    const int folder = ::open(std::filesystem::path(path_).parent_path().c_str(),
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    static_cast<void>(::fsync(folder));
    ::close(folder);
  }

  const std::string path_;
  const std::size_t chunk_count_;
  const EntityPlan entity_;
  const Schema schema_;
  std::vector<std::size_t> temporal_;  // positions of the columns whose values DuckDB may not hold
  std::vector<RefusedRow> unfit_;
  ParquetWriter writer_;
  std::vector<std::uint32_t> picked_;
  std::int64_t next_row_ = 0;
};

class StageLoaderFactory final : public LoaderFactory {
 public:
  explicit StageLoaderFactory(const DuckDbStageOptions& options)
      : queue_bytes_(options.queue_bytes),
        engines_(std::make_shared<duck::Engines>(options.duckdb)) {}

  Result<std::unique_ptr<TaskLoader>> begin(const LoadPlan& plan) override {
    std::error_code error;
    std::filesystem::create_directories(plan.stage_folder, error);
    if (error) {
      return fail(
          error == std::errc::permission_denied ? ErrorCode::kPermission : ErrorCode::kUnreachable,
          "The stage folder " + plan.stage_folder + " cannot be made: " + error.message() + ".");
    }
    auto loader = std::make_unique<StageLoader>(plan, stage_path(plan), queue_bytes_);
    DECANT_TRY_ASSIGN(auto engine, engines_->borrow());
    DECANT_TRY(loader->start(std::move(engine)));
    return loader;
  }

  const ValueLimits& limits() const override { return duck::value_limits(); }
  Result<std::unique_ptr<CharacterSet>> characters(const LoadPlan&) override { return nullptr; }

  Result<bool> write_ledger(const LoadPlan&, const std::function<Status(SqlSession&)>&) override {
    return false;
  }

 private:
  const std::size_t queue_bytes_;
  const std::shared_ptr<duck::Engines> engines_;
};

}  // namespace

std::unique_ptr<LoaderFactory> make_duckdb_loader_factory(const DuckDbStageOptions& options) {
  return std::make_unique<StageLoaderFactory>(options);
}

}  // namespace decant
