#include "common/connector/duckdb/stage_loader.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <random>

#include "common/base/failpoint.h"
#include "common/base/text.h"
#include "common/connector/duckdb/stage_writer.h"
#include "common/connector/duckdb/vector_write.h"
#include "common/connector/load_sql.h"
#include "common/connector/stage_name.h"
#include "common/value/canonical.h"

namespace decant {
namespace {

using duck::StageColumn;
using duck::StageWriter;

// They wait in memory; more of them are no bad rows but a wrong job.
constexpr std::size_t k_max_unfit_rows = 10'000;

// No two attempts at a task, not even two workers that both believe they own it, share a file.
std::string stage_path(const LoadPlan& plan) {
  std::random_device random;
  std::array<std::uint8_t, 8> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return (std::filesystem::path(plan.stage_folder) /
          (stage_name_prefix(plan.run_id, plan.task_id) + to_hex(bytes) + ".stage"))
      .string();
}

constexpr Type k_chunk_type{TypeKind::kInt64, 0, 0, 32};
constexpr Type k_row_type{TypeKind::kInt64, 0, 0, 64};

std::vector<StageColumn> stage_columns(const Schema& schema) {
  std::vector<StageColumn> columns;
  for (const Field& field : schema.fields) columns.push_back({field.name, field.type});
  columns.push_back({std::string(k_chunk_column), k_chunk_type});
  columns.push_back({std::string(k_row_column), k_row_type});
  return columns;
}

class StageLoader final : public TaskLoader {
 public:
  static Result<std::unique_ptr<TaskLoader>> begin(const LoadPlan& plan) {
    std::unique_ptr<StageLoader> loader(new StageLoader(plan));
    DECANT_TRY_ASSIGN(loader->writer_,
                      StageWriter::create(loader->path_ + ".tmp", stage_columns(loader->schema_)));
    return loader;
  }

  Status write(const RowBatch& batch, std::span<const int> chunk_of_row) override {
    picked_.clear();
    for (std::size_t row = 0; row < batch.rows; ++row) {
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
    number_rows(batch.rows, chunk_of_row);
    columns_.clear();
    for (std::size_t i = 0; i < schema_.fields.size(); ++i) columns_.push_back(&batch.columns[i]);
    columns_.push_back(&chunks_);
    columns_.push_back(&rows_);
    return writer_->add(columns_, picked_);
  }

  Result<LoadOutcome> finish(const std::vector<int>& chunks, const TakeRefused& refused,
                             const LedgerWrites&) override {
    DECANT_TRY(writer_->finish());
    pass(Failpoint::kStageWritten);
    for (RefusedRow& row : unfit_) {
      if (std::find(chunks.begin(), chunks.end(), row.chunk) != chunks.end())
        DECANT_TRY(refused(std::move(row)));
    }
    std::error_code error;
    std::filesystem::rename(path_ + ".tmp", path_, error);
    if (error) {
      return fail(
          ErrorCode::kUnreachable,
          "The stage file " + path_ + " cannot be given its name: " + error.message() + ".");
    }
    pass(Failpoint::kStageNamed);
    LoadOutcome outcome;
    outcome.stage_size_bytes = writer_->size_bytes();
    outcome.counts.resize(chunk_count_);
    outcome.staged = true;
    outcome.stage_file = path_;
    return outcome;
  }

  void cancel() override { writer_->cancel(); }

 private:
  explicit StageLoader(const LoadPlan& plan)
      : path_(stage_path(plan)),
        chunk_count_(plan.chunks.size()),
        entity_(plan.entity),
        schema_(plan.entity.target_schema()) {
    for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
      const TypeKind kind = schema_.fields[i].type.kind;
      if (kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz)
        temporal_.push_back(i);
    }
    chunks_.reset(k_chunk_type);
    rows_.reset(k_row_type);
  }

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

  // The two columns that a stage has beside the plan's.
  void number_rows(std::size_t count, std::span<const int> chunk_of_row) {
    chunks_.words.assign(chunk_of_row.begin(), chunk_of_row.end());
    chunks_.valid.assign(count, 1);
    rows_.words.resize(count);
    rows_.valid.assign(count, 1);
    for (const std::uint32_t row : picked_) rows_.words[row] = next_row_++;
  }

  const std::string path_;
  const std::size_t chunk_count_;
  const EntityPlan entity_;
  const Schema schema_;
  std::vector<std::size_t> temporal_;  // positions of the columns whose values DuckDB may not hold
  std::vector<RefusedRow> unfit_;
  std::unique_ptr<StageWriter> writer_;
  std::vector<std::uint32_t> picked_;
  std::vector<const Column*> columns_;
  Column chunks_, rows_;
  std::int64_t next_row_ = 0;
};

class StageLoaderFactory final : public LoaderFactory {
 public:
  Result<std::unique_ptr<TaskLoader>> begin(const LoadPlan& plan) override {
    std::error_code error;
    std::filesystem::create_directories(plan.stage_folder, error);
    if (error) {
      return fail(
          error == std::errc::permission_denied ? ErrorCode::kPermission : ErrorCode::kUnreachable,
          "The stage folder " + plan.stage_folder + " cannot be made: " + error.message() + ".");
    }
    return StageLoader::begin(plan);
  }

  const ValueLimits& limits() const override { return duck::value_limits(); }
  Result<std::unique_ptr<CharacterSet>> characters(const LoadPlan&) override { return nullptr; }

  Result<bool> write_ledger(const LoadPlan&, const std::function<Status(SqlSession&)>&) override {
    return false;
  }
};

}  // namespace

std::unique_ptr<LoaderFactory> make_duckdb_loader_factory() {
  return std::make_unique<StageLoaderFactory>();
}

}  // namespace decant
