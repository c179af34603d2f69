#include "common/connector/read_back_rows.h"

#include <algorithm>

#include "common/connector/key_sql.h"
#include "common/connector/load_sql.h"
#include "common/connector/row_text.h"
#include "common/job/store_name.h"
#include "common/value/convert.h"

namespace decant {

ReadBackRows::ReadBackRows(const EntityPlan& plan, const std::vector<ChunkSpec>& chunks,
                           ControlSums sums)
    : plan_(plan),
      chunks_(chunks),
      by_keys_(keeps_keys(plan)),
      schema_(std::make_shared<const Schema>(plan.target_schema())),
      router_(plan, chunks),
      digester_(std::move(sums), chunks.size(), columns_left_to_others(plan)) {
  // Without a store column one store alone feeds the table.
  if (!chunks.empty()) only_store_ = chunks.front().slice.store;
  range_column_ = schema_->find(plan.range_column);
  store_column_ = schema_->find(plan.store_column);
}

Result<std::unique_ptr<ReadBackRows>> ReadBackRows::make(const EntityPlan& plan,
                                                         const std::vector<ChunkSpec>& chunks,
                                                         SelectedRanges selected,
                                                         std::vector<std::string> selected_stores,
                                                         std::vector<std::string> left_out_stores) {
  DECANT_TRY_ASSIGN(ControlSums sums, ControlSums::make(plan.control_sums, plan.target_schema()));
  std::unique_ptr<ReadBackRows> rows(new ReadBackRows(plan, chunks, std::move(sums)));
  rows->selected_ = std::move(selected);
  rows->selected_stores_ = std::move(selected_stores);
  rows->left_out_stores_ = std::move(left_out_stores);
  return rows;
}

std::string ReadBackRows::select(std::string_view job, std::string_view ledger_schema) const {
  return by_keys_ ? select_owned_rows(plan_, job, ledger_schema, chunks_) : std::string();
}

Status ReadBackRows::take_all(RowSource& source, const std::function<bool(std::int64_t)>& go_on) {
  // The table's own types are read; where they are not the plan's, each column is converted
  // exactly.
  const auto found = source.schema();
  if (by_keys_ && (found->fields.size() != schema_->fields.size() + 1 ||
                   found->fields.back().name != k_chunk_column)) {
    return fail(ErrorCode::kInternal,
                "Rows of " + plan_.write.table + " came without their chunks.");
  }
  std::vector<std::unique_ptr<ColumnConverter>> converters(schema_->fields.size());
  bool converts = false;
  for (std::size_t i = 0; i < schema_->fields.size(); ++i) {
    const Field& field = schema_->fields[i];
    if (i >= found->fields.size()) {
      return fail(ErrorCode::kMismatch,
                  plan_.write.table + " has lost the column " + field.name + ".",
                  "Compare the table with the job file.");
    }
    if (found->fields[i].type == field.type) continue;
    DECANT_TRY_ASSIGN(converters[i], make_converter(found->fields[i].type, field.type,
                                                    ConvertOptions{}, field.name));
    converts = true;
  }
  RowBatch batch;
  RowBatch converted;
  RowFaults row_faults;
  std::vector<Reject> faults;
  std::vector<int> chunk_of_row;
  for (;;) {
    DECANT_TRY_ASSIGN(const bool more, source.next(batch, faults));
    // What cannot be read was put there by nobody of ours and lies in no chunk that can be told.
    foreign_rows_ += static_cast<std::int64_t>(faults.size());
    row_count_ += static_cast<std::int64_t>(faults.size());
    faults.clear();
    if (by_keys_) take_chunks(batch, chunk_of_row);
    if (converts) {
      converted.reset(schema_);
      converted.rows = batch.rows;
      row_faults.reset(batch.rows);
      for (std::size_t i = 0; batch.rows > 0 && i < converters.size(); ++i) {
        if (converters[i]) {
          converters[i]->convert(batch.columns[i], batch.rows, converted.columns[i],
                                 converted.arena, row_faults);
        } else {
          std::swap(converted.columns[i], batch.columns[i]);
        }
      }
      if (row_faults.count() > 0) {
        return fail(ErrorCode::kMismatch,
                    plan_.write.table + " holds values that do not fit the job's types: " +
                        row_faults.entries().front().reject.column + ".",
                    "Declare the column's type as the table has it.");
      }
    }
    const RowBatch& rows = converts ? converted : batch;
    place_rows(rows, chunk_of_row);
    digester_.add(rows, chunk_of_row, {});
    row_count_ += static_cast<std::int64_t>(rows.rows);
    if (!more) return {};
    if (!go_on(row_count_)) return fail(ErrorCode::kCancelled, "The read-back was called off.");
  }
}

// The last column is no part of the row: it says whose it is.
void ReadBackRows::take_chunks(RowBatch& batch, std::vector<int>& chunk_of_row) const {
  chunk_of_row.resize(batch.rows);
  if (batch.columns.size() != schema_->fields.size() + 1) return;  // an empty batch at the end
  const Column& chunk = batch.columns.back();
  for (std::size_t row = 0; row < batch.rows; ++row)
    chunk_of_row[row] = static_cast<int>(chunk.words[row]);
  batch.columns.pop_back();
}

void ReadBackRows::place_rows(const RowBatch& rows, std::vector<int>& chunk_of_row) {
  constexpr std::size_t k_most_stores = 100;
  if (!by_keys_) router_.route(rows, only_store_, chunk_of_row);
  std::string scratch;
  for (std::size_t row = 0; row < rows.rows; ++row) {
    if (!by_keys_ && chunk_of_row[row] >= 0) continue;
    const std::string_view store = store_of(rows, row, scratch);
    if (!is_in_range(rows, row, store)) continue;
    if (is_selected(store)) {
      ++(by_keys_ ? claimed_rows_ : foreign_rows_);
      if (!by_keys_ && first_foreign_.empty()) first_foreign_ = placed_row_text(plan_, rows, row);
    } else if (!by_keys_) {
      const bool is_full = other_stores_.size() >= k_most_stores;
      const std::string name(store);
      ++other_stores_[is_full && other_stores_.count(name) == 0 ? "others" : name];
    }
  }
}

bool ReadBackRows::is_in_range(const RowBatch& batch, std::size_t row,
                               std::string_view store) const {
  if (range_column_ < 0) return true;
  const auto value = range_value(batch.columns[static_cast<std::size_t>(range_column_)], row);
  return value ? selected_.of(store).contains(*value) : selected_.is_open();
}

std::string_view ReadBackRows::store_of(const RowBatch& batch, std::size_t row,
                                        std::string& scratch) const {
  if (store_column_ < 0) return only_store_;
  const Column& store = batch.columns[static_cast<std::size_t>(store_column_)];
  if (store.valid[row] == 0) return k_unknown_store;
  const std::string_view name = store_name(store, row, scratch);
  return name.empty() ? k_unknown_store : name;
}

// Without a store column all rows are the run's.
bool ReadBackRows::is_selected(std::string_view store) const {
  const auto has = [&](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), store) != names.end();
  };
  if (store_column_ < 0) return true;
  return selected_stores_.empty() ? !has(left_out_stores_) : has(selected_stores_);
}

}  // namespace decant
