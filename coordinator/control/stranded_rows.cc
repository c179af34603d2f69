#include "coordinator/control/stranded_rows.h"

#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/connector/load_sql.h"
#include "common/connector/range_sql.h"
#include "common/job/store_name.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// What the ledger says that the table holds for a job, some of it loaded as the job was before.
struct Recorded {
  std::int64_t rows = 0;
  std::int64_t undated = 0;
  std::set<std::string> stores;
  bool is_of_before = false;
  bool has_ranges = true;  // all of it
};

Recorded recorded_rows(const EntityPlan& plan, const std::vector<ChunkRecord>& chunks) {
  Recorded out;
  for (const ChunkRecord& chunk : chunks) {
    const std::int64_t rows = chunk.loaded.digest.row_count;
    if (chunk.batch_count == 0 || rows == 0) continue;
    const ChunkSpec& spec = chunk.spec;
    out.rows += rows;
    out.undated += spec.is_undated() ? rows : 0;
    out.stores.insert(spec.slice.store);
    out.is_of_before = out.is_of_before || chunk.fingerprint != plan.fingerprint;
    out.has_ranges = out.has_ranges && (spec.is_undated() || spec.range.begin || spec.range.end);
  }
  return out;
}

// Whether a row has one of the stores, where the job says the store of its rows.
std::string is_of(Dialect dialect, const EntityPlan& plan, const std::set<std::string>& stores) {
  if (plan.store_column.empty() || !plan.source_store.empty()) return "TRUE";
  const auto column =
      std::find_if(plan.columns.begin(), plan.columns.end(),
                   [&](const ColumnPlan& each) { return each.name == plan.store_column; });
  std::vector<std::string> names;
  for (const std::string& store : stores) {
    if (column != plan.columns.end() && store_name_of(column->type, store)) names.push_back(store);
  }
  return names.empty() ? "FALSE" : "(" + is_of_stores(dialect, plan, names) + ")";
}

// Rows: those of the stores, those of none of them, and of the first those without a time.
std::string count_rows(Dialect dialect, const EntityPlan& plan,
                       const std::set<std::string>& stores) {
  const std::string is_one = is_of(dialect, plan, stores);
  const std::string is_undated =
      plan.has_ranges() ? without_range_value(quote_identifier(plan.range_column), plan.range_kind)
                        : "FALSE";
  return "SELECT count(*) FILTER (WHERE " + is_one + "), count(*) FILTER (WHERE (" + is_one +
         ") IS NOT TRUE), count(*) FILTER (WHERE (" + is_one + ") AND (" + is_undated + ")) FROM " +
         quote_table(plan.write.table);
}

std::int64_t number_of(const SqlValue& value) { return std::stoll(value.value_or("0")); }

tl::unexpected<Error> refuse(const EntityPlan& plan, const ErrorPlace& place, std::int64_t recorded,
                             std::int64_t found, std::int64_t others, const std::string& what,
                             const std::string& column) {
  return fail(Error{
      ErrorCode::kUsage,
      place.entity + " loaded " + counted(recorded, "row") + " into " + plan.write.table +
          ", of which " + group_digits(found) + " have their " + what + " in \"" + column +
          "\": the others, loaded before it said the " + what +
          ", would stay beside those that are loaded again.",
      "Put the " + what + " into \"" + column + "\" of the " + counted(others, "row") +
          " that have none of the job's there (UPDATE); or empty the table, which is then loaded "
          "again; or put the job back as it was.",
      {},
      place});
}

}  // namespace

std::optional<std::string> ask_for_stranded_rows(Dialect dialect, const EntityPlan& plan,
                                                 const std::vector<ChunkRecord>& chunks) {
  if (plan.write.mode != WriteMode::kReplace || plan.has_key()) return std::nullopt;
  const Recorded recorded = recorded_rows(plan, chunks);
  if (!recorded.is_of_before) return std::nullopt;
  return count_rows(dialect, plan, recorded.stores);
}

Status refuse_stranded_rows(const EntityPlan& plan, const std::vector<ChunkRecord>& chunks,
                            const std::vector<SqlRow>& answer, const ErrorPlace& place) {
  const Recorded recorded = recorded_rows(plan, chunks);
  const std::int64_t of_stores = number_of(answer.at(0).at(0));
  const std::int64_t others = number_of(answer.at(0).at(1));
  const std::int64_t undated = number_of(answer.at(0).at(2));
  if (of_stores < recorded.rows && others > 0)
    return refuse(plan, place, recorded.rows, of_stores, others, "store", plan.store_column);
  const std::int64_t recorded_dated = recorded.rows - recorded.undated;
  if (plan.has_ranges() && recorded.has_ranges && of_stores - undated < recorded_dated &&
      undated > recorded.undated) {
    return refuse(plan, place, recorded_dated, of_stores - undated, undated - recorded.undated,
                  "time", plan.range_column);
  }
  return {};
}

}  // namespace decant
