// Stores of a job's entities that have chunks, whatever the job names now: what it names no more
// is nobody's to follow, and has to be known to be let go of.
#pragma once

#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/result.h"
#include "common/connector/sql_session.h"

namespace decant {

struct StoreOfEntity {
  std::string entity;
  std::string store;
};

// Those with live batches in a table that goes by any of these names. Requires a ledger in
// `schema`, as do the others.
Result<std::vector<StoreOfEntity>> loaded_stores(SqlSession& sql, const std::string& schema,
                                                 const std::string& job,
                                                 const std::vector<std::string>& tables);

// Stores of an entity of which a batch loaded rows once, be it live or void by now.
Result<std::vector<std::string>> stores_once_loaded(SqlSession& sql, const std::string& schema,
                                                    const std::string& job,
                                                    const std::string& entity);

// The names of all recorded chunks.
Result<std::vector<ChunkName>> chunks_of_store(SqlSession& sql, const std::string& schema,
                                               const std::string& job, const StoreOfEntity& of);

struct RecordedChunk {
  StoreOfEntity of;
  ChunkName name;
};
// Of all of the job's entities, also those that it has no longer.
Result<std::vector<RecordedChunk>> chunks_of_job(SqlSession& sql, const std::string& schema,
                                                 const std::string& job);

// Voids the live batches of one store's chunks: they hold nothing any more. In the session's open
// transaction, in which the caller has made sure that `run` leads.
Status void_store(SqlSession& sql, const std::string& schema, const RunId& run,
                  const std::string& job, const StoreOfEntity& of);

}  // namespace decant
