// The sessions with sources that a worker keeps between the tasks of a run, so that a snapshot is
// imported once and lives as long as somebody needs it: one per database and store, which the
// entities share, since a shop's server may have few to spare.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/secrets.h"
#include "common/connector/source.h"
#include "common/job/fill_in.h"
#include "common/job/job_spec.h"
#include "common/wire/messages.h"

namespace decant {

// An entity whose file paths have their environment variables filled in.
struct OpenSource {
  Source* source = nullptr;
  const EntitySpec* entity = nullptr;
  const StoreSpec* store = nullptr;  // null with from_column
  std::string time_zone;             // of months
  // Of local times in rows that say their store; empty where nobody can tell (store_zones.h).
  std::string local_time_zone;
  std::string snapshot;      // the session's own, exported again, where it imported one
  std::string store_values;  // CensusResult::store_values of this worker
};

// Whether `open` reads what the run had counted:
// - A store's rows have the same constants whoever reads them: kUsage, which names `worker`.
// - A row that a task lets go is gone only as far as it looks at what the run had looked at. Under
//   another snapshot of the store's source it may have moved: kSourceChanged.
Status check_reads_what_was_counted(const Task& task, const std::string& store,
                                    const OpenSource& open, const WorkerName& worker);

class SourceSessions {
 public:
  // All references must outlive the sessions. `application_name` is what the source sees us as.
  // The stores of `job` are filled in, but for those of `not_filled_in`.
  SourceSessions(const JobSpec& job, const StoresNotFilledIn& not_filled_in,
                 const Environment& environment, SecretMask& mask, SourceFactory& factory,
                 std::string application_name);

  // Opens the source of (entity, store), or gives the one that is open. `store` empty: from_column.
  // kUsage for a missing environment variable, and whatever the adapter says.
  // `snapshots` are Task::snapshots.
  Result<OpenSource> open(const std::string& entity, const std::string& store,
                          const SnapshotsOfStores& snapshots);
  // Forgets a session that broke. What open() gave for others of its entities is gone with it.
  void close(const std::string& entity, const std::string& store);

 private:
  // An entity in a store.
  struct Place {
    EntitySpec entity;  // resolved
    std::string connection;
    std::string session;  // key in sessions_
  };
  struct Session {
    std::unique_ptr<Source> source;
    std::string snapshot;
  };
  static std::string key(const std::string& entity, const std::string& store) {
    return entity + '\n' + store;
  }
  Result<const Place*> find_place(const EntitySpec& entity, const StoreSpec* store);
  Result<Session*> find_session(const Place& place, SourceRequest request);

  const JobSpec& job_;
  const StoresNotFilledIn& not_filled_in_;
  const Environment& environment_;
  SecretMask& mask_;
  SourceFactory& factory_;
  std::string application_name_;
  std::map<std::string, Place> places_;
  std::map<std::string, Session> sessions_;
};

}  // namespace decant
