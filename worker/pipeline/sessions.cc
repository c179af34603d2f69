#include "worker/pipeline/sessions.h"

#include <algorithm>

#include "common/connector/snapshot_text.h"
#include "common/job/entity_plan.h"
#include "common/job/store_zones.h"

namespace decant {

Status check_lets_go_by_one_snapshot(const Task& task, const std::string& snapshot) {
  const auto is_another = [&](const std::string& of_run) {
    return snapshot_content(of_run) != snapshot_content(snapshot);
  };
  if (!task.lets_go || std::none_of(task.snapshots.begin(), task.snapshots.end(), is_another))
    return {};
  return fail(ErrorCode::kSourceChanged,
              "The snapshot under which rows were found to be gone is lost with the workers that "
              "held it: they may have moved meanwhile.",
              "Start the same command again.");
}

SourceSessions::SourceSessions(const JobSpec& job, const Environment& environment, SecretMask& mask,
                               SourceFactory& factory, std::string application_name)
    : job_(job),
      environment_(environment),
      mask_(mask),
      factory_(factory),
      application_name_(std::move(application_name)) {}

Result<OpenSource> SourceSessions::open(const std::string& entity_name,
                                        const std::string& store_name,
                                        const std::vector<std::string>& snapshots) {
  const EntitySpec* entity = job_.find_entity(entity_name);
  const StoreSpec* store = store_name.empty() ? nullptr : job_.find_store(store_name);
  if (entity == nullptr || (!store_name.empty() && store == nullptr)) {
    return fail(ErrorCode::kInternal, "A task names " + entity_name + " of " + store_name +
                                          ", which the job does not have.");
  }
  OpenSource open;
  open.store = store;
  open.time_zone =
      store != nullptr && !store->time_zone.empty() ? store->time_zone : job_.time_zone;
  open.local_time_zone = store == nullptr ? zone_of_mixed_stores(job_) : open.time_zone;
  if (const auto found = sessions_.find(key(entity_name, store_name)); found != sessions_.end()) {
    open.source = found->second.source.get();
    open.entity = &found->second.entity;
    open.snapshot = found->second.snapshot;
    return open;
  }
  Session session;
  session.entity = *entity;
  DECANT_TRY_ASSIGN(session.entity.read.files, environment_.expand(entity->read.files));
  std::string connection = entity->read.source;
  if (connection.empty() && store != nullptr) connection = store->source;
  // The store's values first: a brace in a password that the environment holds is no placeholder.
  if (store != nullptr) {
    DECANT_TRY_ASSIGN(connection, expand_store_template(connection, *store));
  }
  DECANT_TRY_ASSIGN(connection, environment_.expand(connection));
  mask_.learn(connection);
  SourceRequest request;
  request.connection = connection;
  request.directory = job_.directory;
  request.application_name = application_name_;
  request.snapshots = snapshots;
  request.store = store;
  request.time_zone = open.time_zone;
  auto source = factory_.open(request, session.entity);
  if (!source) {
    return fail(std::move(source).error().at({job_.name, entity_name, store_name, {}}));
  }
  session.source = std::move(*source);
  // A snapshot lives as long as any session holds it, but its id only as long as the session that
  // gave it: each gives one, so that the next worker can import from whoever is left.
  session.snapshot = session.source->export_snapshot().value_or("");
  Session& kept = sessions_[key(entity_name, store_name)] = std::move(session);
  open.source = kept.source.get();
  open.entity = &kept.entity;
  open.snapshot = kept.snapshot;
  return open;
}

void SourceSessions::close(const std::string& entity, const std::string& store) {
  sessions_.erase(key(entity, store));
}

}  // namespace decant
