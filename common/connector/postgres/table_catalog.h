// Tables of a target: what the catalog says of them, and the statements that make and finish them.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/sql_session.h"
#include "common/connector/target.h"

namespace decant::postgres {

class TableCatalog {
 public:
  // `session` must outlive the catalog.
  explicit TableCatalog(SqlSession& session) : session_(session) {}

  // Triggers and rules that an INSERT or UPDATE fires, as a person is told of them.
  Result<std::vector<std::string>> row_changers(const std::string& quoted_table);
  Result<bool> exists(const std::string& table);
  // schema.table as search_path finds it, or where CREATE TABLE would put it.
  Result<std::string> resolve_name(const std::string& table);
  // All of a TableShape but its schema.
  Result<TableShape> shape(const std::string& table);
  Status create(const EntityPlan& plan);
  // Two steps, each of which a crash may interrupt and a later call continues: a unique index, then
  // the constraint that takes it over. Where the table has another primary key, the index alone.
  // kDataRefused when keys are there more than once.
  Status build_key(const EntityPlan& plan);
  Status build_key_index(const EntityPlan& plan);  // the first of the two
  // Blocks of the table, or of its largest partition; -1 where it is not a heap (a view, a foreign
  // table).
  Result<std::int64_t> block_count(const std::string& table);

  // The columns of each full unique index, the primary key's first.
  Result<std::vector<std::vector<std::string>>> unique_keys(const std::string& table);
  // Whether the collation or type of any of these columns takes two spellings for one.
  Result<bool> is_loose(const std::string& table, const std::vector<std::string>& columns);

 private:
  Result<std::string> free_name(const std::string& table);  // for the index of its key
  Result<bool> has_index(const std::string& table, const std::vector<std::string>& columns);
  SqlSession& session_;
};

}  // namespace decant::postgres
