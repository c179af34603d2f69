// What a table or query holds, counted by store and month (or day, or stretch of an integer key) in
// one pass.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/connector/extent.h"
#include "common/connector/postgres/connection.h"
#include "common/connector/postgres/relation.h"
#include "common/job/job_spec.h"

namespace decant::postgres {

// `relation` is the entity's, described in the same transaction. One extent (kAll) whose cells are
// counted exactly under the session's snapshot. Its end_block is the number of heap blocks where
// the whole of a table is wanted, so that a planner may cut it into kBlocks extents; else 0.
// - with read.time: one cell per store and local month; per day where a month has more than
// chunk_rows rows. Rows
//   without a time, or with an infinite one, are counted as undated, unless the run covers certain
//   days only.
// - with read.key: stretches of the key of about chunk_rows rows, at multiples of one round width.
// - with neither: one cell per store.
// kMismatch when the time or key column has a type that cannot be cut by.
Result<CensusResult> take_census(Connection& connection, const JobSpec& job,
                                 const EntitySpec& entity, const CensusRequest& request,
                                 const Relation& relation, const std::string& time_zone);

}  // namespace decant::postgres
