// The foreign keys of a target by which rows of other tables refer to those of one that is loaded.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant {

// A foreign key of `table` (as it stands in FROM) by which its rows refer to another table's.
struct Reference {
  std::string table;
  std::vector<std::string> columns, referenced;         // pairs
  std::vector<std::string> collations;                  // of `referenced`, quoted; empty: none
  bool refuses_delete = false, refuses_update = false;  // rather than to cascade
  // ON DELETE NO ACTION: a row that is there again when the statement has ended was not deleted.
  bool waits = false;
  bool deletes = false;  // ON DELETE CASCADE: rows of `table` go with what they refer to
  bool changes = false;  // ON DELETE SET NULL or SET DEFAULT
  bool follows() const { return deletes || changes; }
  bool follows_update = false;  // ON UPDATE CASCADE, SET NULL or SET DEFAULT
  bool is_own = false;          // of the table itself
  // Else whether a row is referred to is for the foreign key itself to say.
  bool can_read = true;
  // Where it deletes: those that refer to `table`. What they refuse, all of it refuses.
  std::vector<Reference> next;
};

// The foreign keys that refer to `table`, dotted as in the job.
Result<std::vector<Reference>> references_to(SqlSession& sql, const std::string& table);

// Of these and of those behind a cascade: the tables of which a DELETE takes rows along, or changes
// some, each once.
std::vector<std::string> tables_that_follow(const std::vector<Reference>& references);

// The referenced columns of which an UPDATE changes rows of other tables.
std::vector<std::string> columns_that_rows_follow(const std::vector<Reference>& references);

}  // namespace decant
