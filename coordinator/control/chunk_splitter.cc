#include "coordinator/control/chunk_splitter.h"

#include "common/connector/key_sql.h"
#include "common/connector/load_sql.h"
#include "common/connector/read_back_rows.h"

namespace decant {
namespace {

// What the table holds of each part, told apart by where the rows lie.
Result<std::vector<ChunkTotals>> read_parts(TargetAccess& access, const SplitRequest& request) {
  EntityPlan by_place = request.plan;
  by_place.write.mode = WriteMode::kReplace;
  std::string columns;
  for (const ColumnPlan& column : by_place.columns)
    columns += (columns.empty() ? "decant_t." : ", decant_t.") + quote_identifier(column.name);
  const std::string rows_of_whole =
      keeps_keys(request.plan)
          ? select_claimed_rows(request.plan, request.job, request.ledger_schema,
                                request.split.record.spec)
          : "SELECT " + columns + " FROM " + quote_table(by_place.write.table) +
                " AS decant_t WHERE " +
                chunk_condition(access.target.sql().dialect(), by_place, request.split.record.spec,
                                "decant_t");
  DECANT_TRY_ASSIGN(const auto parts,
                    ReadBackRows::make(by_place, request.split.parts, {}, {}, {}));
  DECANT_TRY_ASSIGN(const auto rows, access.target.read_query(by_place, rows_of_whole, false));
  DECANT_TRY(parts->take_all(*rows, [](std::int64_t) { return true; }));
  return parts->totals();
}

// The parts' batches, which take the place of those of the whole.
TaskCommit batches_of(const SplitRequest& request, const std::vector<ChunkTotals>& totals) {
  TaskCommit commit;
  commit.run = request.mandate.run;
  commit.job = request.job;
  commit.table = request.plan.write.table;
  commit.entity = request.plan.entity;
  commit.worker = "coordinator";
  commit.fingerprint = request.split.record.fingerprint;
  commit.sum_names = request.split.record.sum_names;
  for (std::size_t i = 0; i < totals.size(); ++i) {
    BatchRecord batch;
    batch.chunk = request.split.parts[i];
    batch.replaces = i == 0;  // it has the name that the whole had
    batch.rows_read = totals[i].digest.row_count;
    batch.accepted = totals[i];
    batch.loaded = totals[i];
    commit.batches.push_back(std::move(batch));
  }
  return commit;
}

Result<std::string> in_transaction(TargetAccess& access, const SplitRequest& request) {
  TaskCommit batches;
  if (request.split.record.batch_count > 0) {
    if (request.split.record.sum_names != request.plan.control_sums)
      return std::string("other control sums were recorded for it");
    DECANT_TRY_ASSIGN(const auto totals, read_parts(access, request));
    if (!adds_up(request.split.record, totals))
      return std::string("its rows in the table are not those that were loaded");
    batches = batches_of(request, totals);
    if (keeps_keys(request.plan)) {
      for (const std::string& sql :
           split_keys(access.target.sql().dialect(), request.plan, request.job,
                      request.ledger_schema, request.split.record.spec, request.split.parts))
        DECANT_TRY(access.target.sql().execute(sql));
    }
  }
  DECANT_TRY(access.ledger.split_chunk(request.mandate, request.job, request.split.record.spec,
                                       request.split.parts, batches));
  return std::string();
}

}  // namespace

Result<std::string> split_chunk(TargetAccess& access, const SplitRequest& request) {
  SqlSession& sql = access.target.sql();
  DECANT_TRY(sql.begin());
  Result<std::string> why_not = in_transaction(access, request);
  if (why_not && why_not->empty()) {
    DECANT_TRY(sql.commit());
  } else {
    sql.rollback();
  }
  return why_not;
}

}  // namespace decant
