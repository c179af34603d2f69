#include "common/connector/key_places.h"

#include "common/connector/chunk_digester.h"
#include "common/job/store_name.h"
#include "common/value/canonical.h"

namespace decant {

KeyPlaces::KeyPlaces(const EntityPlan& plan)
    : schema_(std::make_shared<const Schema>(plan.target_schema())) {
  if (!plan.store_column.empty()) store_column_ = schema_->find(plan.store_column);
  if (plan.has_ranges()) range_column_ = schema_->find(plan.range_column);
}

Status KeyPlaces::take(const RefusedRow& row) {
  row_.reset(schema_);
  DECANT_TRY(append_row_from_canonical(row.canonical_row, row_));
  KeyPlace place;
  place.chunk = row.chunk;
  if (store_column_ >= 0) {
    const Column& store = row_.columns[static_cast<std::size_t>(store_column_)];
    std::string scratch;
    place.store = store.valid[0] == 0 ? k_unknown_store : store_name(store, 0, scratch);
  }
  if (range_column_ >= 0)
    place.value = range_value(row_.columns[static_cast<std::size_t>(range_column_)], 0);
  places_.insert(std::move(place));
  return {};
}

}  // namespace decant
