#include "common/connector/postgres/census.h"

#include <algorithm>

#include "common/connector/postgres/pg_session.h"
#include "common/connector/postgres/relation.h"
#include "common/connector/postgres/table_catalog.h"
#include "common/connector/sql_census.h"

namespace decant::postgres {
namespace {

// A server is told by when it was started, a session by what its rows may depend on.
constexpr const char* k_database = R"(
SELECT concat_ws(' ', pg_postmaster_start_time(), current_database(), current_user, current_schemas(true),
                 (SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings
                  WHERE source = 'client' AND name <> 'application_name')))";

}  // namespace

Result<CensusResult> take_census(Connection& connection, const JobSpec& job,
                                 const EntitySpec& entity, const CensusRequest& request,
                                 const Relation& relation, const std::string& time_zone) {
  PgSession session(connection);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> database, session.query(k_database));
  std::vector<std::string> bent_columns;
  for (const RelationColumn& column : relation.columns)
    if (column.is_bent_by_cast) bent_columns.push_back(column.name);
  DECANT_TRY_ASSIGN(
      CensusResult result,
      take_sql_census(session, {&job, &entity, request, relation.schema(), relation.from, time_zone,
                                database.at(0).at(0).value_or(""), bent_columns}));
  // Where all of a heap is wanted it can be read by blocks.
  if (relation.is_table && !request.days.begin && !request.days.end) {
    DECANT_TRY_ASSIGN(const std::int64_t blocks,
                      TableCatalog(session).block_count(entity.read.table));
    result.extents.front().extent.end_block = std::max<std::int64_t>(blocks, 0);
  }
  return result;
}

}  // namespace decant::postgres
