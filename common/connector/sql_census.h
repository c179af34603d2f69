// The census of a table or query that a SQL database holds: rows counted by store and month (or
// day, or stretch of an integer key) in one pass.
#pragma once

#include <string>

#include "common/base/result.h"
#include "common/connector/extent.h"
#include "common/connector/sql_session.h"
#include "common/job/job_spec.h"

namespace decant {

struct SqlCensusInput {
  const JobSpec* job = nullptr;
  const EntitySpec* entity = nullptr;
  CensusRequest request;
  Schema columns;                              // of the relation
  std::string relation;                        // as it stands in FROM
  std::string time_zone;                       // of the months of kTimestampTz columns
  std::string database;                        // what tells it from all others; empty: nobody knows
  std::vector<std::string> bent_columns = {};  // as LoadSqlInput::bent_columns
};

// Whether each chunk asks for its own rows, by a condition on the time or the key.
inline bool is_cut(const ReadSpec& read) { return !read.time.empty() || !read.key.empty(); }

// One extent (kAll) whose cells are counted exactly:
// - with read.time: one cell per store and local month; one per day where a month has more than
//   chunk_rows rows. Rows without a time, or with an infinite one, are undated; a run over certain
//   days leaves them out. It also has a cell of the other days of its months (is_beyond).
// - with read.key: stretches of the key of about chunk_rows rows, at multiples of one round width.
// - with neither: one cell per store.
// kMismatch when a column is missing or the time or key column cannot be cut by.
Result<CensusResult> take_sql_census(SqlSession& session, const SqlCensusInput& input);

}  // namespace decant
