// Relation: what is read, as it stands in FROM, and its columns as the server describes them.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/connector/postgres/connection.h"
#include "common/connector/postgres/type_map.h"
#include "common/connector/row_text.h"
#include "common/connector/source.h"

namespace decant::postgres {

struct RelationColumn {
  std::string name;
  ServerType server;
  bool nullable = true;
  std::string foreign = {};      // Field::foreign: "interval", "integer[]"
  bool is_bent_by_cast = false;  // ::text says something else than what it holds
  bool names_objects = false;    // of the database, by names that depend on its search_path
  bool generated = false;        // computed by the table: cannot be written
  bool is_fixed = false;         // GENERATED ALWAYS AS IDENTITY: cannot be updated
  std::string base_type = {};    // what a domain is made of; empty for other columns
  std::string sql_type = {};     // of a table's column, as a cast writes it: numeric(10,2), text[]
  std::string whole_type = {};   // the same without limits, beneath any domain: numeric, text[]
  bool is_limited = false;       // by such: it may hold less than whole_type
  bool is_readable = true;       // by this user, who may not read all columns of a table or view
};

struct Relation {
  std::string from;              // "schema"."table", or (SELECT …) AS decant_input
  bool is_table = false;         // or a view, which it is by name
  bool is_view = false;          // a query with a name, and not materialized
  bool has_children = false;     // partitions, or tables that inherit from it
  std::set<std::string> tables;  // the numbers (OIDs) of those that its columns come from
  std::vector<RelationColumn> columns;

  bool is_one_table() const { return is_table && !is_view && !has_children; }
  Schema schema() const;
  const RelationColumn* find(std::string_view name) const;
};

// kNotFound, kPermission, kUsage (the job's SQL does not parse) … A failure leaves an open
// transaction usable.
Result<Relation> describe_relation(Connection& connection, const ReadSpec& read);
// The same for whoever does more than this under a savepoint of theirs.
Result<Relation> describe_in_savepoint(Connection& connection, const ReadSpec& read);

// The columns wanted, in that order. kNotFound, with the nearest name, for one that is not there.
Result<std::vector<RelationColumn>> pick_columns(const Relation& relation,
                                                 const std::vector<std::string>& names);

// "a", "b"::text AS "b" …: columns as BinaryReader expects them.
std::string select_list(const std::vector<RelationColumn>& columns);

// The columns of a target's table that `schema` names, with the types of `schema`: kMismatch where
// they do not fit.
Result<std::vector<RelationColumn>> columns_for(const Relation& table, const Schema& schema);

// Rows of COPY (SELECT columns FROM `from` …) TO STDOUT. The connection must outlive it and is its
// own until it is destroyed. Rows that cannot become ours are told by `key`.
Result<std::unique_ptr<RowSource>> open_copy(Connection& connection,
                                             const std::vector<RelationColumn>& columns,
                                             const std::string& from, const std::string& where,
                                             SourceKey key);

}  // namespace decant::postgres
