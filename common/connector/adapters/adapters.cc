#include "common/connector/adapters/adapters.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "common/base/text.h"
#include "common/connector/duckdb/duckdb_source.h"
#include "common/connector/duckdb/duckdb_target.h"
#include "common/connector/duckdb/file_name.h"
#include "common/connector/duckdb/parquet_source.h"
#include "common/connector/duckdb/stage_loader.h"
#include "common/connector/files/files_source.h"
#include "common/connector/postgres/postgres_source.h"
#include "common/connector/postgres/postgres_target.h"

namespace decant {
namespace {

constexpr std::string_view k_duckdb = "duckdb:";

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.rfind(prefix, 0) == 0;
}

bool is_postgres(const std::string& connection) {
  if (starts_with(connection, "postgresql://") || starts_with(connection, "postgres://"))
    return true;
  return connection.find("dbname=") != std::string::npos || starts_with(connection, "host=") ||
         starts_with(connection, "service=");
}

tl::unexpected<Error> unknown_scheme(const std::string& connection, const char* what) {
  const std::string scheme = connection.substr(0, connection.find(':'));
  return fail(ErrorCode::kUsage,
              std::string("The ") + what + " has the unknown scheme \"" + scheme + "\".",
              "Use postgresql://user@host/database or duckdb:path/to/file.duckdb.");
}

// What may stand behind a DuckDB file's name: ?memory_limit=4GB&threads=4
Result<DuckDbOptions> duckdb_options(const std::string& connection) {
  DuckDbOptions options;
  const std::size_t mark = connection.find('?');
  if (mark == std::string::npos) return options;
  std::string_view rest = std::string_view(connection).substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t equals = std::min(part.find('='), part.size());
    const std::string name(part.substr(0, equals));
    const std::string value(part.substr(std::min(part.size(), equals + 1)));
    int threads = 0;
    if (name == "memory_limit" && !value.empty()) {
      options.memory_limit = value;
    } else if (name == "threads" &&
               std::from_chars(value.data(), value.data() + value.size(), threads).ptr ==
                   value.data() + value.size() &&
               threads > 0) {
      options.threads = threads;
    } else {
      const std::string near = nearest(name, {"memory_limit", "threads"});
      return fail(ErrorCode::kUsage,
                  "The target's option \"" + std::string(part) + "\" is not understood.",
                  near.empty() || near == name ? "Write duckdb:FILE?memory_limit=4GB&threads=4."
                                               : "Did you mean " + near + "?");
    }
  }
  return options;
}

ParquetRequest parquet_request(const EntitySpec& entity, const std::vector<std::string>& columns) {
  ParquetRequest request{columns, {}, {entity, columns}, false};
  for (const ColumnSpec& column : entity.columns) {
    request.hide_originals |= column.is_private;
    if (column.lossy == "truncate")
      request.may_be_cut.push_back(column.from.empty() ? column.name : column.from);
  }
  return request;
}

class ParquetOfEntity final : public OpenedParquet {
 public:
  ParquetOfEntity(std::unique_ptr<ParquetFile> file, EntitySpec entity)
      : file_(std::move(file)), entity_(std::move(entity)) {}

  const Schema& columns() const override { return file_->columns(); }
  Result<std::unique_ptr<RowSource>> rows(const std::vector<std::string>& columns) override {
    return file_->rows(parquet_request(entity_, columns));
  }
  Result<std::int64_t> count_rows() override { return file_->count_rows(); }

 private:
  std::unique_ptr<ParquetFile> file_;
  const EntitySpec entity_;
};

class AllSources final : public SourceFactory {
 public:
  Result<std::unique_ptr<Source>> open(const SourceRequest& request,
                                       const EntitySpec& entity) override {
    if (is_postgres(request.connection)) return open_postgres_source(request);
    if (starts_with(request.connection, k_duckdb)) return open_duckdb_source(request);
    if (entity.read.files.empty()) {
      if (request.connection.empty()) {
        return fail(ErrorCode::kUsage,
                    entity.name + " reads a table or a query, but no source is given.",
                    "Give the store, or the entity's read:, a source.");
      }
      return unknown_scheme(request.connection, "source");
    }
    FilesOptions options;
    options.open_parquet = [files = parquet_files_, entity](
                               const std::string& path) -> Result<std::unique_ptr<OpenedParquet>> {
      DECANT_TRY_ASSIGN(auto file, files.open(path));
      return std::make_unique<ParquetOfEntity>(std::move(file), entity);
    };
    return open_files_source(request, std::move(options));
  }

 private:
  ParquetFiles parquet_files_;  // for all sources of this factory
};

}  // namespace

std::unique_ptr<SourceFactory> make_source_factory() { return std::make_unique<AllSources>(); }

std::string duckdb_path(const std::string& connection, const std::string& directory) {
  if (!starts_with(connection, k_duckdb)) return {};
  const std::size_t mark = std::min(connection.find('?'), connection.size());
  std::filesystem::path path(connection.substr(k_duckdb.size(), mark - k_duckdb.size()));
  if (path.is_relative()) path = std::filesystem::path(directory) / path;
  path = std::filesystem::absolute(path).lexically_normal();
  // What is wrong with the name is said by whoever opens it.
  return duckdb_file_name(path.string()).value_or(path.string());
}

Result<std::unique_ptr<Target>> open_target(const std::string& connection,
                                            const std::string& directory,
                                            const std::string& application_name) {
  if (is_postgres(connection)) return open_postgres_target(connection, application_name);
  if (connection == "duckdb::memory:") return open_duckdb_target({});
  const std::string path = duckdb_path(connection, directory);
  if (path.empty()) return unknown_scheme(connection, "target");
  DECANT_TRY_ASSIGN(const DuckDbOptions options, duckdb_options(connection));
  return open_duckdb_target(path, options);
}

Result<std::unique_ptr<LoaderFactory>> make_loader_factory(const std::string& connection) {
  if (is_postgres(connection)) return make_postgres_loader_factory(connection);
  if (starts_with(connection, k_duckdb)) return make_duckdb_loader_factory();
  return unknown_scheme(connection, "target");
}

}  // namespace decant
