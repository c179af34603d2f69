#include "common/connector/duckdb/parquet_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace decant::duck {
namespace {

constexpr const char* k_function = "decant_stage_rows";

// Rows of a group are held until it is full: small groups take as much time as large ones and less
// memory. Very wide rows close theirs early.
constexpr const char* k_copy_options =
    " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720, ROW_GROUP_SIZE_BYTES '64MB')";

Status sync_to_disk(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  if (file < 0 || ::fsync(file) != 0) {
    const int error = errno;
    if (file >= 0) ::close(file);
    return fail(
        error == ENOSPC || error == EDQUOT ? ErrorCode::kNoSpace : ErrorCode::kUnreachable,
        "The stage file " + path + " could not be brought to disk: " + std::strerror(error) + ".");
  }
  ::close(file);
  return {};
}

}  // namespace

// Called by DuckDB from the encoder's thread only: the scan has one thread.
struct ParquetWriter::Callbacks {
  // The function stays with the engine, for one writer after the other.
  static ParquetWriter* served(void* engine) {
    return static_cast<ParquetWriter*>(static_cast<Engine*>(engine)->client);
  }

  static void bind(duckdb_bind_info info) {
    const ParquetWriter* writer = served(duckdb_bind_get_extra_info(info));
    for (const StageColumn& column : writer->columns_) {
      duckdb_bind_add_result_column(info, column.name.c_str(), column.type.get());
    }
  }

  static void init(duckdb_init_info info) { duckdb_init_set_max_threads(info, 1); }

  static void next(duckdb_function_info info, duckdb_data_chunk output) {
    ParquetWriter* writer = served(duckdb_function_get_extra_info(info));
    if (!writer->queue_.pop(writer->current_)) {
      writer->current_.reset();
      if (writer->queue_.was_aborted()) duckdb_function_set_error(info, "the task was called off");
      duckdb_data_chunk_set_size(output, 0);
      return;
    }
    for (std::size_t i = 0; i < writer->columns_.size(); ++i) {
      duckdb_vector_reference_vector(duckdb_data_chunk_get_vector(output, i),
                                     duckdb_data_chunk_get_vector(writer->current_.get(), i));
    }
    duckdb_data_chunk_set_size(output, duckdb_data_chunk_get_size(writer->current_.get()));
  }
};

ParquetWriter::ParquetWriter(std::string path, std::vector<StageColumn> columns,
                             std::size_t queue_bytes)
    : path_(std::move(path)), columns_(std::move(columns)), queue_(queue_bytes) {}

ParquetWriter::~ParquetWriter() {
  if (encoder_.joinable()) {
    queue_.abort();
    encoder_.join();
  }
  if (engine_) engine_->client = nullptr;
  std::error_code ignored;
  if (!is_finished_) std::filesystem::remove(path_, ignored);
}

Status ParquetWriter::start(std::shared_ptr<Engine> engine) {
  engine_ = std::move(engine);
  engine_->client = this;
  if (!engine_->has_function) DECANT_TRY(register_function());
  encoder_ = std::thread([this] { copy(); });
  return {};
}

Status ParquetWriter::register_function() {
  const TableFunction function(duckdb_create_table_function());
  duckdb_table_function_set_name(function.get(), k_function);
  duckdb_table_function_set_extra_info(function.get(), engine_.get(), nullptr);
  duckdb_table_function_set_bind(function.get(), Callbacks::bind);
  duckdb_table_function_set_init(function.get(), Callbacks::init);
  duckdb_table_function_set_function(function.get(), Callbacks::next);
  if (duckdb_register_table_function(engine_->connection.get(), function.get()) != DuckDBSuccess) {
    engine_->is_spent = true;
    return fail(ErrorCode::kInternal,
                "DuckDB did not take the table function that feeds a stage file.");
  }
  engine_->has_function = true;
  return {};
}

void ParquetWriter::copy() {
  copied_ = engine_->connection.run("COPY (SELECT * FROM " + std::string(k_function) + "()) TO " +
                                        quote_literal(path_) + k_copy_options,
                                    "The stage file could not be written");
  // One sentence for all that meet a full disk, whatever their files are called.
  if (!copied_ && copied_.error().message.starts_with("No space is left on the disk")) {
    copied_ = fail(ErrorCode::kNoSpace,
                   "No space is left for stage files in " +
                       std::filesystem::path(path_).parent_path().string() + ".",
                   "Free disk space there, and run again.");
  }
  if (copied_) return;
  engine_->is_spent = true;
  // Whoever waits for room must not wait for an encoder that has left.
  queue_.abort();
}

DataChunk ParquetWriter::make_chunk() const {
  std::vector<duckdb_logical_type> types;
  types.reserve(columns_.size());
  for (const StageColumn& column : columns_) types.push_back(column.type.get());
  return DataChunk(duckdb_create_data_chunk(types.data(), types.size()));
}

Status ParquetWriter::write(DataChunk chunk, std::size_t bytes) {
  if (queue_.push(std::move(chunk), bytes)) return {};
  if (encoder_.joinable()) encoder_.join();
  return failure();
}

void ParquetWriter::cancel() {
  is_cancelled_.store(true);
  queue_.abort();
}

// Why the encoder has left; it is joined.
Status ParquetWriter::failure() const {
  if (is_cancelled_.load()) return fail(ErrorCode::kCancelled, "The task was called off.");
  if (!copied_) return copied_;
  return fail(ErrorCode::kInternal, "Rows were written to a stage file that is finished.");
}

Status ParquetWriter::finish() {
  queue_.close();
  if (encoder_.joinable()) encoder_.join();
  if (!copied_ || is_cancelled_.load()) return failure();
  DECANT_TRY(sync_to_disk(path_, O_RDONLY));
  is_finished_ = true;
  return {};
}

}  // namespace decant::duck
