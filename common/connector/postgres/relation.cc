#include "common/connector/postgres/relation.h"

#include "common/base/text.h"
#include "common/connector/postgres/binary_reader.h"
#include "common/connector/postgres/pg_session.h"
#include "common/connector/postgres/savepoint.h"
#include "common/connector/written_text.h"

namespace decant::postgres {
namespace {

constexpr std::size_t k_batch_rows = 4096;
// Wide rows end a batch early, so that its memory is bounded.
constexpr std::size_t k_batch_bytes = 4 * 1024 * 1024;

constexpr const char* k_catalog = R"(
SELECT a.attname, a.attnotnull::text, (a.attgenerated <> '')::text, format_type(a.atttypid, a.atttypmod),
       (WITH RECURSIVE base AS (
          SELECT t.typbasetype AS oid, t.typtypmod AS modifier WHERE t.typtype = 'd'
          UNION ALL
          SELECT d.typbasetype, d.typtypmod FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
        SELECT format_type(base.oid, base.modifier) FROM base JOIN pg_type AS b ON b.oid = base.oid
        WHERE b.typtype <> 'd'),
       beneath.whole, beneath.is_limited::text, (a.attidentity = 'a')::text,
       has_column_privilege(a.attrelid, a.attnum, 'SELECT')::text,
       (SELECT c.relkind = 'v' FROM pg_class AS c WHERE c.oid = a.attrelid)::text,
       (SELECT c.relhassubclass FROM pg_class AS c WHERE c.oid = a.attrelid)::text
FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
CROSS JOIN LATERAL (
  -- Domains, and arrays of domains.
  WITH RECURSIVE base AS (
    SELECT a.atttypid AS oid, a.atttypmod AS modifier, 0 AS depth
    UNION ALL
    SELECT CASE WHEN d.typtype = 'd' THEN d.typbasetype ELSE m.typarray END,
           CASE WHEN d.typtype = 'd' THEN d.typtypmod ELSE e.typtypmod END, base.depth + 1
    FROM base JOIN pg_type AS d ON d.oid = base.oid
    LEFT JOIN pg_type AS e ON e.oid = d.typelem AND d.typcategory = 'A' AND e.typtype = 'd'
    LEFT JOIN pg_type AS m ON m.oid = e.typbasetype
    WHERE d.typtype = 'd' OR m.typarray <> 0)
  SELECT (array_agg(format_type(base.oid, -1) ORDER BY base.depth DESC))[1] AS whole, bool_or(base.modifier >= 0) AS is_limited FROM base) AS beneath
WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped)";

std::string from_of(const ReadSpec& read) {
  if (!read.table.empty()) return quote_table(read.table);
  std::string sql = read.sql;
  while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || sql.back() == '\n'))
    sql.pop_back();
  // The line break ends a comment that the query may end with.
  return "(" + sql + "\n) AS decant_input";
}

// What only the catalog knows of a table's columns.
Status read_catalog(Connection& connection, Relation& relation) {
  PgSession session(connection);
  const SqlValue name = relation.from;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows, session.query(k_catalog, std::span(&name, 1)));
  for (const SqlRow& row : rows) {
    for (RelationColumn& column : relation.columns) {
      if (column.name != *row[0]) continue;
      column.nullable = *row[1] != "true";
      column.generated = *row[2] == "true";
      column.sql_type = *row[3];
      column.base_type = row[4].value_or("");
      column.whole_type = *row[5];
      column.is_limited = row[6] == "true";
      column.is_fixed = *row[7] == "true";
      column.is_readable = row[8] == "true";
      relation.is_view = row[9] == "true";
      relation.has_children = row[10] == "true";
    }
  }
  return {};
}

// Behind the name of a type, which stands in a text of its own.
constexpr const char* k_names_objects =
    ", whose text names an object of the database as its search_path has it, and another one of "
    "that "
    "name would be meant in the target";

// Of types by number and modifier: what they are called, whether somebody made a cast to text for
// them that is not what they are written as, and whether any part of them is the name of an object.
constexpr const char* k_types = R"(
SELECT w.place, format_type(w.type, w.modifier),
       EXISTS (SELECT 1 FROM pg_cast AS c WHERE c.castsource = w.type AND c.casttarget = 'text'::regtype
               AND c.castmethod = 'f' AND c.oid >= 16384),  -- FirstNormalObjectId
       EXISTS (
         WITH RECURSIVE part AS (
           SELECT w.type AS oid
           UNION
           SELECT p.oid FROM part JOIN pg_type AS t ON t.oid = part.oid
           CROSS JOIN LATERAL (
             SELECT t.typbasetype WHERE t.typtype = 'd'
             UNION ALL SELECT t.typelem WHERE t.typcategory = 'A'
             -- Servers before 14 have no multiranges, and no column for them.
             UNION ALL SELECT r.rngsubtype FROM pg_range AS r
                       WHERE t.oid IN (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)
             UNION ALL SELECT a.atttypid FROM pg_attribute AS a
                       WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS p(oid))
         SELECT 1 FROM part JOIN pg_type AS t ON t.oid = part.oid
         WHERE t.typnamespace = 'pg_catalog'::regnamespace
           AND t.typname IN ('regclass', 'regtype', 'regproc', 'regprocedure', 'regoper', 'regoperator',
                             'regconfig', 'regdictionary', 'regcollation'))
FROM (VALUES )";

// The names of types that travel as text, of a table's columns and of a query's.
Status name_foreign_types(Connection& connection, const PgResult& described, Relation& relation) {
  std::string wanted;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    if (relation.columns[i].server.wire != Wire::kCast) continue;
    const int column = static_cast<int>(i);
    wanted += (wanted.empty() ? "(" : ", (") + std::to_string(i) + ", " +
              std::to_string(PQftype(described.get(), column)) + "::oid, " +
              std::to_string(PQfmod(described.get(), column)) + ")";
  }
  if (wanted.empty()) return {};
  PgSession session(connection);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session.query(k_types + wanted + ") AS w(place, type, modifier)"));
  for (const SqlRow& row : rows) {
    RelationColumn& column = relation.columns[std::stoul(*row[0])];
    column.foreign = row[1].value_or("another type");
    column.is_bent_by_cast = row[2] == "t";
    column.names_objects = row[3] == "t";
  }
  return {};
}

// Through queries down to the tables and views that they name; computed columns come from none.
std::set<std::string> tables_of(const PgResult& described) {
  std::set<std::string> tables;
  for (int i = 0; i < PQnfields(described.get()); ++i) {
    const Oid table = PQftable(described.get(), i);
    if (table != InvalidOid) tables.insert(std::to_string(table));
  }
  return tables;
}

Result<Relation> describe_now(Connection& connection, const ReadSpec& read) {
  Relation relation;
  relation.from = from_of(read);
  relation.is_table = !read.table.empty();
  DECANT_TRY_ASSIGN(const PgResult result, connection.describe("SELECT * FROM " + relation.from));
  for (int i = 0; i < PQnfields(result.get()); ++i) {
    RelationColumn column;
    column.name = PQfname(result.get(), i);
    column.server = server_type(PQftype(result.get(), i), PQfmod(result.get(), i));
    column.is_bent_by_cast = is_unpadded(PQftype(result.get(), i), PQfmod(result.get(), i));
    relation.columns.push_back(std::move(column));
  }
  relation.tables = tables_of(result);
  DECANT_TRY(name_foreign_types(connection, result, relation));
  if (relation.is_table) DECANT_TRY(read_catalog(connection, relation));
  return relation;
}

// Inside a transaction a read stands under a savepoint, so that one that fails or is given up costs
// nothing else.
class CopyRowSource final : public RowSource {
 public:
  CopyRowSource(Connection& connection, std::shared_ptr<const Schema> schema,
                std::vector<Wire> wires, SourceKey key)
      : connection_(connection),
        schema_(schema),
        reader_(std::move(schema), std::move(wires), std::move(key)) {}
  ~CopyRowSource() override { close(); }
  CopyRowSource(const CopyRowSource&) = delete;
  CopyRowSource& operator=(const CopyRowSource&) = delete;

  Status begin(const std::string& sql) {
    if (connection_.takes_bytes()) reader_.check_texts();
    has_savepoint_ = connection_.in_transaction();
    if (has_savepoint_) DECANT_TRY(connection_.run("SAVEPOINT decant_read"));
    DECANT_TRY(connection_.begin_copy_out(sql));
    reading_ = true;
    return {};
  }

  std::shared_ptr<const Schema> schema() const override { return schema_; }

  Result<bool> next(RowBatch& batch, std::vector<Reject>& faults) override {
    reader_.begin(batch, k_batch_rows);
    const Status filled = fill(batch, faults);
    reader_.end(batch);
    if (!filled) {
      close();
      return fail(filled.error());
    }
    if (!reading_ && !reader_.at_end()) {
      return fail(ErrorCode::kProtocol, "PostgreSQL ended a COPY before its end.");
    }
    // A batch of refused rows alone is empty without being the end.
    return batch.rows > 0 || reading_;
  }

 private:
  Status fill(RowBatch& batch, std::vector<Reject>& faults) {
    while (reading_ && batch.rows < k_batch_rows && batch.arena.used_bytes() < k_batch_bytes) {
      Connection::Message message;
      auto more = connection_.next_copy_message(message);
      if (!more) return fail(std::move(more).error());
      if (!*more) {
        reading_ = false;
        if (has_savepoint_) DECANT_TRY(connection_.run("RELEASE SAVEPOINT decant_read"));
        has_savepoint_ = false;
        return {};
      }
      const Status read =
          reader_.add({message.data, static_cast<std::size_t>(message.size)}, batch, faults);
      Connection::free_message(message);
      DECANT_TRY(read);
    }
    return {};
  }

  void close() {
    if (reading_) connection_.abandon_copy_out();
    reading_ = false;
    if (has_savepoint_ && connection_.is_alive()) {
      [[maybe_unused]] auto ignored =
          connection_.roll_back("ROLLBACK TO SAVEPOINT decant_read; RELEASE SAVEPOINT decant_read");
    }
    has_savepoint_ = false;
  }

  Connection& connection_;
  std::shared_ptr<const Schema> schema_;
  BinaryReader reader_;
  bool has_savepoint_ = false;
  bool reading_ = false;
};

}  // namespace

Schema Relation::schema() const {
  Schema schema;
  for (const RelationColumn& column : columns) {
    std::string foreign = column.foreign;
    if (column.names_objects) foreign = "unreadable: is " + foreign + k_names_objects;
    schema.fields.push_back({column.name, column.server.type, column.nullable, std::move(foreign)});
  }
  return schema;
}

const RelationColumn* Relation::find(std::string_view name) const {
  for (const RelationColumn& column : columns) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

Result<Relation> describe_in_savepoint(Connection& connection, const ReadSpec& read) {
  if (read.table.empty() && read.sql.empty()) {
    return fail(ErrorCode::kUsage,
                "An entity that is read from PostgreSQL needs `table:` or `sql:`.");
  }
  return describe_now(connection, read);
}

Result<Relation> describe_relation(Connection& connection, const ReadSpec& read) {
  return under_savepoint(connection, [&] { return describe_in_savepoint(connection, read); });
}

Result<std::vector<RelationColumn>> pick_columns(const Relation& relation,
                                                 const std::vector<std::string>& names) {
  std::vector<RelationColumn> picked;
  for (const std::string& name : names) {
    const RelationColumn* column = relation.find(name);
    if (column == nullptr) {
      std::vector<std::string> known;
      for (const RelationColumn& other : relation.columns) known.push_back(other.name);
      const std::string near = nearest(name, known);
      return fail(ErrorCode::kNotFound, "There is no column \"" + name + "\".",
                  near.empty() ? std::string() : "Did you mean \"" + near + "\"?");
    }
    picked.push_back(*column);
  }
  return picked;
}

Result<std::vector<RelationColumn>> columns_for(const Relation& table, const Schema& schema) {
  std::vector<std::string> names;
  for (const Field& field : schema.fields) names.push_back(field.name);
  auto picked = pick_columns(table, names);
  if (!picked) {
    Error error = std::move(picked).error();
    error.code = ErrorCode::kMismatch;
    error.message = "Table " + table.from + ": " + error.message;
    return fail(std::move(error));
  }
  for (std::size_t i = 0; i < picked->size(); ++i) {
    RelationColumn& column = (*picked)[i];
    const Field& field = schema.fields[i];
    if (!fits(field.type, column.server.wire)) {
      return fail(ErrorCode::kMismatch,
                  "Column \"" + column.name + "\" of " + table.from + " is " +
                      to_string(column.server.type) + " and no place for " + to_string(field.type) +
                      ".",
                  "Change the column's type in the job or in the table.");
    }
    column.server.type = field.type;
    column.nullable = field.nullable;
  }
  return picked;
}

std::string select_list(const std::vector<RelationColumn>& columns) {
  std::string list;
  for (const RelationColumn& column : columns) {
    const std::string name = quote_identifier(column.name);
    const bool is_cast = column.server.wire == Wire::kCast;
    list += list.empty() ? "" : ", ";
    list += is_cast && column.is_bent_by_cast ? written_text(name) : name;
    if (is_cast && !column.is_bent_by_cast) list += "::text";
    if (column.server.wire == Wire::kMoney) list += "::numeric";
    if (is_cast || column.server.wire == Wire::kMoney) list += " AS " + name;
  }
  return list;
}

Result<std::unique_ptr<RowSource>> open_copy(Connection& connection,
                                             const std::vector<RelationColumn>& columns,
                                             const std::string& from, const std::string& where,
                                             SourceKey key) {
  auto schema = std::make_shared<Schema>();
  std::vector<Wire> wires;
  for (const RelationColumn& column : columns) {
    schema->fields.push_back({column.name, column.server.type, column.nullable});
    wires.push_back(column.server.wire);
  }
  std::string sql = "COPY (SELECT " + select_list(columns) + " FROM " + from;
  if (!where.empty()) sql += " WHERE " + where;
  sql += ") TO STDOUT (FORMAT binary)";
  auto rows = std::make_unique<CopyRowSource>(connection, std::move(schema), std::move(wires),
                                              std::move(key));
  DECANT_TRY(rows->begin(sql));
  return rows;
}

}  // namespace decant::postgres
