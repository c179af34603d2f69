#include "worker/pipeline/sessions.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/connector/snapshot_text.h"
#include "common/job/fill_in.h"
#include "common/job/store_zones.h"

namespace decant {
namespace {

// As the job has it.
const std::string& source_text(const EntitySpec& entity, const StoreSpec* store) {
  return entity.read.source.empty() && store != nullptr ? store->source : entity.read.source;
}

Status check_lets_go_by_one_snapshot(const Task& task, const std::string& store,
                                     const std::string& snapshot) {
  const auto is_another = [&](const std::string& of_run) {
    return snapshot_content(of_run) != snapshot_content(snapshot);
  };
  const auto of_run = task.snapshots.find(store);
  if (!task.lets_go || of_run == task.snapshots.end() ||
      std::none_of(of_run->second.begin(), of_run->second.end(), is_another))
    return {};
  return fail(ErrorCode::kSourceChanged,
              "The snapshot under which rows were found to be gone is lost with the workers that "
              "held it: they may have moved meanwhile.",
              "Start the same command again.");
}

Status check_store_values(const Task& task, const std::string& store, const OpenSource& open,
                          const WorkerName& worker) {
  const auto of_run = task.store_values.find(store);
  const std::string& expected = of_run == task.store_values.end() ? std::string() : of_run->second;
  if (open.store_values == expected) return {};
  return fail(ErrorCode::kUsage,
              "The values of store " + store + " that land in " +
                  join(columns_with_store_values(*open.entity), ", ") + " of " + open.entity->name +
                  " are others on worker " + worker.value +
                  " than on the one that counted its rows.",
              "Set the variables in them alike on all machines (.env, --env-file), and start the "
              "same command again.");
}

}  // namespace

Status check_reads_what_was_counted(const Task& task, const std::string& store,
                                    const OpenSource& open, const WorkerName& worker) {
  DECANT_TRY(check_store_values(task, store, open, worker));
  return check_lets_go_by_one_snapshot(task, store, open.snapshot);
}

SourceSessions::SourceSessions(const JobSpec& job, const StoresNotFilledIn& not_filled_in,
                               const Environment& environment, SecretMask& mask,
                               SourceFactory& factory, std::string application_name)
    : job_(job),
      not_filled_in_(not_filled_in),
      environment_(environment),
      mask_(mask),
      factory_(factory),
      application_name_(std::move(application_name)) {}

Result<OpenSource> SourceSessions::open(const std::string& entity_name,
                                        const std::string& store_name,
                                        const SnapshotsOfStores& snapshots) {
  const EntitySpec* entity = job_.find_entity(entity_name);
  const StoreSpec* store = store_name.empty() ? nullptr : job_.find_store(store_name);
  if (entity == nullptr || (!store_name.empty() && store == nullptr)) {
    return fail(ErrorCode::kInternal, "A task names " + entity_name + " of " + store_name +
                                          ", which the job does not have.");
  }
  if (const auto found = not_filled_in_.find(store_name); found != not_filled_in_.end()) {
    return fail(Error(found->second).at({job_.name, entity_name, store_name, {}}));
  }
  OpenSource open;
  open.store = store;
  open.time_zone =
      store != nullptr && !store->time_zone.empty() ? store->time_zone : job_.time_zone;
  open.local_time_zone = store == nullptr ? zone_of_mixed_stores(job_) : open.time_zone;
  DECANT_TRY_ASSIGN(const Place* place, find_place(*entity, store));
  SourceRequest request;
  request.connection = place->connection;
  request.directory = job_.directory;
  request.application_name = application_name_;
  if (const auto of_store = snapshots.find(store_name); of_store != snapshots.end())
    request.snapshots = of_store->second;
  request.store = store;
  request.connection_of = [this, entity](const StoreSpec& of) {
    return fill_in_connection(source_text(*entity, &of), &of, environment_);
  };
  request.time_zone = open.time_zone;
  auto session = find_session(*place, std::move(request));
  if (!session) {
    return fail(std::move(session).error().at({job_.name, entity_name, store_name, {}}));
  }
  open.entity = &place->entity;
  open.source = (*session)->source.get();
  open.snapshot = (*session)->snapshot;
  if (store != nullptr) open.store_values = digest_of_store_values(*entity, *store);
  return open;
}

Result<const SourceSessions::Place*> SourceSessions::find_place(const EntitySpec& entity,
                                                                const StoreSpec* store) {
  const std::string store_name = store == nullptr ? std::string() : store->name;
  const std::string name = key(entity.name, store_name);
  if (const auto found = places_.find(name); found != places_.end()) return &found->second;
  Place place;
  place.entity = entity;
  DECANT_TRY_ASSIGN(place.entity.read.files, fill_in_files(entity.read.files, environment_));
  DECANT_TRY_ASSIGN(place.connection,
                    fill_in_connection(source_text(entity, store), store, environment_));
  mask_.learn(place.connection);
  const bool is_database = entity.read.files.empty();
  place.session = key(is_database ? place.connection : entity.name, store_name);
  return &(places_[name] = std::move(place));
}

Result<SourceSessions::Session*> SourceSessions::find_session(const Place& place,
                                                              SourceRequest request) {
  if (const auto found = sessions_.find(place.session); found != sessions_.end())
    return &found->second;
  Session session;
  DECANT_TRY_ASSIGN(session.source, factory_.open(request, place.entity));
  // A snapshot lives as long as any session holds it, but its id only as long as the session that
  // gave it: each gives one, so that the next worker can import from whoever is left.
  DECANT_TRY_ASSIGN(session.snapshot, session.source->export_snapshot());
  return &(sessions_[place.session] = std::move(session));
}

void SourceSessions::close(const std::string& entity, const std::string& store) {
  if (const auto place = places_.find(key(entity, store)); place != places_.end())
    sessions_.erase(place->second.session);
}

}  // namespace decant
