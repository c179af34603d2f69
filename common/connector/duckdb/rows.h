// Rows of a query as batches, streamed. Private to this folder.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/duckdb/database.h"
#include "common/connector/duckdb/vector_read.h"
#include "common/connector/row_text.h"
#include "common/connector/source.h"
#include "common/value/convert.h"

namespace decant::duck {

// Types of a query's columns as Decant has them, without running it. Those that are not direct are
// text.
Result<Schema> describe_query(Connection& connection, const std::string& sql,
                              std::string_view what);

// Whether vectors of the type `found` can be read as a column of `wanted` as they are.
bool has_form_of(const Type& found, const Type& wanted);

// A SELECT list that casts columns of `relation` to text where they can only be read so; `names` in
// their order. The relation is a quoted table or a subquery in parentheses. kMismatch for a name
// that is no column, with the nearest.
Result<std::string> readable_list(Connection& connection, const std::string& relation,
                                  const std::vector<std::string>& names, std::string_view what);

// Of columns of such types that have arrays of a fixed size, the types with lists in their place:
// by these their texts are read, since DuckDB 1.4 quotes no text of an array, so that ['NULL'] and
// [NULL] would be one.
std::map<std::string, std::string> types_with_lists(const Schema& described);

// A literal of exactly this file: characters that DuckDB would take for a pattern are enclosed.
std::string file_literal(const std::string& path);
// The same from what describe_query told of the relation.
Result<std::string> readable_list(const Schema& described, const std::vector<std::string>& names,
                                  std::string_view what);

// read_parquet of exactly this file.
std::string parquet_relation(const std::string& path);

class QueryRows final : public RowSource {
 public:
  // Runs `sql` over `connection`, which is the stream's alone. With `as` the fields have those
  // names and types: what the query holds in another form is converted, exactly or not at all.
  static Result<std::unique_ptr<QueryRows>> open(std::shared_ptr<Connection> connection,
                                                 const std::string& sql,
                                                 std::shared_ptr<const Schema> as,
                                                 std::string_view what);

  // Rows with a value that our types cannot hold are told by it.
  void name_rows_by(SourceKey key) { key_ = std::move(key); }
  // Columns whose form is given are `types` of the same place, and not what the query says of them.
  // Before take_places.
  void read_as(const std::vector<Type>& types, const std::vector<VectorForm>& forms);
  // The query's last column is the number of the row in its file: it becomes RowBatch::places, and
  // is no column of the batch.
  void take_places();

  std::shared_ptr<const Schema> schema() const override { return has_places_ ? given_ : schema_; }
  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override;

 private:
  QueryRows() = default;

  Status convert_to_schema(const Schema& own);
  Result<bool> read(RowBatch& batch, std::shared_ptr<const Schema> as, std::vector<Reject>& faults);

  std::shared_ptr<Connection> connection_;  // outlives what was made from it
  Prepared statement_;
  QueryResult result_;
  std::vector<VectorForm> forms_;
  std::shared_ptr<const Schema> schema_;
  std::string what_;
  SourceKey key_;
  bool has_places_ = false;
  std::shared_ptr<const Schema> given_;  // schema_ without the number
  bool at_end_ = false;
  std::vector<std::unique_ptr<ColumnConverter>> converters_;  // empty: all come as they are
  std::shared_ptr<const Schema> found_;                       // what is converted
  RowBatch found_rows_;
};

}  // namespace decant::duck
