// RunController, keys that rows of several upserted chunks have (common/connector/rival_sql.h):
// chunks whose rows wait for a key that has become free are loaded again.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>

#include "common/connector/key_sql.h"
#include "common/connector/key_tables.h"
#include "common/connector/rival_sql.h"
#include "common/ledger/loaded_stores.h"
#include "coordinator/control/run_controller.h"

namespace decant {
namespace {

// A chunk that is loaded again may take keys over, whose chunks are judged in the next round: an
// order that all agree on comes to an end. Entities that share a table may order its rows by other
// columns; what these leave differs when it is read back.
constexpr int k_most_rounds = 8;

std::int64_t integer(const SqlValue& value) {
  return std::strtoll(value.value_or("0").c_str(), nullptr, 10);
}

std::set<std::int64_t> owners_of(const std::vector<SqlRow>& rows) {
  std::set<std::int64_t> owners;
  for (const SqlRow& row : rows) owners.insert(integer(row.at(0)));
  return owners;
}

}  // namespace

Result<std::set<std::int64_t>> RunController::owners_to_judge(const EntityRun& entity) {
  const bool upserts = entity.plan.write.mode == WriteMode::kUpsert;
  const bool is_loaded = !options_.plan_only && !options_.read_source_only && !options_.source_only;
  if (!upserts || !is_loaded) return std::set<std::int64_t>();
  const std::string sql = select_owners_to_judge(entity.plan, job_.ledger_schema);
  DECANT_TRY_ASSIGN(const auto rows, loop_->on_target<std::vector<SqlRow>>([sql](TargetAccess& a) {
    return a.target.sql().query(sql);
  }));
  return owners_of(rows);
}

// --repair: a row that counts for several chunks is the one's or the other's.
Status RunController::add_double_claims(const EntityRun& entity, std::set<ChunkName>& differing) {
  if (entity.plan.write.mode != WriteMode::kUpsert) return {};
  const std::string select = select_owners_of_one_key(entity.plan, job_.ledger_schema);
  const std::string forget = forget_claims_of_one_key(entity.plan, job_.ledger_schema);
  const Mandate mandate = this->mandate(entity.plan.write.table);
  DECANT_TRY_ASSIGN(
      const auto rows,
      loop_->on_target<std::vector<SqlRow>>([=](TargetAccess& a) -> Result<std::vector<SqlRow>> {
        DECANT_TRY_ASSIGN(auto owners, a.target.sql().query(select));
        if (!owners.empty()) {
          DECANT_TRY(a.ledger.in_lead(
              mandate, [&] { return a.target.sql().execute(forget).map([](auto) {}); }));
        }
        return owners;
      }));
  const std::set<std::int64_t> owners = owners_of(rows);
  for (const PlannedChunk& chunk : entity.work.chunks) {
    if (owners.contains(key_owner(job_.name, chunk.spec))) differing.insert(chunk.spec.name());
  }
  return {};
}

Result<std::set<ChunkName>> RunController::chunks_to_judge(
    const EntityRun& entity, const std::vector<ChunkRecord>& recorded) {
  std::set<ChunkName> names;
  DECANT_TRY_ASSIGN(const auto owners, owners_to_judge(entity));
  if (owners.empty()) return names;
  for (const ChunkRecord& chunk : recorded) {
    if (owners.contains(key_owner(job_.name, chunk.spec))) names.insert(chunk.spec.name());
  }
  return names;
}

// Of this entity, and of those that the job names no more and whose rows are this one's to judge.
Result<std::vector<ChunkRecord>> RunController::chunks_without_claims(const EntityRun& entity) {
  const EntityPlan& plan = entity.plan;
  const std::vector<std::string> tables = {plan.write.table, table_names_.at(plan.write.table)};
  const std::string job = job_.name;
  const std::string schema = job_.ledger_schema;
  DECANT_TRY_ASSIGN(auto stores, loop_->on_target<std::vector<StoreOfEntity>>([=](TargetAccess& a) {
    return loaded_stores(a.target.sql(), schema, job, tables);
  }));
  std::set<std::string> names = {plan.entity};
  for (const StoreOfEntity& of : stores) {
    if (job_.find_entity(of.entity) == nullptr) names.insert(of.entity);
  }
  std::vector<ChunkRecord> found;
  for (const std::string& name : names) {
    DECANT_TRY_ASSIGN(const auto chunks, recorded_chunks(name));
    std::copy_if(chunks.begin(), chunks.end(), std::back_inserter(found),
                 [&](const ChunkRecord& chunk) {
                   return chunk.batch_count > 0 && chunk.loaded.digest.row_count > 0 &&
                          chunk.fingerprint != plan.fingerprint;
                 });
  }
  if (found.empty()) return found;
  const std::string sql = count_claimed_rows(plan, schema);
  DECANT_TRY_ASSIGN(const auto rows, loop_->on_target<std::vector<SqlRow>>([sql](TargetAccess& a) {
    return a.target.sql().query(sql);
  }));
  std::map<std::int64_t, std::int64_t> claimed;
  bool any_unclaimed = false;
  for (const SqlRow& row : rows) {
    if (row.at(0)) {
      claimed[integer(row.at(0))] = integer(row.at(1));
    } else {
      any_unclaimed = true;
    }
  }
  if (!any_unclaimed) found.clear();
  std::erase_if(found, [&](const ChunkRecord& chunk) {
    return claimed[key_owner(job, chunk.spec)] >= chunk.loaded.digest.row_count;
  });
  return found;
}

// Rows that the job loaded and that no chunk claims would count by `latest_by` as a stranger's
// later ones, and keep out what the source says in their place.
Status RunController::check_claims(const EntityRun& entity) {
  const WriteSpec& write = entity.plan.write;
  if (write.mode != WriteMode::kUpsert || write.latest_by.empty()) return {};
  DECANT_TRY_ASSIGN(const auto chunks, chunks_without_claims(entity));
  if (chunks.empty()) return {};
  return fail(Error{
      ErrorCode::kUsage,
      "Table " + write.table + " has rows of " + chunks.front().spec.name().value +
          " that this job loaded in another mode, by another key or under another spelling of the "
          "table: by \"latest_by\" the source's rows would lose to them.",
      "Write mode, key and table as they were, or run once without \"latest_by\", which makes "
      "these rows the job's by the new key.",
      {},
      {job_.name, entity.spec->name, {}, {}}});
}

// After all entities are loaded, since several may share a table.
Status RunController::settle_rivals() {
  if (options_.plan_only || options_.read_source_only) return {};
  for (int round = 0; round < k_most_rounds; ++round) {
    bool any = false;
    for (EntityRun& entity : entities_) {
      if (is_interrupted()) return {};
      DECANT_TRY_ASSIGN(const bool judged, settle_rivals(entity));
      any = any || judged;
    }
    if (!any) return {};
  }
  return {};
}

// Whether anything was to be judged. A row of a chunk that this run does not cover goes on waiting.
Result<bool> RunController::settle_rivals(EntityRun& entity) {
  DECANT_TRY_ASSIGN(const auto owners, owners_to_judge(entity));
  if (owners.empty()) return false;
  JoinedChunks joined(entity.plan, entity.work.chunks);
  for (std::size_t i = 0; i < entity.work.chunks.size(); ++i) {
    if (owners.contains(key_owner(job_.name, entity.work.chunks[i].spec))) joined.want(i);
  }
  if (!joined.has_work()) return false;
  DECANT_TRY_ASSIGN(
      const bool went_well,
      load_round(entity, joined,
                 "judged   " + entity.spec->name +
                     ": keys of several chunks are held by another row than before; chunks with "
                     "rows of them are loaded again"));
  return went_well ? load_joined(entity, joined) : false;
}

// The table has no rows: nobody holds a key in it. A leader that slept must not say so of a table
// that the next one has loaded meanwhile.
Status RunController::forget_claims(const EntityRun& entity) {
  if (!keeps_keys(entity.plan)) return {};
  const std::vector<std::string> tables = {key_table_name(job_.ledger_schema, entity.plan),
                                           wait_table_name(job_.ledger_schema, entity.plan)};
  const Mandate mandate = this->mandate(entity.plan.write.table);
  return loop_
      ->on_target<bool>([=](TargetAccess& a) -> Result<bool> {
        DECANT_TRY(a.ledger.in_lead(mandate, [&]() -> Status {
          for (const std::string& table : tables)
            DECANT_TRY(a.target.sql().execute("DELETE FROM " + quote_table(table)));
          return {};
        }));
        return true;
      })
      .map([](bool) {});
}

}  // namespace decant
