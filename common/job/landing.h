// Where a column of the source lands, and by which column of the target rows are found: one answer
// for the census, which counts rows as that column's values, and for the plan, which cuts and finds
// them by it.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/job/entity_plan.h"
#include "common/job/job_spec.h"

namespace decant {

// The type of a column in the target: the declared one, no wider than the table's; else the
// table's; else the whole kind of the source's. Either pointer may be null.
Type landed_type(const Type& source, const ColumnSpec* spec, const Field* existing);

// Puts columns into the order that the table has them in, behind them those that it has not.
void order_like(const Schema& table, std::vector<ColumnPlan>& columns);

// The columns that a plan will have for one of the source's, in its order. `table` is as the plan
// will find it; without fields: it is not there yet, and nobody knows more of it than the entity.
std::vector<ColumnPlan> columns_that_take(const EntitySpec& entity, const Field& source,
                                          const Schema& table);

// Of a plan's columns, in its order, the one by which ranges are cut: the first that the time or
// key lands in unchanged, rather one of the key; null: none.
const ColumnPlan* column_of_range(const EntitySpec& entity, const std::vector<ColumnPlan>& columns);
// The one that says the store, which comes from `source_store`, or where that is empty from the
// constant {store}: the named one, else the last of the key, else the first; null: none.
const ColumnPlan* column_of_store(const EntitySpec& entity, const std::string& source_store,
                                  const std::vector<ColumnPlan>& columns);

// How the values of the source's store column become names of stores: as those of the target's
// column that says the store. `column` is empty where no plan could take one; then as its texts.
struct StoreReading {
  std::string column;
  Type type;
  ConvertOptions options;
};
StoreReading reading_of_store(const EntitySpec& entity, const Field& source, const Schema& table,
                              const std::string& time_zone);

// kUsage: whatever the source holds, the time or key has no type by which rows can be cut.
Status check_range_columns(const EntitySpec& entity, const Schema& table);

// What the job says of the table that an entity will make: what is declared, and where its files
// have no types, text. It may lack columns.
Schema columns_to_make(const EntitySpec& entity);

}  // namespace decant
