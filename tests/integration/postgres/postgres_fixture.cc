#include "tests/integration/postgres/postgres_fixture.h"

namespace decant::test {
namespace {

// The program's server: started by the first test, stopped by GoogleTest at the end.
class ServerEnvironment final : public testing::Environment {
 public:
  void TearDown() override { server_.reset(); }
  Result<PostgresServer*> get() {
    if (!server_) {
      DECANT_TRY_ASSIGN(server_, PostgresServer::start());
    }
    return server_.get();
  }
  int next_database() { return ++databases_; }

 private:
  std::unique_ptr<PostgresServer> server_;
  int databases_ = 0;
};

ServerEnvironment* const k_environment =
    static_cast<ServerEnvironment*>(testing::AddGlobalTestEnvironment(new ServerEnvironment));

}  // namespace

PostgresServer& PostgresTest::server() { return *k_environment->get().value(); }

void PostgresTest::SetUp() {
  const auto started = k_environment->get();
  if (!started) {
    if (started.error().code == ErrorCode::kNotFound) GTEST_SKIP() << started.error().to_string();
    FAIL() << started.error().to_string();
  }
  database_ = "t" + std::to_string(k_environment->next_database());
  auto admin = value_of(open_postgres_target((*started)->url(), "decant tests"));
  ASSERT_TRUE(admin->sql().execute("CREATE DATABASE " + database_));
  url_ = (*started)->url(database_);
}

void PostgresTest::TearDown() { target_.reset(); }

Target& PostgresTest::target() {
  if (!target_) target_ = value_of(open_postgres_target(url_, "decant tests"));
  return *target_;
}

void PostgresTest::exec(const std::string& sql) {
  const auto done = target().sql().execute(sql);
  ASSERT_TRUE(done) << done.error().to_string() << "\n" << sql;
}

std::string PostgresTest::ask(const std::string& sql) {
  const std::vector<SqlRow> rows = value_of(target().sql().query(sql));
  return rows.empty() || !rows[0][0] ? "NULL" : *rows[0][0];
}

std::unique_ptr<Source> PostgresTest::source(const std::vector<std::string>& snapshots) {
  SourceRequest request;
  request.connection = url_;
  request.application_name = "decant/tests";
  request.snapshots = snapshots;
  return value_of(open_postgres_source(request));
}

EntitySpec PostgresTest::entity(const std::string& table, const std::string& time,
                                const std::string& key) {
  EntitySpec spec;
  spec.name = table;
  spec.read.table = table;
  spec.read.time = time;
  spec.read.key = key;
  return spec;
}

EntityPlan PostgresTest::plan(const std::string& from, const std::string& to,
                              const std::vector<std::string>& key) {
  const Schema schema = value_of(source()->describe(entity(from)));
  EntityPlan plan;
  plan.entity = from;
  plan.write.table = to;
  plan.write.key = key;
  for (const Field& field : schema.fields) {
    ColumnPlan column;
    column.name = column.from = field.name;
    column.type = column.source_type = field.type;
    column.nullable = field.nullable;
    plan.columns.push_back(std::move(column));
  }
  return plan;
}

LoadPlan PostgresTest::load_plan(EntityPlan entity, LoadMethod method,
                                 std::vector<ChunkSpec> chunks) {
  LoadPlan plan;
  plan.entity = std::move(entity);
  plan.method = method;
  plan.chunks = std::move(chunks);
  plan.ledger_schema = "decant";
  plan.run_id = "20240831T210500Z-k3f9";
  plan.task_id = 1;
  plan.application_name = "decant/tests/load";
  return plan;
}

SetDigest PostgresTest::digest(RowSource& rows) {
  SetDigest digest;
  RowHasher hasher;
  RowBatch batch;
  std::vector<Reject> faults;
  while (value_of(rows.next(batch, faults))) {
    for (std::size_t row = 0; row < batch.rows; ++row) digest.add(hasher.hash_row(batch, row));
  }
  EXPECT_TRUE(faults.empty());
  return digest;
}

SetDigest PostgresTest::digest(const std::string& table, const Extent& extent) {
  const auto reader = source();
  const EntitySpec spec = entity(table);
  ReadRequest request;
  request.entity = &spec;
  request.extent = extent;
  for (const Field& field : value_of(reader->describe(spec)).fields)
    request.columns.push_back(field.name);
  return digest(*value_of(reader->open(request)));
}

LedgerWrites PostgresTest::nothing() {
  return [](SqlSession&, const LoadOutcome&) { return Status(); };
}

Result<Loaded> PostgresTest::copy(const std::string& from, const LoadPlan& plan,
                                  const LedgerWrites& ledger) {
  const auto reader = source();
  const EntitySpec spec = entity(from);
  ReadRequest request;
  request.entity = &spec;
  for (const ColumnPlan& column : plan.entity.columns) request.columns.push_back(column.from);
  DECANT_TRY_ASSIGN(const std::unique_ptr<RowSource> rows, reader->open(request));
  DECANT_TRY_ASSIGN(const std::unique_ptr<TaskLoader> loader,
                    make_postgres_loader_factory(url_)->begin(plan));
  RowBatch batch;
  std::vector<Reject> faults;
  for (;;) {
    DECANT_TRY_ASSIGN(const bool more, rows->next(batch, faults));
    if (!more) break;
    DECANT_TRY(loader->write(batch, std::vector<int>(batch.rows, 0)));
  }
  return finish(*loader, {0}, ledger);
}

Result<Loaded> PostgresTest::finish(TaskLoader& loader, const std::vector<int>& chunks,
                                    const LedgerWrites& ledger) {
  Loaded loaded;
  DECANT_TRY_ASSIGN(static_cast<LoadOutcome&>(loaded),
                    loader.finish(chunks, take_into(loaded.refused), ledger));
  return loaded;
}

}  // namespace decant::test
