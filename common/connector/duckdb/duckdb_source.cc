#include "common/connector/duckdb/duckdb_source.h"

#include <filesystem>
#include <set>

#include "common/connector/duckdb/catalog.h"
#include "common/connector/duckdb/database.h"
#include "common/connector/duckdb/file_name.h"
#include "common/connector/duckdb/held_file.h"
#include "common/connector/duckdb/query_plan.h"
#include "common/connector/duckdb/rows.h"
#include "common/connector/duckdb_names.h"
#include "common/connector/range_sql.h"
#include "common/connector/snapshot_text.h"
#include "common/connector/sql_census.h"

namespace decant {
namespace {

constexpr std::string_view k_scheme = "duckdb:";

// A query may end with a semicolon in the job file, and not inside parentheses.
std::string without_semicolon(std::string sql) {
  const std::size_t last = sql.find_last_not_of("; \t\r\n");
  sql.resize(last == std::string::npos ? 0 : last + 1);
  return sql;
}

std::string relation_of(const ReadSpec& read) {
  if (!read.table.empty()) return table_in_file(read.table);
  // The line break ends a comment in the query's last line.
  return "(" + without_semicolon(read.sql) + "\n) AS decant_q";
}

Result<std::string> condition_of(const ReadRequest& request) {
  const Extent& extent = request.extent;
  if (extent.kind == ExtentKind::kAll) return std::string();
  if (extent.kind != ExtentKind::kRange) {
    return fail(ErrorCode::kUnsupported, "A DuckDB source has neither files nor blocks to read.");
  }
  const std::string column = quote_identifier(request.range_column);
  const TypeKind kind = request.range_kind;
  const auto limit = [&](const std::optional<std::int64_t>& value) {
    return value ? range_literal(Dialect::kDuckDb, kind, *value) : std::string();
  };
  const ValueRange& range = extent.range;
  return " WHERE " + (extent.undated
                          ? without_range_value(column, kind)
                          : in_range(column, kind, {limit(range.begin), limit(range.end)}));
}

class DuckDbSource final : public Source {
 public:
  DuckDbSource(duck::HeldFile held, std::shared_ptr<duck::Connection> connection,
               const SourceRequest& request, std::string file, std::string state)
      : held_(std::move(held)),
        connection_(std::move(connection)),
        file_(std::move(file)),
        state_(std::move(state)),
        store_(request.store != nullptr ? request.store->name : std::string()),
        time_zone_(request.time_zone) {}

  Result<Schema> describe(const EntitySpec& entity) override {
    auto schema = duck::describe_query(*connection_, "SELECT * FROM " + relation_of(entity.read),
                                       "The source cannot be described");
    if (!schema) return tl::unexpected<Error>(std::move(schema).error().at(place(entity)));
    const Status apart = check_names_apart(entity.read);
    if (!apart) return tl::unexpected<Error>(Error(apart.error()).at(place(entity)));
    return schema;
  }

  Result<CensusResult> census(const JobSpec& job, const EntitySpec& entity,
                              const CensusRequest& request) override {
    SqlCensusInput input{&job, &entity, request, {}, relation_of(entity.read), time_zone_, {}};
    input.database = file_;
    DECANT_TRY_ASSIGN(input.columns, describe(entity));
    auto plan = look_at(entity.read);
    if (!plan) return tl::unexpected<Error>(std::move(plan).error().at(place(entity)));
    if (!plan->unsteady.empty()) input.relation = duck::fenced(input.relation);
    duck::Session session(*connection_);
    auto taken = take_sql_census(session, input);
    if (!taken) return tl::unexpected<Error>(std::move(taken).error().at(place(entity)));
    if (!plan->outside.empty()) taken->not_held = "outside of its file, by " + plan->outside;
    if (is_cut(entity.read)) taken->unsteady = plan->unsteady;
    return taken;
  }

  Result<std::unique_ptr<RowSource>> open(const ReadRequest& request) override {
    auto rows = open_rows(request);
    if (!rows) return tl::unexpected<Error>(std::move(rows).error().at(place(*request.entity)));
    return rows;
  }

  // Others read the same rows as long as nobody writes to the file between two sessions; while one
  // is open nobody can.
  Result<std::string> export_snapshot() override { return snapshot_text("file", state_); }

  void cancel() override { connection_->interrupt(); }

  // After some errors a database answers nothing any more.
  bool is_usable() const override { return connection_->run("SELECT 1").has_value(); }

 private:
  ErrorPlace place(const EntitySpec& entity) const { return {{}, entity.name, store_, {}}; }

  // In parentheses DuckDB calls a second "a" of a query a_1, and its own a_1 something else.
  Status check_names_apart(const ReadSpec& read) {
    if (read.sql.empty()) return {};
    DECANT_TRY_ASSIGN(const Schema bare,
                      duck::describe_query(*connection_, without_semicolon(read.sql),
                                           "The source cannot be described"));
    std::set<std::string> names;
    for (const Field& field : bare.fields) {
      if (names.insert(field.name).second) continue;
      return fail(ErrorCode::kMismatch, "The query has two columns called \"" + field.name + "\".",
                  "Give each a name of its own with AS.");
    }
    return {};
  }

  // What answers by the order of rows answers the same in one thread, as far as DuckDB can.
  Result<duck::QueryPlan> look_at(const ReadSpec& read) {
    DECANT_TRY_ASSIGN(duck::QueryPlan plan, duck::explain(*connection_, relation_of(read)));
    if (!plan.unsteady.empty()) DECANT_TRY(connection_->run("SET threads = 1"));
    return plan;
  }

  Result<std::unique_ptr<RowSource>> open_rows(const ReadRequest& request) {
    std::string relation = relation_of(request.entity->read);
    DECANT_TRY_ASSIGN(const duck::QueryPlan plan, look_at(request.entity->read));
    if (!plan.unsteady.empty()) relation = duck::fenced(relation);
    constexpr std::string_view k_what = "The source cannot be read";
    DECANT_TRY_ASSIGN(const std::string list,
                      duck::readable_list(*connection_, relation, request.columns, k_what));
    DECANT_TRY_ASSIGN(const std::string where, condition_of(request));
    DECANT_TRY_ASSIGN(auto rows, duck::QueryRows::open(
                                     connection_, "SELECT " + list + " FROM " + relation + where,
                                     nullptr, k_what));
    rows->name_rows_by({*request.entity, request.columns});
    return rows;
  }

  const duck::HeldFile held_;
  std::shared_ptr<duck::Connection> connection_;
  const std::string file_;   // its one name
  const std::string state_;  // of the file and its log
  const std::string store_;
  const std::string time_zone_;
};

Result<std::shared_ptr<duck::Connection>> connect(const std::string& path,
                                                  const DuckDbOptions& options) {
  DECANT_TRY_ASSIGN(const auto database, duck::Database::open(path, options));
  DECANT_TRY_ASSIGN(duck::Connection connection, database->connect());
  return std::make_shared<duck::Connection>(std::move(connection));
}

}  // namespace

Result<std::unique_ptr<Source>> open_duckdb_source(const SourceRequest& request) {
  std::filesystem::path path = request.connection.starts_with(k_scheme)
                                   ? request.connection.substr(k_scheme.size())
                                   : request.connection;
  if (path.empty()) {
    return fail(ErrorCode::kUsage, "The source duckdb: names no file.",
                "Write duckdb:path/to/file.duckdb.");
  }
  if (path.is_relative()) path = std::filesystem::path(request.directory) / path;
  DECANT_TRY_ASSIGN(const std::string file, duckdb_file_name(path.string()));
  duck::HeldFile held = duck::HeldFile::hold(file);
  DECANT_TRY_ASSIGN(auto connection, connect(file, {.memory_limit = "1GB", .read_only = true}));
  if (!held.is(file)) {
    return fail(ErrorCode::kSourceChanged, file + " was written or replaced while it was opened.",
                "Start the same command again.");
  }
  std::string state = held.state() + "+" + duck::state_of_file(file + ".wal");
  return std::make_unique<DuckDbSource>(std::move(held), std::move(connection), request, file,
                                        std::move(state));
}

}  // namespace decant
