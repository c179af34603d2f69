#include "coordinator/cli/emptying.h"

#include <algorithm>
#include <functional>

#include "common/base/text.h"
#include "coordinator/control/leader_keeper.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

// The entities, in the order in which their tables can be emptied.
std::vector<std::string> emptying_order(const EmptyingWork& work) {
  std::vector<std::string> entities;
  for (const std::string& table : work.tables.order()) {
    for (const std::string& entity : work.selection.entities)
      if (work.job.find_entity(entity)->write.table == table) entities.push_back(entity);
  }
  return entities;
}

// In the session's transaction. Whether the table has no rows any more.
Result<bool> empty_entity(const EmptyingWork& work, Emptied& emptied) {
  bool is_empty = true;
  std::int64_t rows = 0;
  DECANT_TRY_ASSIGN(const auto shape, work.target.describe(emptied.table));
  if (shape) {
    DECANT_TRY_ASSIGN(is_empty, work.tables.empty(work.target, emptied.table, rows));
  }
  emptied.rows += rows;
  const Holding& shown = work.holdings.at(emptied.table);
  if (emptied.rows > shown.rows) {
    return fail(ErrorCode::kBusy,
                "Somebody writes into " + emptied.table + ": it has " +
                    counted(emptied.rows, "row") + " now, and had " + counted(shown.rows, "row") +
                    "; nothing was emptied.",
                "Reset it when nobody else does.");
  }
  const Mandate mandate{work.run, work.epoch, emptied.table};
  for (const TableContent& of : shown.content)
    DECANT_TRY(work.ledger.void_batches(mandate, of.job, of.entity));
  DECANT_TRY(work.ledger.void_batches(mandate, work.job.name, emptied.entity));
  return is_empty;
}

// Batches of tables whose rows went, or changed, with those that were emptied.
Status void_followers(const EmptyingWork& work) {
  for (const ReferringRows& rows : work.tables.referring()) {
    DECANT_TRY_ASSIGN(const auto content, work.ledger.content_of({rows.table, rows.resolved}));
    for (const TableContent& of : content)
      DECANT_TRY(
          work.ledger.void_batches({work.run, work.epoch, rows.resolved}, of.job, of.entity));
  }
  return {};
}

Status in_transaction(const EmptyingWork& work, const std::function<Status()>& step) {
  SqlSession& sql = work.target.sql();
  DECANT_TRY(sql.begin());
  Status status = step();
  if (status && work.interrupts > 0) status = fail(ErrorCode::kCancelled, "Interrupted.");
  if (!status) {
    sql.rollback();
    return status;
  }
  return sql.commit();
}

}  // namespace

Result<std::vector<Emptied>> empty_file(const EmptyingWork& work) {
  std::vector<Emptied> all;
  for (const std::string& entity : emptying_order(work)) {
    Emptied& emptied = all.emplace_back(Emptied{entity, work.job.find_entity(entity)->write.table});
    for (bool is_empty = false; !is_empty;) {
      DECANT_TRY(in_transaction(work, [&]() -> Status {
        DECANT_TRY_ASSIGN(is_empty, empty_entity(work, emptied));
        return {};
      }));
    }
    if (emptied.rows == work.holdings.at(emptied.table).rows) continue;
    if (std::any_of(all.begin(), all.end() - 1,
                    [&](const Emptied& other) { return other.table == emptied.table; })) {
      continue;  // by another entity
    }
    return fail(ErrorCode::kDataRefused,
                "Rows of " + emptied.table +
                    " refer to each other in a circle, which DuckDB does not let go.",
                "Set the column of the foreign key to NULL in them, or drop the table: the next "
                "run makes it again.");
  }
  return all;
}

Result<std::vector<Emptied>> empty_database(const EmptyingWork& work, const std::string& connection,
                                            CommandContext& context) {
  const auto open = [&context, connection, folder = work.job.directory] {
    return context.open_target(connection, folder);
  };
  DECANT_TRY_ASSIGN(auto session, open());
  LeaderKeeper leader(std::move(session), open, work.job.ledger_schema, work.run, work.epoch,
                      LeaseTimes{k_reset_lease_ms, k_reset_lease_ms / 4, k_reset_lease_ms});
  std::vector<Emptied> all;
  DECANT_TRY(in_transaction(work, [&]() -> Status {
    for (const std::string& entity : emptying_order(work)) {
      Emptied& emptied =
          all.emplace_back(Emptied{entity, work.job.find_entity(entity)->write.table});
      DECANT_TRY_ASSIGN(const bool is_empty, empty_entity(work, emptied));
      (void)is_empty;
    }
    DECANT_TRY(void_followers(work));
    if (auto lost = leader.lost()) return fail(std::move(*lost));
    return {};
  }));
  return all;
}

}  // namespace decant
