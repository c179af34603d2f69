#include "coordinator/control/failures.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/job/resolve_from.h"
#include "common/job/shown_path.h"

namespace decant {
namespace {

// Each with a pause, and perhaps with some seconds for a lock: what is in the way then stays there.
constexpr int k_most_take_backs = 20;

std::string whose(const Task& task) {
  const std::string& entity = task.plan.entity;
  return task.store.empty() ? entity : entity + " of " + task.store;
}

std::vector<std::string> lacking(const Schema& columns, const Schema& others) {
  std::vector<std::string> names;
  for (const Field& field : others.fields) {
    if (columns.find(field.name) < 0) names.push_back(field.name);
  }
  return names;
}

std::string named(const StoreCensus& census, const std::string& place) {
  return census.store + (place.empty() ? "" : " (" + place + ")");
}

// What tells two sources apart, as far as names do.
Error mapping_differs(const JobSpec& job, const EntitySpec& entity, const StoreCensus& first,
                      const StoreCensus& other) {
  const std::string place = place_of_columns(job, entity, other);
  const std::vector<std::string> lacks = lacking(other.census.columns, first.census.columns);
  const std::vector<std::string> adds = lacking(first.census.columns, other.census.columns);
  std::string what = lacks.empty() ? "" : " lacks " + join(lacks, ", ");
  if (!adds.empty()) what += (lacks.empty() ? " adds " : " and adds ") + join(adds, ", ");
  if (what.empty()) what = " has its columns in another order or of other types";
  return Error{ErrorCode::kMismatch,
               "The columns of " + entity.name + " differ between stores: " + named(other, place) +
                   what + ", unlike " + named(first, place_of_columns(job, entity, first)) + ".",
               "Declare its columns with their types in the job file, with columns_only where a "
               "store has more.",
               {},
               {job.name, entity.name, other.store, {}}};
}

// Types that the job does not say are those of the table. What does not fit the table is no matter
// of stores: it is told when the entity is resolved.
Result<EntityPlan> mapping_of(const JobSpec& job, const EntitySpec& entity,
                              const StoreCensus& census, const Schema* table) {
  const std::string place = place_of_columns(job, entity, census);
  const Schema& columns = census.census.columns;
  auto plan = resolve_entity_from(job, entity, columns, nullptr, place);
  if (plan || table == nullptr) return plan;
  auto typed = resolve_entity_from(job, entity, columns, table, place);
  return typed ? std::move(typed) : std::move(plan);
}

}  // namespace

std::optional<std::string> AttemptNotice::failed(const Task& task, const Error& error,
                                                 int attempt) {
  if (attempt >= max_attempts_ || !told_.emplace(attempt, error.message).second)
    return std::nullopt;
  return whose(task) + ", attempt " + std::to_string(attempt) + " of " +
         std::to_string(max_attempts_) + ", another follows: " + error.message;
}

bool is_of_a_store(const Error& error) {
  if (error.place.store.empty()) return false;
  switch (error.code) {
    case ErrorCode::kNotFound:
    case ErrorCode::kUnreachable:
    case ErrorCode::kPermission:
    case ErrorCode::kMismatch:
    case ErrorCode::kDataRefused:
    case ErrorCode::kSourceChanged:
    case ErrorCode::kTimeout:
    case ErrorCode::kBusy:
    case ErrorCode::kNoSpace:
    case ErrorCode::kProtocol:
      return true;
    default:
      return false;
  }
}

bool may_pass(const Error& error) {
  return error.code == ErrorCode::kTimeout || error.code == ErrorCode::kBusy ||
         error.code == ErrorCode::kCancelled;
}

bool TakeBackPatience::is_over(TaskId task, const Error& error) {
  return !may_pass(error) || ++failed_[task] >= k_most_take_backs;
}

Reach reach_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kDataRefused:
    case ErrorCode::kSourceChanged:
    case ErrorCode::kDiffers:
    case ErrorCode::kProtocol:
    case ErrorCode::kTimeout:
      return Reach::kRows;
    case ErrorCode::kBusy:
      return error.place.store.empty() ? Reach::kRows : Reach::kStore;
    case ErrorCode::kNotFound:
    case ErrorCode::kUnreachable:
    case ErrorCode::kPermission:
      return error.place.store.empty() ? Reach::kRun : Reach::kStore;
    default:
      return Reach::kRun;
  }
}

Error as_mistake_in_job(Error error) {
  if (error.code != ErrorCode::kMismatch) return error;
  error.code = ErrorCode::kUsage;
  error.place.store.clear();
  return error;
}

std::string place_of_columns(const JobSpec& job, const EntitySpec& entity,
                             const StoreCensus& census) {
  if (entity.read.files.empty() || census.census.extents.empty()) return {};
  return shown_path(census.census.extents.front().extent.path, job.directory, entity.read.files);
}

Misfits stores_that_do_not_fit(const JobSpec& job, const EntitySpec& entity,
                               const std::vector<StoreCensus>& censuses, const Schema* table) {
  Misfits misfits;
  bool any_fits = false;
  const Schema* fits = nullptr;  // most stores have the same columns: they are resolved once
  for (const StoreCensus& census : censuses) {
    const Schema& columns = census.census.columns;
    if (columns.fields.empty()) continue;
    if (fits != nullptr && *fits == columns) continue;
    const auto plan = mapping_of(job, entity, census, table);
    if (plan) {
      any_fits = true;
      if (fits == nullptr) fits = &columns;
      continue;
    }
    misfits.errors.push_back(Error(plan.error()).at({job.name, entity.name, census.store, {}}));
  }
  misfits.all = !any_fits && !misfits.errors.empty();
  return misfits;
}

Result<const StoreCensus*> common_columns(const JobSpec& job, const EntitySpec& entity,
                                          const std::vector<StoreCensus>& censuses,
                                          const Schema* table) {
  const StoreCensus* first = nullptr;
  std::string fingerprint;
  for (const StoreCensus& census : censuses) {
    const Schema& columns = census.census.columns;
    if (columns.fields.empty()) continue;
    if (first == nullptr) {
      first = &census;
      continue;
    }
    if (first->census.columns == columns) continue;
    // Stores may have more columns than are read; each entity's mapping has to hold in all of
    // them.
    if (fingerprint.empty()) {
      DECANT_TRY_ASSIGN(const EntityPlan plan, mapping_of(job, entity, *first, table));
      fingerprint = plan.fingerprint;
    }
    DECANT_TRY_ASSIGN(const EntityPlan other, mapping_of(job, entity, census, table));
    if (other.fingerprint != fingerprint) return fail(mapping_differs(job, entity, *first, census));
  }
  return first;
}

Error nothing_to_read(const EntitySpec& entity, const std::vector<StoreCensus>& censuses) {
  std::int64_t records = 0;
  std::string path;
  for (const StoreCensus& census : censuses) {
    for (const CensusExtent& counted : census.census.extents) {
      for (const CensusCell& cell : counted.cells) records += cell.rows;
      if (path.empty() && records > 0) path = counted.extent.path;
    }
  }
  if (!path.empty()) {
    return {ErrorCode::kNotFound,
            "Not one of the " + std::to_string(records) + " records of " + entity.name +
                " can be read as what its files are said to be, from " + path + " on.",
            "Look at its first line, and at read: format.",
            {},
            {}};
  }
  return {ErrorCode::kNotFound,
          "No source of " + entity.name + " has anything to read for this range and these stores.",
          "Look at read: and at the range; `decant plan` shows what is found.",
          {},
          {}};
}

}  // namespace decant
