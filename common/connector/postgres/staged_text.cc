#include "common/connector/postgres/staged_text.h"

namespace decant::postgres {

const char* const k_refuse_cut = R"(
CREATE OR REPLACE FUNCTION pg_temp.decant_refuse_cut(value text, type_name text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
$$BEGIN RAISE EXCEPTION USING ERRCODE = '22001',
  MESSAGE = 'the value does not fit whole into ' || type_name || ', which would cut or round it'; END$$)";

bool needs_cast(const RelationColumn& column) {
  return column.server.wire == Wire::kCast || column.server.wire == Wire::kMoney;
}

bool may_cut(const RelationColumn& column) {
  return column.server.wire == Wire::kMoney ||
         (column.server.wire == Wire::kCast && column.is_limited);
}

std::string whole_value(const RelationColumn& column) {
  const std::string staged = quote_identifier(column.name);
  const std::string cast = staged + "::" + column.sql_type;
  if (!may_cut(column)) return cast;
  const bool is_money = column.server.wire == Wire::kMoney;
  const std::string type = is_money ? "numeric" : column.whole_type;
  return "CASE WHEN (" + cast + ")::" + type + " IS NOT DISTINCT FROM " + staged + "::" + type +
         " THEN " + cast + " ELSE pg_temp.decant_refuse_cut(" + staged + "::text, " +
         quote_literal(column.sql_type) + ")::" + column.sql_type + " END";
}

}  // namespace decant::postgres
