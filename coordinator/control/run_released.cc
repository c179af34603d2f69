// RunController, keys of upserted and inserted tables that the job's entities and stores cannot
// judge: those of entities and stores that it names no more are let go of
// (common/connector/release_sql.h), those of other jobs are told of.
#include <cstdlib>
#include <set>

#include "common/connector/key_sql.h"
#include "common/connector/release_sql.h"
#include "common/job/left_store.h"
#include "common/ledger/loaded_stores.h"
#include "coordinator/control/run_controller.h"
#include "coordinator/report/text_table.h"

namespace decant {
namespace {

using Stores = std::vector<StoreOfEntity>;

Result<Stores> left_with_keys(TargetAccess& access, const JobSpec& job,
                              const std::vector<std::string>& tables) {
  DECANT_TRY_ASSIGN(Stores stores,
                    loaded_stores(access.target.sql(), job.ledger_schema, job.name, tables));
  std::erase_if(stores,
                [&](const StoreOfEntity& of) { return !is_left(job, of.entity, of.store); });
  return stores;
}

Result<std::vector<std::int64_t>> owners_of(TargetAccess& access, const JobSpec& job,
                                            const Stores& stores) {
  std::vector<std::int64_t> owners;
  for (const StoreOfEntity& of : stores) {
    DECANT_TRY_ASSIGN(const auto chunks,
                      chunks_of_store(access.target.sql(), job.ledger_schema, job.name, of));
    for (const ChunkName& chunk : chunks) owners.push_back(key_owner(job.name, chunk));
  }
  return owners;
}

// Rows of this run that wait behind others, by who holds their keys.
struct WaitingRows {
  std::int64_t behind_left = 0;    // an entity or a store that the job names no more
  std::int64_t behind_others = 0;  // whom this job does not know
  std::int64_t ties = 0;           // a row as late as they are, in a chunk that is not read
};

std::int64_t integer(const SqlValue& value) {
  return std::strtoll(value.value_or("0").c_str(), nullptr, 10);
}

Result<WaitingRows> count_waiting(TargetAccess& access, const JobSpec& job, const EntityPlan& plan,
                                  const std::set<std::int64_t>& of_run) {
  WaitingRows waiting;
  SqlSession& sql = access.target.sql();
  DECANT_TRY_ASSIGN(const auto rows, sql.query(select_waits_behind(plan, job.ledger_schema)));
  if (rows.empty()) return waiting;
  std::set<std::int64_t> known, left;
  DECANT_TRY_ASSIGN(const auto chunks, chunks_of_job(sql, job.ledger_schema, job.name));
  for (const RecordedChunk& chunk : chunks) {
    const bool is_known = !is_left(job, chunk.of.entity, chunk.of.store);
    (is_known ? known : left).insert(key_owner(job.name, chunk.name));
  }
  for (const SqlRow& row : rows) {
    const std::int64_t holder = integer(row.at(1));
    if (!of_run.contains(integer(row.at(0))) || known.contains(holder)) continue;
    (left.contains(holder) ? waiting.behind_left : waiting.behind_others) += integer(row.at(2));
  }
  return waiting;
}

Result<std::int64_t> count_ties(TargetAccess& access, const JobSpec& job, const EntityPlan& plan,
                                const std::set<std::int64_t>& of_run) {
  DECANT_TRY_ASSIGN(const auto rows,
                    access.target.sql().query(select_ties_behind(plan, job.ledger_schema)));
  std::int64_t ties = 0;
  for (const SqlRow& row : rows) {
    if (of_run.contains(integer(row.at(0))) && !of_run.contains(integer(row.at(1))))
      ties += integer(row.at(2));
  }
  return ties;
}

// Somebody corrected its date or store at the source, and not what `latest_by` goes by: the row
// that it was before stands where the run does not look.
std::string note_on_ties(const EntityPlan& plan, std::int64_t ties) {
  return plan.entity + ": " + counted(ties, "row") + (ties == 1 ? " is" : " are") +
         " superseded by rows of the same key and the same " + plan.write.latest_by + " in " +
         plan.write.table +
         ", of dates or stores that this run does not read. Where the source only moved such a "
         "row, a run without --from, --to and --stores puts it right.";
}

std::string waiting_words(const std::string& entity, std::int64_t rows) {
  return entity + ": " + counted(rows, "row") + (rows == 1 ? " waits" : " wait") +
         " behind rows of ";
}

}  // namespace

// Nobody will ever read again whether the source has those keys. Their batches hold nothing from
// here on, in the same transaction: an entity or a store that comes back is loaded as if it were
// new, and what is let go of once is not looked for again.
Status RunController::release_left_keys(const EntityRun& entity) {
  const EntityPlan plan = entity.plan;
  const std::vector<std::string> tables = {plan.write.table, table_names_.at(plan.write.table)};
  const Mandate mandate = this->mandate(plan.write.table);
  const JobSpec* const job = &job_;
  return loop_
      ->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
        DECANT_TRY_ASSIGN(const Stores left, left_with_keys(a, *job, tables));
        if (left.empty()) return false;
        DECANT_TRY_ASSIGN(const auto owners, owners_of(a, *job, left));
        SqlSession& sql = a.target.sql();
        DECANT_TRY(a.ledger.in_lead(mandate, [&]() -> Status {
          for (const std::string& statement :
               release_claims(sql.dialect(), plan, job->ledger_schema, owners))
            DECANT_TRY(sql.execute(statement));
          for (const StoreOfEntity& of : left)
            DECANT_TRY(void_store(sql, job->ledger_schema, mandate.run, job->name, of));
          return {};
        }));
        return true;
      })
      .map([](bool) {});
}

// To reconcile lets go of nothing: what a run would judge is a difference there.
Status RunController::tell_waiting_rows() {
  for (EntityRun& entity : entities_) {
    if (entity.plan.write.mode != WriteMode::kUpsert) continue;
    std::set<std::int64_t> of_run;
    for (const PlannedChunk& chunk : entity.work.chunks)
      of_run.insert(key_owner(job_.name, chunk.spec));
    const EntityPlan plan = entity.plan;
    const JobSpec* const job = &job_;
    const bool may_tie = !plan.write.latest_by.empty() && reads_a_part_of(entity);
    DECANT_TRY_ASSIGN(const WaitingRows waiting,
                      loop_->on_target<WaitingRows>([=](TargetAccess& a) -> Result<WaitingRows> {
                        DECANT_TRY_ASSIGN(WaitingRows found, count_waiting(a, *job, plan, of_run));
                        if (!may_tie) return found;
                        DECANT_TRY_ASSIGN(found.ties, count_ties(a, *job, plan, of_run));
                        return found;
                      }));
    const std::string& name = entity.spec->name;
    if (waiting.ties > 0) entity.notes.push_back(note_on_ties(plan, waiting.ties));
    if (waiting.behind_left > 0) {
      report_.reconciliation.differences.push_back(
          {DifferenceKind::kRowsUnaccounted,
           {name, {}, {}},
           {},
           waiting_words(name, waiting.behind_left) +
               "an entity or a store that the job names no more; `decant run` lets them decide."});
    }
    if (waiting.behind_others > 0) {
      entity.notes.push_back(waiting_words(name, waiting.behind_others) + plan.write.table +
                             " that another job loaded, and is not judged by this one. Where this "
                             "job had another name "
                             "then, give it that name again, or reset it under that name.");
    }
  }
  return {};
}

}  // namespace decant
