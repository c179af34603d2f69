// What an existing table must be like before rows are put into it. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/connector/target.h"
#include "common/ledger/ledger.h"

namespace decant {

// Loads by key find a row by its key alone and several workers load at once, so that only a unique
// index keeps a row of one store from standing for another's. kMismatch where the table has rows
// and no such index on the key, in any order, unless the ledger says that a first load of ours is
// not through (the key is built after it).
Status check_unique_key(const WriteSpec& write, const TableShape& table,
                        const std::optional<TableRecord>& known);

// kMismatch where the table cannot tell which of two values of the column is the later one.
Status check_latest_by(const WriteSpec& write, const TableShape& table);

// `names` are the tables' resolved names. kUsage where two entities write one table and either
// replaces what it finds there.
Status check_shared_tables(const JobSpec& job, const std::map<std::string, std::string>& names);

// kUsage where a table lies in the schema of the ledger, or would be made there: an unqualified
// name does, for a PostgreSQL user who is called like that schema.
Status check_outside_ledger(const JobSpec& job, const std::map<std::string, std::string>& names);

// kMismatch where chunks are to be deleted whole, for want of a key, and more than their rows would
// go with them.
Status check_deletable(const EntityPlan& plan, const TableShape& table);

// kMismatch where the table's store column is of a type of PostgreSQL's own that it compares with
// no text: once rows are there, those of a store would be found by none.
Status check_store_type(const EntityPlan& plan, const TableShape& table);

// kMismatch where a column of the table takes no NULL, has no default and is not filled.
Status check_required_columns(const EntityPlan& plan, const TableShape& table);

// Two entities of one run whose table is not there yet: `first` makes it. kUsage where it would
// lack columns of `second`, or have another key, or a column that takes no NULL and that `second`
// does not fill.
Status check_made_together(const EntityPlan& first, const EntityPlan& second);

// `loaded` are the resolved names of the tables that the entity's live batches are of, `name` that
// of its table in the job. kUsage where rows are in another table, which nothing would follow any
// more.
Status check_same_table(const EntitySpec& entity, const std::string& name,
                        const std::vector<std::string>& loaded);

// False without any names: there is nothing to look at.
bool has_columns(const TableShape& table, const std::vector<std::string>& names);

// Whether a unique index or constraint is on exactly the columns of the key, in any order.
bool has_unique_key(const WriteSpec& write, const TableShape& table);

// Whether the key is still to be built: made or found empty by us, and the first load goes on.
bool is_unkeyed(const TableRecord& table);

}  // namespace decant
