#include "coordinator/control/stranded_rows.h"

#include <algorithm>
#include <set>

#include "common/base/text.h"
#include "common/connector/load_sql.h"
#include "common/job/store_name.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// What the ledger says that the table holds for a job, some of it loaded as the job was before.
struct Recorded {
  std::int64_t rows = 0;
  std::set<std::string> stores;
  bool is_of_before = false;
};

Recorded recorded_rows(const EntityPlan& plan, const std::vector<ChunkRecord>& chunks) {
  Recorded out;
  for (const ChunkRecord& chunk : chunks) {
    if (chunk.batch_count == 0 || chunk.loaded.digest.row_count == 0) continue;
    out.rows += chunk.loaded.digest.row_count;
    out.stores.insert(chunk.spec.slice.store);
    out.is_of_before = out.is_of_before || chunk.fingerprint != plan.fingerprint;
  }
  return out;
}

// Rows: those of the stores, those of none of them.
std::string count_by_store(const EntityPlan& plan, const std::set<std::string>& stores) {
  const auto column =
      std::find_if(plan.columns.begin(), plan.columns.end(),
                   [&](const ColumnPlan& each) { return each.name == plan.store_column; });
  std::string names;
  for (const std::string& store : stores) {
    if (column != plan.columns.end() && store_name_of(column->type, store))
      names += (names.empty() ? "" : ", ") + store_literal(plan, store);
  }
  const std::string is_one =
      names.empty() ? "FALSE" : quote_identifier(plan.store_column) + " IN (" + names + ")";
  return "SELECT count(*) FILTER (WHERE " + is_one + "), count(*) FILTER (WHERE (" + is_one +
         ") IS NOT TRUE) FROM " + quote_table(plan.write.table);
}

}  // namespace

std::optional<std::string> ask_for_stranded_rows(const EntityPlan& plan,
                                                 const std::vector<ChunkRecord>& chunks) {
  if (plan.write.mode != WriteMode::kReplace || plan.has_key() || plan.store_column.empty() ||
      !plan.source_store.empty())
    return std::nullopt;
  const Recorded recorded = recorded_rows(plan, chunks);
  if (!recorded.is_of_before) return std::nullopt;
  return count_by_store(plan, recorded.stores);
}

Status refuse_stranded_rows(const EntityPlan& plan, const std::vector<ChunkRecord>& chunks,
                            const std::vector<SqlRow>& answer, const ErrorPlace& place) {
  const std::int64_t recorded = recorded_rows(plan, chunks).rows;
  const std::int64_t of_stores = std::stoll(answer.at(0).at(0).value_or("0"));
  const std::int64_t others = std::stoll(answer.at(0).at(1).value_or("0"));
  if (of_stores >= recorded || others == 0) return {};
  return fail(Error{
      ErrorCode::kUsage,
      place.entity + " loaded " + counted(recorded, "row") + " into " + plan.write.table +
          ", of which " + group_digits(of_stores) + " have their store in \"" + plan.store_column +
          "\": the others, loaded before it said the store, would stay beside those that are "
          "loaded again.",
      "Put the store into \"" + plan.store_column + "\" of the " + counted(others, "row") +
          " that have none of the job's there (UPDATE); or empty the table, which is then loaded "
          "again; or put the job back as it was.",
      {},
      place});
}

}  // namespace decant
