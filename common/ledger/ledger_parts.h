// Statements that several files of this folder take part of their work from; private to it.
#pragma once

#include <span>
#include <string>

#include "common/connector/sql_session.h"
#include "common/job/slice.h"

namespace decant::ledger_internal {

// Records limits, in the open transaction; a chunk that is there already keeps its own. How many
// were new.
Result<std::int64_t> insert_chunks(SqlSession& sql, const std::string& schema,
                                   const std::string& job, const std::string& table,
                                   std::span<const ChunkSpec> chunks);

}  // namespace decant::ledger_internal
