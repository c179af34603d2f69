#include "common/connector/duckdb/parquet_source.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/connector/duckdb/engines.h"
#include "common/connector/duckdb/parquet_types.h"
#include "common/connector/duckdb/rows.h"

namespace decant {
namespace {

using SharedEngine = std::shared_ptr<duck::Engine>;

constexpr const char* k_row_number = "file_row_number";
constexpr std::int64_t k_window_rows = 2048;
constexpr std::int64_t k_most_bad_rows = 1000;  // of a file; each takes a dozen queries to find

bool has(const Error& error, std::string_view part) {
  return error.message.find(part) != std::string::npos;
}

bool is_bad_text(const Error& error) {
  return has(error, "Invalid string encoding") || has(error, "is not UTF-8");
}

bool is_bad_json(const Error& error) { return has(error, "Invalid JSON"); }

// Whether a value is to blame, so that the rows without it can be read.
bool is_of_a_value(const Error& error) {
  return is_bad_text(error) || is_bad_json(error) || error.code == ErrorCode::kDataRefused;
}

std::string what_is_wrong(const Error& error) {
  if (is_bad_text(error)) return "its text is not UTF-8, though the file says so";
  if (is_bad_json(error)) return "its value is not JSON, though the file says so";
  return "its value lies beyond what its type holds";
}

// DuckDB quotes the value that it cannot read, with \xNN for what is not text.
std::string value_in(const Error& error) {
  const std::string_view message = error.message;
  const std::size_t begin = message.find(" \"");
  const std::size_t end = message.rfind('"');
  if (begin == std::string_view::npos || end < begin + 2) return {};
  return std::string(cut_text(message.substr(begin + 2, end - begin - 2), 1000));
}

bool is_row_number(std::string_view name) {
  return std::equal(name.begin(), name.end(), k_row_number,
                    k_row_number + std::string_view(k_row_number).size(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

Result<std::int64_t> count_rows(duck::Connection& connection, const std::string& path) {
  return connection.number("SELECT count(*) FROM " + duck::parquet_relation(path), path);
}

// A query runs over the file until it meets a value that it cannot read. Then the row is looked for
// by halves, told as a fault, and another query goes on behind it.
class ParquetRows final : public RowSource {
 public:
  ParquetRows(SharedEngine engine, std::string path, std::string list, ParquetRequest request,
              const duck::ParquetColumns& columns, bool has_numbers)
      : engine_(std::move(engine)),
        path_(std::move(path)),
        list_(std::move(list)),
        request_(std::move(request)),
        has_numbers_(has_numbers) {
    for (const std::string& name : request_.columns) {
      const auto at = static_cast<std::size_t>(columns.schema.find(name));
      types_.push_back(columns.schema.fields[at].type);
      forms_.push_back(columns.forms[at]);
    }
  }

  // Begins to read, for what the rows will look like. A value that cannot be read may be met as
  // soon as a query begins; it must not keep the others out, and shows up again with next().
  Status prepare() {
    auto rows = rows_between(0, std::nullopt);
    if (rows) {
      schema_ = (*rows)->schema();
      rows_ = std::move(*rows);
      return {};
    }
    if (!has_numbers_ || !is_of_a_value(rows.error())) return fail(spent(rows.error()));
    const auto none = rows_between(0, 0);
    if (!none) return fail(spent(none.error()));
    schema_ = (*none)->schema();
    return {};
  }

  std::shared_ptr<const Schema> schema() const override { return schema_; }

  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override {
    const std::size_t known = faults.size();
    auto more = next_rows(batch, faults);
    if (more || !has_numbers_ || !is_of_a_value(more.error())) {
      if (!more) return fail(spent(more.error()));
      pass(batch, faults, known);
      return more;
    }
    faults.resize(known);
    rows_.reset();
    auto passed = pass_bad_row(more.error(), batch, faults);
    if (!passed) return fail(spent(passed.error()));
    return passed;
  }

 private:
  // Nobody else gets an engine in which something failed for another reason than a value.
  Error spent(Error error) {
    engine_->is_spent = true;
    return error;
  }

  Result<bool> next_rows(RowBatch& batch, std::vector<Reject>& faults) {
    if (!rows_) {
      DECANT_TRY_ASSIGN(rows_, rows_between(next_row_, std::nullopt));
    }
    return rows_->next(batch, faults);
  }

  Result<std::unique_ptr<duck::QueryRows>> rows_between(std::int64_t begin,
                                                        std::optional<std::int64_t> end) {
    DECANT_TRY_ASSIGN(auto rows, rows_of(list_, begin, end));
    rows->read_as(types_, forms_);
    if (has_numbers_) rows->take_places();
    return rows;
  }

  Result<std::unique_ptr<duck::QueryRows>> rows_of(const std::string& list, std::int64_t begin,
                                                   std::optional<std::int64_t> end) {
    std::string sql = "SELECT " + list;
    if (has_numbers_) {
      sql += std::string(", ") + k_row_number + " FROM read_parquet(" + duck::file_literal(path_) +
             ", file_row_number = true, hive_partitioning = false)";
      std::string where = begin > 0 ? k_row_number + (" >= " + std::to_string(begin)) : "";
      if (end)
        where += (where.empty() ? "" : " AND ") + (k_row_number + (" < " + std::to_string(*end)));
      if (!where.empty()) sql += " WHERE " + where;
    } else {
      sql += " FROM " + duck::parquet_relation(path_);
    }
    const std::shared_ptr<duck::Connection> connection(engine_, &engine_->connection);
    DECANT_TRY_ASSIGN(auto rows, duck::QueryRows::open(connection, sql, nullptr, path_));
    rows->name_rows_by(request_.key);
    return rows;
  }

  // The rows behind those that were handed out come next.
  void pass(const RowBatch& batch, const std::vector<Reject>& faults, std::size_t known) {
    if (!batch.places.empty())
      next_row_ = std::max(next_row_, static_cast<std::int64_t>(batch.places.back().line));
    for (std::size_t i = known; i < faults.size(); ++i)
      next_row_ = std::max(next_row_, static_cast<std::int64_t>(faults[i].place.line));
  }

  // Why the rows [begin, end) cannot be read; nothing: they can.
  Result<std::optional<Error>> error_between(const std::string& list, std::int64_t begin,
                                             std::int64_t end) {
    auto rows = rows_of(list, begin, end);
    std::vector<Reject> faults;
    RowBatch batch;
    for (;;) {
      const auto more = rows ? (*rows)->next(batch, faults) : tl::unexpected(rows.error());
      if (more && *more) continue;
      if (more) return std::nullopt;
      if (!is_of_a_value(more.error())) return tl::unexpected<Error>(more.error());
      return more.error();
    }
  }

  Result<bool> pass_bad_row(const Error& error, RowBatch& batch, std::vector<Reject>& faults) {
    DECANT_TRY_ASSIGN(const std::int64_t bad, first_bad_row(error));
    if (++bad_rows_ > k_most_bad_rows) {
      return fail(ErrorCode::kProtocol,
                  path_ + ": more than " + group_digits(k_most_bad_rows) +
                      " rows have a value that cannot be read, the last in row " +
                      group_digits(bad + 1) + ": " + what_is_wrong(error) + ".",
                  "Write the file again.");
    }
    DECANT_TRY_ASSIGN(Reject reject, reject_of(bad));
    const std::size_t known = faults.size();
    batch.reset(schema_);
    if (bad > next_row_) {
      DECANT_TRY_ASSIGN(auto before, rows_between(next_row_, bad));
      DECANT_TRY(before->next(batch, faults));
    }
    pass(batch, faults, known);
    // A batch holds fewer rows than a few windows: the others come with the next one.
    if (next_row_ < bad) {
      --bad_rows_;
      return true;
    }
    faults.push_back(std::move(reject));
    next_row_ = bad + 1;
    return true;
  }

  Result<std::int64_t> first_bad_row(const Error& error) {
    DECANT_TRY_ASSIGN(const std::int64_t count, count_rows(engine_->connection, path_));
    for (std::int64_t begin = next_row_; begin < count; begin += k_window_rows) {
      std::int64_t end = std::min(begin + k_window_rows, count);
      DECANT_TRY_ASSIGN(auto found, error_between(list_, begin, end));
      if (!found) continue;
      while (end - begin > 1) {
        const std::int64_t middle = begin + (end - begin) / 2;
        DECANT_TRY_ASSIGN(found, error_between(list_, begin, middle));
        (found ? end : begin) = middle;
      }
      return begin;
    }
    return tl::unexpected<Error>(error);
  }

  Result<Reject> reject_of(std::int64_t row) {
    Reject reject;
    reject.place.line = static_cast<std::uint64_t>(row) + 1;
    reject.rule = "type";
    for (const std::string& column : request_.columns) {
      DECANT_TRY_ASSIGN(
          const std::string list,
          duck::readable_list(engine_->connection, duck::parquet_relation(path_), {column}, path_));
      DECANT_TRY_ASSIGN(const auto error, error_between(list, row, row + 1));
      if (!error) continue;
      DECANT_TRY_ASSIGN(const duck::RowGroup group,
                        duck::row_group_around(engine_->connection, path_, column, row));
      // Rows are read without their neighbours' texts, but not without what is made of those.
      const bool is_told = !group.has_dictionary && (is_bad_text(*error) || is_bad_json(*error));
      if (!is_told) {
        return fail(ErrorCode::kProtocol,
                    path_ + ": the column \"" + column + "\" has a value in " + group.words +
                        " that cannot be read (" + what_is_wrong(*error) +
                        "); which row has it cannot be told" +
                        (group.has_dictionary ? ", since it stands in a dictionary." : "."),
                    "Mend it and write the file again.");
      }
      reject.column = column;
      reject.reason = column + ": " + what_is_wrong(*error) + ".";
      reject.original = request_.hide_originals ? "(not shown: the entity has private columns)"
                                                : value_in(*error);
      return reject;
    }
    return fail(ErrorCode::kProtocol, path_ + ": row " + group_digits(row + 1) +
                                          " cannot be read, and each of its columns can.");
  }

  SharedEngine engine_;
  const std::string path_;
  const std::string list_;
  const ParquetRequest request_;
  std::vector<Type> types_;              // of the columns,
  std::vector<duck::VectorForm> forms_;  // for those that DuckDB gives as they lie in the file
  const bool has_numbers_;               // a file may have a column of that name
  std::unique_ptr<duck::QueryRows> rows_;
  std::shared_ptr<const Schema> schema_;
  std::int64_t next_row_ = 0;  // the first that was not handed out; counted from 0
  std::int64_t bad_rows_ = 0;
};

class OpenParquetFile final : public ParquetFile {
 public:
  OpenParquetFile(SharedEngine engine, std::string path, duck::ParquetColumns columns)
      : engine_(std::move(engine)), path_(std::move(path)), columns_(std::move(columns)) {}

  const Schema& columns() const override { return columns_.schema; }

  Result<std::unique_ptr<RowSource>> rows(ParquetRequest request) override {
    DECANT_TRY(
        duck::check_parquet_columns(columns_.schema, path_, request.columns, request.may_be_cut));
    DECANT_TRY_ASSIGN(std::string list,
                      duck::readable_list(columns_.schema, request.columns, path_));
    const bool has_numbers =
        std::none_of(columns_.schema.fields.begin(), columns_.schema.fields.end(),
                     [](const Field& field) { return is_row_number(field.name); });
    auto rows = std::make_unique<ParquetRows>(engine_, path_, std::move(list), std::move(request),
                                              columns_, has_numbers);
    DECANT_TRY(rows->prepare());
    return rows;
  }

  Result<std::int64_t> count_rows() override {
    return decant::count_rows(engine_->connection, path_);
  }

 private:
  SharedEngine engine_;
  const std::string path_;
  const duck::ParquetColumns columns_;
};

}  // namespace

ParquetFiles::ParquetFiles()
    : engines_(
          std::make_shared<duck::Engines>(DuckDbOptions{.memory_limit = "512MB", .threads = 1})) {}

Result<std::unique_ptr<ParquetFile>> ParquetFiles::open(const std::string& path) const {
  DECANT_TRY_ASSIGN(SharedEngine engine, engines_->borrow());
  auto columns = duck::describe_parquet_columns(engine->connection, path);
  if (!columns) {
    engine->is_spent = true;
    return tl::unexpected<Error>(std::move(columns).error());
  }
  return std::make_unique<OpenParquetFile>(std::move(engine), path, std::move(*columns));
}

}  // namespace decant
