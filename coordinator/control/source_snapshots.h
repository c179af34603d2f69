// SourceSnapshots: which snapshots of which databases a run reads under. A database is known by the
// connection as the job spells it, so that all entities and stores that are read over one have one
// snapshot. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/job/job_spec.h"
#include "common/wire/messages.h"

namespace decant {

class SourceSnapshots {
 public:
  // `job` must outlive it.
  explicit SourceSnapshots(const JobSpec& job) : job_(job) {}

  // The connection, with the store's own values filled in and the environment's not; empty for an
  // entity that is read from files.
  std::string source_of(const std::string& entity, const std::string& store) const;

  // What a session told (snapshot_text.h); empty: it has none.
  void learn(const std::string& entity, const std::string& store, const std::string& snapshot);
  // What a batch was read under, by the ledger.
  void learn_content(const std::string& entity, const std::string& store,
                     const std::string& content);
  // What an entity reads that no snapshot holds (CensusResult::not_held); empty: nothing.
  void learn_not_held(const std::string& entity, const std::string& what);
  // To import from, by store, newest last: a bounded number, and fewer of each where the stores are
  // many. Stores whose source has none are left out.
  SnapshotsOfStores of(const std::string& entity, const std::vector<std::string>& stores) const;

  // Whether all of it was read under one and the same, as far as anybody told.
  bool is_one(const std::string& entity, const std::string& store) const;
  // Databases that were read under several, as "ventas of tienda_01", and how many.
  std::map<std::string, int> divided() const;
  // By entity.
  const std::map<std::string, std::set<std::string>>& not_held() const { return not_held_; }
  // Whether a row of the entity that was not met may have moved while the run read.
  bool may_miss_rows(const std::string& entity) const {
    return not_held_.contains(entity) || !divided().empty();
  }

 private:
  struct Source {
    std::string name;  // its first entity and store
    std::vector<std::string> texts;
    std::set<std::string> contents;
  };
  Source* find(const std::string& entity, const std::string& store);

  const JobSpec& job_;
  std::map<std::string, Source> sources_;
  std::map<std::string, std::set<std::string>> not_held_;
};

}  // namespace decant
