// KeyPlaces: where rows of the table stand whose keys a task would insert again (load_sql.h,
// LoadStatements::elsewhere), each place once.
#pragma once

#include <memory>
#include <set>
#include <vector>

#include "common/connector/load_plan.h"
#include "common/connector/target.h"
#include "common/value/batch.h"

namespace decant {

class KeyPlaces {
 public:
  explicit KeyPlaces(const EntityPlan& plan);

  // `row` holds the row of the table, and the chunk that wants its key.
  Status take(const RefusedRow& row);
  std::vector<KeyPlace> list() const { return {places_.begin(), places_.end()}; }

 private:
  std::shared_ptr<const Schema> schema_;
  int store_column_ = -1;
  int range_column_ = -1;
  RowBatch row_;
  std::set<KeyPlace> places_;
};

}  // namespace decant
