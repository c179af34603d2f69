#include "tests/unit/duckdb/fixture.h"

#include <algorithm>
#include <stdexcept>

#include "common/connector/chunk_digester.h"
#include "common/connector/duckdb/duckdb_target.h"
#include "common/connector/duckdb/stage_loader.h"
#include "common/value/convert.h"

namespace decant::test {
namespace {

// A test that cannot be set up fails where it stands.
template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().to_string());
  return std::move(*result);
}

}  // namespace

EntityPlan plan_of(const std::string& table, const std::vector<PlanColumn>& columns,
                   const std::vector<std::string>& key) {
  EntityPlan plan;
  plan.entity = "ventas";
  plan.write.table = table;
  plan.write.key = key;
  for (const PlanColumn& column : columns) {
    ColumnPlan out;
    out.name = column.name;
    out.type = must(parse_type(column.type));
    out.nullable = column.nullable;
    out.from = column.name;
    out.source_type = out.type;
    plan.columns.push_back(out);
    if (column.name == "fecha") {
      plan.range_column = column.name;
      plan.range_kind = out.type.kind;
    }
    if (column.name == "tienda") plan.store_column = column.name;
  }
  return plan;
}

EntityPlan small_plan() {
  return plan_of("t", {{"id", "int64", false}, {"nombre", "text"}}, {"id"});
}

RowBatch batch_of(const Schema& schema, const std::vector<TextRow>& rows) {
  RowBatch batch;
  batch.reset(std::make_shared<const Schema>(schema));
  batch.rows = rows.size();
  ConvertOptions options;
  options.null_texts.clear();
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    Column text;
    text.reset({TypeKind::kText});
    text.resize(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      text.valid[row] = rows[row][i].has_value() ? 1 : 0;
      if (rows[row][i]) text.views[row] = batch.arena.copy(*rows[row][i]);
    }
    RowFaults faults;
    faults.reset(rows.size());
    const Field& field = schema.fields[i];
    const auto converter = must(make_converter({TypeKind::kText}, field.type, options, field.name));
    converter->convert(text, rows.size(), batch.columns[i], batch.arena, faults);
    if (faults.count() != 0) throw std::runtime_error(faults.entries()[0].reject.reason);
  }
  return batch;
}

ChunkSpec month_chunk(const std::string& store, int year, int month) {
  ChunkSpec chunk;
  chunk.slice = {"ventas", store, format_month(year, month)};
  chunk.range = must(month_range(year, month, TypeKind::kDate, TimeZone()));
  return chunk;
}

ChunkSpec undated_chunk(const std::string& store) {
  ChunkSpec chunk;
  chunk.slice = {"ventas", store, std::string(k_undated)};
  return chunk;
}

ChunkSpec whole_chunk() {
  ChunkSpec chunk;
  chunk.slice = {"ventas", std::string(k_all), std::string(k_all)};
  return chunk;
}

LoadPlan load_plan(const EntityPlan& entity, LoadMethod method, std::vector<ChunkSpec> chunks,
                   const std::string& folder) {
  LoadPlan plan;
  plan.entity = entity;
  plan.method = method;
  plan.chunks = std::move(chunks);
  plan.ledger_schema = "decant";
  plan.run_id = "20240831T210500Z-k3f9";
  plan.task_id = 7;
  plan.stage_folder = folder;
  return plan;
}

std::vector<int> all_chunks(const LoadPlan& plan) {
  std::vector<int> out;
  for (std::size_t i = 0; i < plan.chunks.size(); ++i) out.push_back(static_cast<int>(i));
  return out;
}

std::string stage(const LoadPlan& plan, const std::vector<TextRow>& rows) {
  const RowBatch batch = batch_of(plan.entity.target_schema(), rows);
  std::vector<int> chunk_of_row;
  RowRouter(plan.entity, plan.chunks).route(batch, k_all, chunk_of_row);
  const auto factory = make_duckdb_loader_factory();
  const auto loader = must(factory->begin(plan));
  if (const Status status = loader->write(batch, chunk_of_row); !status) {
    throw std::runtime_error(status.error().to_string());
  }
  std::vector<RefusedRow> none;
  return must(loader->finish(all_chunks(plan), take_into(none), no_ledger())).stage_file;
}

LedgerWrites no_ledger() {
  return [](SqlSession&, const LoadOutcome&) { return Status(); };
}

Result<Loaded> commit(Target& target, const LoadPlan& plan, const std::string& stage_file,
                      const std::vector<int>& chunks, const LedgerWrites& ledger) {
  Loaded loaded;
  DECANT_TRY_ASSIGN(
      static_cast<LoadOutcome&>(loaded),
      target.commit_stage(plan, stage_file, chunks, take_into(loaded.refused), ledger));
  return loaded;
}

Loaded load(Target& target, const LoadPlan& plan, const std::vector<TextRow>& rows) {
  return must(commit(target, plan, stage(plan, rows), all_chunks(plan)));
}

std::vector<TextRow> rows_of(Target& target, const std::string& sql) {
  std::vector<TextRow> rows = must(target.sql().query(sql));
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::unique_ptr<Target> open_target(const std::string& path) {
  return must(open_duckdb_target(path));
}

}  // namespace decant::test
