#include "common/connector/files/file_counter.h"

#include "common/connector/chunk_digester.h"
#include "common/job/slice.h"
#include "common/job/store_name.h"

namespace decant {
namespace {

constexpr std::size_t k_most_stores = 100'000;

// A column of the batch as the copy will hold it.
struct ConvertedColumn {
  std::size_t position = 0;
  std::unique_ptr<ColumnConverter> converter;
  Column values;
  RowFaults faults;
  Type type;

  Status prepare(const Schema& schema, std::size_t at, const Type& to,
                 const ConvertOptions& options) {
    position = at;
    type = to;
    DECANT_TRY_ASSIGN(converter,
                      make_converter(schema.fields[at].type, to, options, schema.fields[at].name));
    return {};
  }
  void convert(RowBatch& batch) {
    faults.reset(batch.rows);
    values.reset(type);
    converter->convert(batch.columns[position], batch.rows, values, batch.arena, faults);
  }
  bool has_value(std::size_t row) const { return values.valid[row] != 0 && !faults.has(row); }
};

}  // namespace

Result<FileCounts> count_file(std::unique_ptr<OpenedFile> file, const CountPlan& plan) {
  std::vector<std::string> columns;
  if (!plan.store_column.empty()) columns.push_back(plan.store_column);
  if (!plan.range_column.empty()) columns.push_back(plan.range_column);
  DECANT_TRY_ASSIGN(const auto rows, std::move(*file).rows(columns));
  const std::shared_ptr<const Schema> schema = rows->schema();

  ConvertedColumn store;
  ConvertedColumn range;
  if (!plan.store_column.empty()) {
    DECANT_TRY(store.prepare(*schema, 0, plan.stores.type, plan.stores.options));
  }
  if (!plan.range_column.empty()) {
    DECANT_TRY(range.prepare(*schema, columns.size() - 1, plan.range_type, plan.convert));
  }

  FileCounts counts;
  DayCounter days(plan.range_type.kind, plan.days, plan.zone_of);
  RowBatch batch;
  std::vector<Reject> faults;
  std::int64_t next_mark = plan.mark_bytes;
  for (;;) {
    faults.clear();  // the copy will find them again and count them
    DECANT_TRY_ASSIGN(const bool more, rows->next(batch, faults));
    counts.faulty_rows += static_cast<std::int64_t>(faults.size());
    if (!more) break;
    if (const auto mark = rows->mark(); mark && mark->byte >= next_mark) {
      counts.marks.push_back(*mark);
      next_mark = mark->byte + plan.mark_bytes;
    }
    if (store.converter) store.convert(batch);
    if (range.converter) range.convert(batch);
    std::string scratch;
    std::string_view name = plan.fixed_store;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (store.converter) {
        name = store.has_value(row) ? store_name(store.values, row, scratch) : k_unknown_store;
        if (is_reserved_store(name)) name = k_unknown_store;
      }
      const std::optional<std::int64_t> value = range.converter != nullptr && range.has_value(row)
                                                    ? range_value(range.values, row)
                                                    : std::nullopt;
      if (!plan.is_key) {
        if (range.converter && range.faults.has(row)) {
          days.add_unreadable(name);
        } else {
          days.add(name, value);
        }
        continue;
      }
      auto found = counts.keys.find(name);
      if (found == counts.keys.end()) found = counts.keys.emplace(name, StoreKeys{}).first;
      if (value) {
        found->second.keys.add(*value);
      } else {
        ++found->second.keyless_rows;
      }
    }
    if (days.store_count() > k_most_stores || counts.keys.size() > k_most_stores) {
      return fail(ErrorCode::kUsage,
                  "The column " + plan.store_column + " has more than 100,000 different values.",
                  "`from_column:` should name the column that says the store.");
    }
  }
  counts.days = days.take();
  return counts;
}

}  // namespace decant
