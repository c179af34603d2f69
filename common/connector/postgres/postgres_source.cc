#include "common/connector/postgres/postgres_source.h"

#include "common/base/text.h"
#include "common/connector/postgres/census.h"
#include "common/connector/postgres/connection.h"
#include "common/connector/postgres/held_tables.h"
#include "common/connector/postgres/read_plan.h"
#include "common/connector/postgres/relation.h"
#include "common/connector/postgres/savepoint.h"
#include "common/connector/range_sql.h"
#include "common/connector/snapshot_text.h"
#include "common/connector/sql_census.h"
#include "common/connector/sql_session.h"

namespace decant {
namespace {

using postgres::Connection;
using postgres::PgResult;

// A worker may hold a snapshot while it waits for work; a forgotten session must not hold back
// VACUUM for ever.
constexpr std::int64_t k_snapshot_idle_ms = 6LL * 60 * 60 * 1000;
constexpr std::int64_t k_last_block = 0xFFFFFFFE;
constexpr const char* k_again =
    "Start the same command again: what is loaded is compared, the rest is read anew.";

// Says which transactions a session sees. A standby does not list those that are under way: its
// snapshots have equal texts and see other rows, and are equal only where one imported the other,
// by an id that its server gives only once before it is started again.
constexpr const char* k_seen =
    "SELECT txid_current_snapshot()::text || CASE WHEN pg_is_in_recovery() THEN '-' || "
    "extract(epoch FROM pg_postmaster_start_time()) || '-' ELSE '' END";
constexpr const char* k_and_whose =
    " || CASE WHEN pg_is_in_recovery() THEN pg_backend_pid() || '-' || "
    "extract(epoch FROM clock_timestamp()) ELSE '' END";

// Whether what an importing session sees is what the one that gave the snapshot saw.
bool is_content(std::string_view seen, std::string_view content) {
  return seen.ends_with('-') ? content.starts_with(seen) : content == seen;
}

std::string tid(std::int64_t block) { return "'(" + std::to_string(block) + ",0)'::tid"; }

std::string in_blocks(const Extent& extent) {
  std::string where = "ctid >= " + tid(extent.begin_block);
  // The last extent is open: rows may have been added behind it since it was planned.
  if (extent.end_block < k_last_block) where += " AND ctid < " + tid(extent.end_block);
  return where;
}

Result<std::string> condition_of(const ReadRequest& request) {
  const Extent& extent = request.extent;
  switch (extent.kind) {
    case ExtentKind::kAll:
      return std::string();
    case ExtentKind::kBlocks: {
      if (request.entity->read.table.empty()) {
        return fail(ErrorCode::kInternal, "Blocks can only be read from a table.");
      }
      return in_blocks(extent);
    }
    case ExtentKind::kRange:
      break;
    default:
      return fail(ErrorCode::kUnsupported, "PostgreSQL has no files to read.");
  }
  std::string blocks;
  if (extent.end_block > 0) blocks = " AND " + in_blocks(extent);
  const std::string column = quote_identifier(request.range_column);
  const TypeKind kind = request.range_kind;
  const auto limit = [&](const std::optional<std::int64_t>& value) {
    return value ? range_literal(Dialect::kPostgres, kind, *value) : std::string();
  };
  const ValueRange& range = extent.range;
  return (extent.undated ? without_range_value(column, kind)
                         : in_range(column, kind, {limit(range.begin), limit(range.end)})) +
         blocks;
}

class PostgresSource final : public Source {
 public:
  PostgresSource(std::unique_ptr<Connection> connection, const SourceRequest& request)
      : connection_(std::move(connection)),
        store_(request.store != nullptr ? request.store->name : std::string()),
        time_zone_(request.time_zone) {}

  Status begin(const std::vector<std::string>& snapshots) {
    const std::string begin = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
    for (const std::string& id : snapshots) {
      DECANT_TRY(connection_->run(begin));
      // A server that was started again gives the same ids to the snapshots of others.
      const auto imported =
          connection_->run("SET TRANSACTION SNAPSHOT " +
                           quote_literal(std::string(snapshot_id(id))) + "; " + k_seen);
      if (imported && is_content(PQgetvalue(imported->get(), 0, 0), snapshot_content(id))) {
        content_ = snapshot_content(id);
        return {};
      }
      if (!connection_->is_alive()) break;
      DECANT_TRY(connection_->roll_back());
    }
    DECANT_TRY_ASSIGN(const PgResult result, connection_->run(begin + "; " + k_seen + k_and_whose));
    content_ = PQgetvalue(result.get(), 0, 0);
    snapshot_is_lost_ = !snapshots.empty();
    return {};
  }

  Result<Schema> describe(const EntitySpec& entity) override {
    connection_->renew();
    DECANT_TRY(connection_->take_bytes(false));
    auto relation = postgres::describe_relation(*connection_, entity.read);
    if (!relation) return fail(placed(std::move(relation).error(), entity));
    return relation->schema();
  }

  Result<CensusResult> census(const JobSpec& job, const EntitySpec& entity,
                              const CensusRequest& request) override {
    connection_->renew();
    DECANT_TRY(connection_->take_bytes(false));
    auto counted =
        postgres::under_savepoint(*connection_, [&] { return census_of(job, entity, request); });
    if (counted) {
      auto exported = export_snapshot();
      if (!exported) return fail(placed(std::move(exported).error(), entity));
      counted->snapshot = *std::move(exported);
      return counted;
    }
    return fail(placed(std::move(counted).error(), entity));
  }

  // A cancel ends the read in progress and not the session, which is kept for the next task.
  Result<std::unique_ptr<RowSource>> open(const ReadRequest& request) override {
    connection_->renew();
    auto rows = open_rows(request);
    if (!rows) return fail(placed(std::move(rows).error(), *request.entity));
    return rows;
  }

  Result<std::string> export_snapshot() override {
    DECANT_TRY_ASSIGN(const PgResult result, connection_->run("SELECT pg_export_snapshot()"));
    return snapshot_text(PQgetvalue(result.get(), 0, 0), content_);
  }

  void cancel() override { connection_->cancel(); }

  // Nobody can do anything in a transaction that an error has ended.
  bool is_usable() const override { return connection_->can_go_on(); }

 private:
  Result<CensusResult> census_of(const JobSpec& job, const EntitySpec& entity,
                                 const CensusRequest& request) {
    // What is described is not planned, so that the locks are those of tables and views alone. A
    // table that an earlier read of this session went through a view is held already, and missing.
    DECANT_TRY_ASSIGN(const auto before, postgres::held_tables(*connection_));
    DECANT_TRY_ASSIGN(const postgres::Relation relation,
                      postgres::describe_in_savepoint(*connection_, entity.read));
    DECANT_TRY_ASSIGN(const auto held, postgres::held_tables(*connection_));
    std::map<std::string, std::string> mine;
    std::set<std::string> numbers;
    for (const auto& [table, file] : held) {
      if (before.contains(table) && !relation.tables.contains(table)) continue;
      numbers.insert(table);
      mine.emplace(table, file);
    }
    DECANT_TRY_ASSIGN(const std::string unsteady, look_at(relation, entity.read));
    if (!relation.is_one_table()) {
      DECANT_TRY_ASSIGN(mine, postgres::with_children(*connection_, std::move(mine)));
    }
    DECANT_TRY(check_seen_by_snapshot(relation, mine));
    std::vector<std::string> tables;
    for (const auto& [table, file] : mine) tables.push_back(table + ":" + file);

    DECANT_TRY_ASSIGN(CensusResult taken, postgres::take_census(*connection_, job, entity, request,
                                                                relation, time_zone_));
    DECANT_TRY_ASSIGN(taken.not_held, postgres::foreign_tables(*connection_, numbers));
    if (is_cut(entity.read)) taken.unsteady = unsteady;
    for (CensusExtent& counted : taken.extents) {
      counted.extent.tables = join(tables, ",");
      if (counted.extent.end_block > 0) counted.extent.snapshot = content_;
    }
    return taken;
  }

  // Who waited for a TRUNCATE to be committed sees nothing where rows were, and are again.
  Status check_seen_by_snapshot(const postgres::Relation& relation,
                                const std::map<std::string, std::string>& tables) {
    DECANT_TRY_ASSIGN(const std::string written,
                      postgres::written_since_snapshot(*connection_, tables));
    if (written.empty()) return {};
    return fail(ErrorCode::kSourceChanged,
                relation.from + ": " + written +
                    " was made, attached, detached, emptied or written anew (CREATE, ATTACH, "
                    "DETACH, TRUNCATE, ALTER TABLE, CLUSTER, VACUUM FULL, REFRESH) after the run "
                    "had taken its snapshot, which does not "
                    "see its rows.",
                k_again);
  }

  // What answers by the order of rows answers the same without parallel workers, as far as
  // PostgreSQL can. Asked for each read: a setting that a task leaves behind is the session's.
  Result<std::string> look_at(const postgres::Relation& relation, const ReadSpec& read) {
    DECANT_TRY_ASSIGN(std::string unsteady, postgres::explain_read(*connection_, relation, read));
    if (!unsteady.empty()) DECANT_TRY(connection_->run("SET max_parallel_workers_per_gather = 0"));
    return unsteady;
  }

  // A snapshot holds rows and not names: by the time that this session asks for one, another table
  // may have it, or a view may show another; or its rows were written anew, and lie elsewhere, or
  // are there for every snapshot (REFRESH MATERIALIZED VIEW). From its first read on this session
  // keeps them as they are.
  Status check_tables(const Extent& extent, const postgres::Relation& relation) {
    if (extent.tables.empty()) return {};
    DECANT_TRY_ASSIGN(auto held, postgres::held_tables(*connection_));
    if (!relation.is_one_table()) {
      DECANT_TRY_ASSIGN(held, postgres::with_children(*connection_, std::move(held)));
    }
    for (const std::string& counted : split(extent.tables, ',')) {
      const std::size_t colon = counted.find(':');
      const auto found = held.find(counted.substr(0, colon));
      if (found != held.end() && found->second == counted.substr(colon + 1)) continue;
      return fail(ErrorCode::kSourceChanged,
                  relation.from +
                      (found == held.end()
                           ? " no longer reads the table that was counted: one took the name of "
                             "another, or a view was changed, in the run."
                           : " was written anew (CLUSTER, VACUUM FULL, TRUNCATE, ALTER TABLE, "
                             "REFRESH) while it was read: its rows lie elsewhere now."),
                  k_again);
    }
    return check_seen_by_snapshot(relation, held);
  }

  // Whoever holds a lock that is waited for here in vain, or cancels, costs this read alone.
  Result<postgres::Relation> described_for(const ReadSpec& read, const Extent& extent) {
    DECANT_TRY_ASSIGN(postgres::Relation relation,
                      postgres::describe_in_savepoint(*connection_, read));
    DECANT_TRY(look_at(relation, read));
    DECANT_TRY(check_tables(extent, relation));
    return relation;
  }

  // Shops have the same tables: what a server says is told with the server that said it.
  Error placed(Error error, const EntitySpec& entity) const {
    constexpr std::string_view k_engine = "PostgreSQL: ";
    if (error.message.starts_with(k_engine)) {
      error.message = "PostgreSQL (host " + connection_->host() + ", database " +
                      connection_->database() + "): " + error.message.substr(k_engine.size());
    }
    // Whoever holds the lock lets it go some time: it is waited for once more.
    if (error.sqlstate == "55P03") error.code = ErrorCode::kTimeout;
    return std::move(error).at(ErrorPlace{{}, entity.name, store_, {}});
  }

  // A row that is changed moves to another block: under two snapshots it would be read twice, or
  // not at all. A task may be told of snapshots of several tasks, some of them taken when the first
  // was lost.
  Status check_snapshot_of_blocks(const Extent& extent) const {
    const bool is_another = !extent.snapshot.empty() && extent.snapshot != content_;
    if (!snapshot_is_lost_ && !is_another) return {};
    return fail(ErrorCode::kUnreachable,
                "The snapshot that the table is read under is gone with the workers that held it.",
                k_again);
  }

  Result<std::unique_ptr<RowSource>> open_rows(const ReadRequest& request) {
    DECANT_TRY(connection_->take_bytes(false));
    const Extent& extent = request.extent;
    const auto described = postgres::under_savepoint(
        *connection_, [&] { return described_for(request.entity->read, extent); });
    if (!described) return fail(described.error());
    const postgres::Relation& relation = *described;
    // Ranges of values stay what they are, but for those that are read in some blocks only.
    if (extent.kind == ExtentKind::kBlocks || extent.end_block > 0)
      DECANT_TRY(check_snapshot_of_blocks(extent));
    DECANT_TRY_ASSIGN(const std::vector<postgres::RelationColumn> columns,
                      postgres::pick_columns(relation, request.columns));
    DECANT_TRY_ASSIGN(const std::string where, condition_of(request));
    DECANT_TRY(connection_->take_bytes(true));  // what is no text is found row by row
    return postgres::open_copy(*connection_, columns, relation.from, where,
                               {*request.entity, request.columns});
  }

  std::unique_ptr<Connection> connection_;
  std::string store_;
  std::string time_zone_;
  std::string content_;            // of its snapshot (snapshot_text.h)
  bool snapshot_is_lost_ = false;  // this session has one of its own, and should not
};

}  // namespace

Result<std::unique_ptr<Source>> open_postgres_source(const SourceRequest& request) {
  postgres::ConnectOptions options;
  options.application_name = request.application_name;
  options.idle_in_transaction_timeout_ms = k_snapshot_idle_ms;
  options.is_source = true;
  auto connection = Connection::open(request.connection, options);
  if (!connection) {
    const std::string store = request.store != nullptr ? request.store->name : std::string();
    return fail(std::move(connection).error().at(ErrorPlace{{}, {}, store, {}}));
  }
  auto source = std::make_unique<PostgresSource>(std::move(*connection), request);
  DECANT_TRY(source->begin(request.snapshots));
  return source;
}

}  // namespace decant
