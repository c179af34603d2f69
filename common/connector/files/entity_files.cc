#include "common/connector/files/entity_files.h"

#include <algorithm>

#include "common/connector/files/csv_reader.h"
#include "common/connector/files/json_reader.h"

namespace decant {
namespace {

class OpenedText final : public OpenedFile {
 public:
  OpenedText(std::unique_ptr<TextReader> reader, std::int64_t file_bytes, bool has_fixed_columns)
      : reader_(std::move(reader)),
        columns_(*text_schema(reader_->column_names())),
        file_bytes_(file_bytes),
        has_fixed_columns_(has_fixed_columns) {}

  const Schema& columns() const override { return columns_; }
  bool has_fixed_columns() const override { return has_fixed_columns_; }

  Result<std::unique_ptr<FileRows>> rows(const std::vector<std::string>& columns) && override {
    DECANT_TRY(reader_->choose(columns));
    return std::unique_ptr<FileRows>(std::move(reader_));
  }

  std::vector<RecordMark> marks(std::int64_t step_bytes) && override {
    std::vector<RecordMark> found;
    if (!reader_->window().stream().can_be_cut()) return found;
    // A mark costs a little more than a record.
    const auto records =
        static_cast<std::size_t>(std::clamp<std::int64_t>(step_bytes / 1024, 1, 64));
    for (std::int64_t next = step_bytes;;) {
      const auto skimmed = reader_->skim(records);
      if (!skimmed) return {};
      if (*skimmed < records) return found;
      const std::optional<RecordMark> mark = reader_->mark();
      if (!mark) return {};
      if (mark->byte == file_bytes_) return found;
      if (mark->byte < next) continue;
      found.push_back(*mark);
      next = mark->byte + step_bytes;
    }
  }

  // The first rows say how long a row is, and how much text a byte of the file gives.
  Result<std::int64_t> estimate_rows() && override {
    DECANT_TRY(reader_->choose({}));
    RowBatch batch;
    std::vector<Reject> faults;
    DECANT_TRY(reader_->next(batch, faults));
    const auto rows = static_cast<double>(batch.rows + faults.size());
    if (reader_->at_end()) return static_cast<std::int64_t>(rows);
    if (batch.places.size() < 2) return std::max<std::int64_t>(1, file_bytes_ / (1 << 20));
    const TextWindow& window = reader_->window();
    const double row_bytes =
        static_cast<double>(reader_->record_offset() - window.stream().start_offset()) / rows;
    const auto text_read = static_cast<double>(window.offset() + window.size());
    const auto bytes_read =
        static_cast<double>(std::max<std::int64_t>(1, window.stream().consumed_bytes()));
    const double text_bytes = static_cast<double>(file_bytes_) * text_read / bytes_read;
    return std::max(static_cast<std::int64_t>(rows),
                    static_cast<std::int64_t>(text_bytes / std::max(1.0, row_bytes)));
  }

 private:
  std::unique_ptr<TextReader> reader_;
  Schema columns_;
  std::int64_t file_bytes_;
  bool has_fixed_columns_;
};

Result<std::unique_ptr<OpenedFile>> opened_text(std::unique_ptr<TextReader> reader,
                                                bool has_fixed_columns) {
  DECANT_TRY_ASSIGN(const std::int64_t file_bytes, reader->window().stream().file().size_bytes());
  return std::make_unique<OpenedText>(std::move(reader), file_bytes, has_fixed_columns);
}

// A file that is rewritten while it is read would be loaded as a mixture.
struct PlannedFile {
  std::unique_ptr<InputFile> file;
  FileIdentity planned;
  Status verify() const { return file->verify_size_and_time(planned); }
};

class ParquetRows final : public FileRows {
 public:
  ParquetRows(PlannedFile file, std::unique_ptr<RowSource> rows, const FileOptions& options)
      : file_(std::move(file)), rows_(std::move(rows)), nulls_(options) {}
  std::shared_ptr<const Schema> schema() const override { return rows_->schema(); }
  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override {
    auto more = rows_->next(batch, faults);
    if (!more || !*more) DECANT_TRY(file_.verify());
    if (more && !nulls_.empty()) take_nulls(batch);
    return more;
  }

 private:
  void take_nulls(RowBatch& batch) const {
    for (Column& column : batch.columns) {
      if (column.type.kind != TypeKind::kText) continue;
      for (std::size_t row = 0; row < batch.rows; ++row) {
        if (column.valid[row] != 0 && nulls_.contains(column.views[row])) column.valid[row] = 0;
      }
    }
  }

  PlannedFile file_;
  std::unique_ptr<RowSource> rows_;
  NullTexts nulls_;
};

class OpenedParquetFile final : public OpenedFile {
 public:
  OpenedParquetFile(PlannedFile planned, std::unique_ptr<OpenedParquet> file,
                    const FileOptions& options)
      : planned_(std::move(planned)), file_(std::move(file)), options_(options) {}

  const Schema& columns() const override { return file_->columns(); }
  bool has_fixed_columns() const override { return true; }
  Result<std::unique_ptr<FileRows>> rows(const std::vector<std::string>& columns) && override {
    DECANT_TRY_ASSIGN(auto rows, file_->rows(columns));
    return std::make_unique<ParquetRows>(std::move(planned_), std::move(rows), options_);
  }
  std::vector<RecordMark> marks(std::int64_t) && override { return {}; }
  Result<std::int64_t> estimate_rows() && override { return file_->count_rows(); }

 private:
  PlannedFile planned_;
  std::unique_ptr<OpenedParquet> file_;
  const FileOptions& options_;
};

bool is_number(TypeKind kind) {
  return kind == TypeKind::kDecimal || kind == TypeKind::kFloat64 || kind == TypeKind::kInt64;
}

// What means NULL in the columns of JSON files: only their reader knows a text without its escapes
// and a number as it is written. What not all columns say that take a value is left to the others'
// conversion.
std::map<std::string, std::vector<std::string>> nulls_by_source(const EntitySpec& entity) {
  std::map<std::string, std::vector<std::string>> nulls;
  for (const ColumnSpec& column : entity.columns) {
    if (column.constant) continue;
    const auto [known, is_first] =
        nulls.emplace(column.from.empty() ? column.name : column.from, column.null_texts);
    if (is_first) continue;
    std::erase_if(known->second, [&](const std::string& text) {
      const auto& others = column.null_texts;
      return std::find(others.begin(), others.end(), text) == others.end();
    });
  }
  return nulls;
}

}  // namespace

EntityFiles::EntityFiles(const EntitySpec& entity, std::string base, const FilesOptions& options,
                         const std::atomic<bool>& cancelled)
    : entity_(entity), base_(std::move(base)), options_(options), cancelled_(cancelled) {}

void EntityFiles::read_rows() { reads_rows_ = true; }

ReaderContext EntityFiles::context_for(const std::string& path, const FileIdentity& planned,
                                       const FilePart& part) const {
  ReaderContext context;
  context.options = entity_.read.file_options;
  context.path = path;
  context.shown_name = path;
  if (path.size() > base_.size() + 1 && path.starts_with(base_) && path[base_.size()] == '/') {
    context.shown_name = path.substr(base_.size() + 1);
  }
  context.planned = planned;
  context.part = part;
  context.hide_originals = std::any_of(entity_.columns.begin(), entity_.columns.end(),
                                       [](const ColumnSpec& column) { return column.is_private; });
  context.block_bytes = options_.block_bytes;
  context.most_record_bytes = options_.most_record_bytes;
  context.cancelled = &cancelled_;
  // A census finds a row's store and time as the copy does.
  if (context.options.format == FileFormat::kJsonLines)
    context.column_nulls = nulls_by_source(entity_);
  for (const ColumnSpec& column : entity_.columns) {
    if (column.constant || !column.type || !is_number(column.type->kind)) continue;
    context.number_columns.push_back(column.from.empty() ? column.name : column.from);
  }
  if (!reads_rows_) {
    for (const ColumnSpec& column : entity_.columns)
      if (!column.constant)
        context.declared_names.push_back(column.from.empty() ? column.name : column.from);
    return context;
  }
  context.columns_are_all = !entity_.columns_are_complete;
  for (const ColumnSpec& column : entity_.columns) {
    if (column.constant || !column.type) continue;
    const std::string& from = column.from.empty() ? column.name : column.from;
    if (column.type->kind == TypeKind::kJson) context.json_columns.push_back(from);
  }
  return context;
}

Result<std::unique_ptr<OpenedFile>> EntityFiles::open(const std::string& path,
                                                      const FileIdentity& planned,
                                                      const FilePart& part) const {
  switch (entity_.read.file_options.format) {
    case FileFormat::kParquet: {
      if (!options_.open_parquet) {
        return fail(ErrorCode::kUnsupported, path + " is Parquet, which is not read here.",
                    "Use a build with DuckDB, or CSV files.");
      }
      if (!part.is_whole())
        return fail(ErrorCode::kUnsupported, path + " is Parquet, which is read as a whole.");
      DECANT_TRY_ASSIGN(auto file, InputFile::open(path));
      DECANT_TRY(file->verify(planned));
      DECANT_TRY_ASSIGN(auto parquet, options_.open_parquet(path));
      return std::make_unique<OpenedParquetFile>(PlannedFile{std::move(file), planned},
                                                 std::move(parquet), entity_.read.file_options);
    }
    case FileFormat::kJsonLines: {
      DECANT_TRY_ASSIGN(auto reader, JsonReader::open(context_for(path, planned, part)));
      return opened_text(std::move(reader), false);
    }
    case FileFormat::kCsv:
      break;
  }
  DECANT_TRY_ASSIGN(auto reader, CsvReader::open(context_for(path, planned, part)));
  return opened_text(std::move(reader), true);
}

}  // namespace decant
