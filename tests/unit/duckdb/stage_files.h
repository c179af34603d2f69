// Stage files of columns that are made from text, for the tests of what writes and reads them.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "common/connector/duckdb/stage_writer.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {

inline std::vector<duck::StageColumn> stage_columns_of(const Schema& schema) {
  std::vector<duck::StageColumn> columns;
  for (const Field& field : schema.fields) columns.push_back({field.name, field.type});
  return columns;
}

inline Schema schema_of(const std::vector<PlanColumn>& columns) {
  return plan_of("t", columns, {}).target_schema();
}

inline Status add_all(duck::StageWriter& writer, const RowBatch& batch) {
  std::vector<const Column*> columns;
  for (const Column& column : batch.columns) columns.push_back(&column);
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < batch.rows; ++row) rows.push_back(row);
  return writer.add(columns, rows);
}

// The path, once the file is whole.
inline std::string write_stage(const std::string& path, const RowBatch& batch) {
  auto writer = duck::StageWriter::create(path, stage_columns_of(*batch.schema));
  if (!writer) throw std::runtime_error(writer.error().to_string());
  for (const Status& status : {add_all(**writer, batch), (*writer)->finish()}) {
    if (!status) throw std::runtime_error(status.error().to_string());
  }
  return path;
}

inline std::string write_stage(const std::string& path, const std::vector<PlanColumn>& columns,
                               const std::vector<TextRow>& rows) {
  return write_stage(path, batch_of(schema_of(columns), rows));
}

// As it stands in FROM.
inline std::string relation_of(const std::vector<std::string>& paths) {
  std::string list;
  for (const std::string& path : paths) list += (list.empty() ? "'" : ", '") + path + "'";
  return "decant_stage([" + list + "])";
}

}  // namespace decant::test
