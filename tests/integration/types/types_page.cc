#include "tests/integration/types/types_page.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "common/base/text.h"
#include "common/connector/adapters/adapters.h"
#include "common/connector/duckdb/type_map.h"
#include "common/connector/duckdb/vector_write.h"
#include "common/connector/postgres/binary_writer.h"
#include "common/connector/postgres/type_map.h"
#include "common/job/entity_plan.h"
#include "common/value/canonical.h"
#include "common/value/lossy.h"
#include "tests/support/target_query.h"
#include "tests/support/temp_folder.h"

namespace decant::test {
namespace {

using Texts = std::vector<std::string>;

// Which rows the tables have. What stands in them comes from the code.
const Texts k_ours = {"bool",          "int16",
                      "int32",         "int64",
                      "decimal(18,4)", "decimal(50,4)",
                      "decimal",       "float32",
                      "float64",       "date",
                      "time",          "timestamp",
                      "timestamp(3)",  "timestamp with time zone",
                      "text",          "varchar(20)",
                      "bytes",         "uuid",
                      "json"};

const Texts k_postgres = {"boolean",       "smallint",      "integer",   "bigint",
                          "numeric(18,4)", "numeric(50,4)", "numeric",   "numeric(5,-2)",
                          "numeric(3,5)",  "money",         "real",      "double precision",
                          "date",          "time",          "time(3)",   "timestamp",
                          "timestamp(3)",  "timestamptz",   "text",      "varchar(20)",
                          "char(20)",      "name",          "bytea",     "uuid",
                          "json",          "jsonb",         "interval",  "time with time zone",
                          "integer[]",     "mood",          "int4range", "int4multirange",
                          "spot",          "percent",       "inet",      "cidr",
                          "macaddr",       "bit(4)",        "xml",       "tsvector",
                          "point",         "oid",           "\"char\"",  "citext",
                          "hstore"};

const Texts k_duckdb = {"BOOLEAN",
                        "TINYINT",
                        "UTINYINT",
                        "SMALLINT",
                        "USMALLINT",
                        "INTEGER",
                        "UINTEGER",
                        "BIGINT",
                        "UBIGINT",
                        "HUGEINT",
                        "UHUGEINT",
                        "DECIMAL(18,4)",
                        "FLOAT",
                        "DOUBLE",
                        "DATE",
                        "TIME",
                        "TIMESTAMP_S",
                        "TIMESTAMP_MS",
                        "TIMESTAMP",
                        "TIMESTAMP_NS",
                        "TIMESTAMP WITH TIME ZONE",
                        "TIME WITH TIME ZONE",
                        "VARCHAR",
                        "BLOB",
                        "UUID",
                        "JSON",
                        "INTERVAL",
                        "BIT",
                        "VARINT",
                        "ENUM('sad', 'happy')",
                        "INTEGER[]",
                        "STRUCT(a INTEGER)",
                        "MAP(VARCHAR, INTEGER)"};

// A key of one JSON object each.
const std::vector<std::pair<std::string, std::string>> k_json = {
    {"a text", "\"x\""},        {"a number", "12.50"}, {"`true`, `false`", "true"},
    {"an object", "{\"a\":1}"}, {"an array", "[1]"},   {"`null` alone", "null"}};

std::string table(const Texts& head, const std::vector<Texts>& rows) {
  const auto line = [](const Texts& cells) { return "| " + join(cells, " | ") + " |\n"; };
  std::string out = line(head) + "|";
  for (std::size_t i = 0; i < head.size(); ++i) out += "---|";
  out += "\n";
  for (const Texts& row : rows) out += line(row);
  return out + "\n";
}

std::string code(const std::string& text) { return "`" + text + "`"; }

std::string in_duckdb(const Type& type) {
  const auto made = duck::sql_type(type, "the column");
  return made ? code(*made) : "refused: " + made.error().advice;
}

// The type of a column of a table that Decant makes for it.
Result<Type> new_type(const Field& field) {
  JobSpec job;
  EntitySpec entity;
  entity.name = "page";
  entity.write.table = "page";
  Schema source;
  source.fields = {field};
  DECANT_TRY_ASSIGN(const EntityPlan plan, resolve_entity(job, entity, source, nullptr));
  return plan.columns[0].type;
}

Result<Schema> described(const PagePlaces& places, const std::string& connection,
                         const EntitySpec& entity) {
  SourceRequest request;
  request.connection = connection;
  request.directory = places.folder;
  request.application_name = "types page";
  DECANT_TRY_ASSIGN(const auto source, make_source_factory()->open(request, entity));
  return source->describe(entity);
}

std::string columns_of(const Texts& types) {
  std::string out;
  for (std::size_t i = 0; i < types.size(); ++i)
    out += (i == 0 ? "" : ", ") + std::string("c") + std::to_string(i) + " " + types[i];
  return out;
}

Result<std::string> source_table(const std::string& head, const Texts& shown,
                                 const Schema& schema) {
  std::vector<Texts> rows;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    DECANT_TRY_ASSIGN(const Type made, new_type(field));
    rows.push_back({shown[i],
                    code(to_string(field.type)) + (field.foreign.empty() ? "" : ", its text"),
                    code(postgres::sql_type(made)), in_duckdb(made)});
  }
  return table({head, "is read as", "a new column in PostgreSQL", "in DuckDB"}, rows);
}

Texts as_code(const Texts& texts) {
  Texts out;
  for (const std::string& text : texts) out.push_back(code(text));
  return out;
}

Result<std::string> from_database(const PagePlaces& places, const std::string& connection,
                                  const std::string& before, const Texts& types,
                                  const std::string& head) {
  DECANT_TRY(change(connection, before + "CREATE TABLE page (" + columns_of(types) + ")"));
  EntitySpec entity;
  entity.name = entity.read.table = "page";
  DECANT_TRY_ASSIGN(const Schema schema, described(places, connection, entity));
  return source_table(head, as_code(types), schema);
}

Result<std::string> from_json(const PagePlaces& places) {
  std::string object;
  Texts shown;
  for (const auto& [name, value] : k_json) {
    object += (object.empty() ? "{\"" : ", \"") + std::string("k") + std::to_string(shown.size()) +
              "\": " + value;
    shown.push_back(name);
  }
  write_file(places.folder + "/page.jsonl", object + "}\n");
  EntitySpec entity;
  entity.name = "page";
  entity.read.files = "page.jsonl";
  entity.read.file_options.format = FileFormat::kJsonLines;
  DECANT_TRY_ASSIGN(const Schema schema, described(places, places.folder, entity));
  return source_table("in JSON", shown, schema);
}

Result<std::string> from_csv(const PagePlaces& places) {
  write_file(places.folder + "/page.csv", "a\n1\n");
  EntitySpec entity;
  entity.name = "page";
  entity.read.files = "page.csv";
  DECANT_TRY_ASSIGN(const Schema schema, described(places, places.folder, entity));
  return source_table("in CSV", {"every field"}, schema);
}

RowBatch row_of(const Type& type, std::int64_t word) {
  auto schema = std::make_shared<Schema>();
  schema->fields.push_back({"v", type, true});
  RowBatch batch;
  batch.reset(schema);
  batch.rows = 1;
  batch.columns[0].resize(1);
  batch.columns[0].valid[0] = 1;
  batch.columns[0].words[0] = word;
  return batch;
}

bool postgres_holds(const Type& type, std::int64_t word) {
  const RowBatch batch = row_of(type, word);
  const postgres::Wire wire = type.kind == TypeKind::kDate        ? postgres::Wire::kDate
                              : type.kind == TypeKind::kTimestamp ? postgres::Wire::kTimestamp
                                                                  : postgres::Wire::kTimestampTz;
  auto writer = postgres::BinaryWriter::make(*batch.schema, {wire});
  ByteBuffer buffer;
  return writer && writer->put_row(batch, 0, std::nullopt, buffer);
}

bool duckdb_holds(const Type& type, std::int64_t word) {
  return duck::holds_value(row_of(type, word).columns[0], 0);
}

// The outermost word, on the side of `limit`, of which `holds` is true. It is of 0.
std::int64_t last_held(std::int64_t limit, const std::function<bool(std::int64_t)>& holds) {
  std::int64_t held = 0;
  std::int64_t beyond = limit;
  if (holds(limit)) return limit;
  while (held != beyond - (limit > 0 ? 1 : -1)) {
    const std::int64_t middle = held / 2 + beyond / 2 + (held % 2 + beyond % 2) / 2;
    (holds(middle) ? held : beyond) = middle;
  }
  return held;
}

std::string range_of(const Type& type, bool (*holds)(const Type&, std::int64_t)) {
  const auto shown = [&](std::int64_t limit) {
    const std::int64_t word =
        last_held(limit, [&](std::int64_t value) { return holds(type, value); });
    return display_text(row_of(type, word).columns[0], 0);
  };
  // The ends of 64 bits are the infinities.
  return shown(INT64_MIN + 1) + " to " + shown(INT64_MAX - 1) + ", and ±infinity";
}

template <typename Made>
std::string most_digits(const Made& is_made) {
  int most = 0;
  for (int digits = 1; digits <= 1000; ++digits) {
    if (is_made(Type{TypeKind::kDecimal, digits, 0})) most = digits;
  }
  return std::to_string(most) + " digits";
}

std::string ranges() {
  std::vector<Texts> rows;
  rows.push_back(
      {"`decimal(p,s)`",
       most_digits([](const Type& type) { return parse_type(to_string(type)).has_value(); }),
       most_digits([](const Type& type) { return duck::sql_type(type, "").has_value(); })});
  rows.push_back({"`decimal`", "all that `numeric` can be, `NaN` and infinities too",
                  in_duckdb(Type{TypeKind::kDecimal})});
  for (const TypeKind kind : {TypeKind::kDate, TypeKind::kTimestamp, TypeKind::kTimestampTz}) {
    const Type type{kind};
    rows.push_back(
        {code(to_string(type)), range_of(type, postgres_holds), range_of(type, duckdb_holds)});
  }
  return table({"type", "PostgreSQL holds", "DuckDB holds"}, rows);
}

Result<std::string> made_types() {
  std::vector<Texts> rows;
  for (const std::string& name : k_ours) {
    DECANT_TRY_ASSIGN(const Type type, parse_type(name));
    rows.push_back({code(name), code(postgres::sql_type(type)), in_duckdb(type)});
  }
  return table({"declared in the job", "made in PostgreSQL", "made in DuckDB"}, rows);
}

std::string letter_of(const Type& from, const Type& to) {
  const Fidelity fidelity = fidelity_of(from, to);
  if (fidelity == Fidelity::kImpossible) return "–";
  if (fidelity == Fidelity::kLossy) return each_value_decides(from, to) ? "r" : "**L**";
  if (from.kind == TypeKind::kText && to.kind != TypeKind::kText) return "r";
  return fidelity == Fidelity::kWidening ? "w" : "e";
}

Result<std::string> conversions() {
  Texts head = {"from \\ to"};
  std::vector<Texts> rows;
  for (const std::string& name : k_ours) head.push_back(name);
  for (const std::string& from : k_ours) {
    DECANT_TRY_ASSIGN(const Type from_type, parse_type(from));
    Texts row = {code(from)};
    for (const std::string& to : k_ours) {
      DECANT_TRY_ASSIGN(const Type to_type, parse_type(to));
      row.push_back(letter_of(from_type, to_type));
    }
    rows.push_back(std::move(row));
  }
  return table(head, rows);
}

constexpr const char* k_head = R"(# Types

What becomes of each type on its way. The tables of this page are made by a program from the code that reads, converts and writes, on a
real PostgreSQL and DuckDB (`tests/integration/types`); a test fails when they are not what the code does, and
`DECANT_REFRESH_GOLDEN=1` writes the page anew. [job-file.md](job-file.md#values-that-do-not-fit) has the policies of lossy columns,
[FORMAT.md](../common/value/FORMAT.md) the bytes of each type.

A column has the type of the table that is there, else the one that the job declares, else the source's. A value that the type or
the engine cannot hold is a reject with its reason, and its neighbours are loaded. It is never cut, rounded or wrapped, unless the column has
a policy (`lossy`).

## What Decant makes in a new table

)";

constexpr const char* k_ranges =
    R"(`varchar(n)` counts characters (code points); in DuckDB the rows are checked on their way and the table itself has no limit.

## Where the engines end

A value beyond is a reject; a type beyond is refused before anything is read, with the advice that stands here.

)";

constexpr const char* k_after_ranges =
    R"(Times of day go from 00:00:00 to 24:00:00 and are kept to microseconds in both. Text is UTF-8, in any form: nothing is normalised. On its way into another type an empty text is NULL from CSV alone; from elsewhere it is a reject, unless `nulls` say that it is none. A text with
a NUL character is a reject in both, unless its column says `replace_nul`; `jsonb` takes neither `\u0000`, unless its column says so too, nor half of a surrogate
pair nor a number beyond `numeric`, and would keep one of two members of one name without a word: such rows are rejects too. So are those whose JSON only DuckDB takes (`NaN`, `Infinity`, a comma behind the last element), in `json` and `jsonb`. `NaN` fits `decimal` without a scale and floats; in a `decimal(p,s)` of at most 38 digits it is a reject.

## From PostgreSQL

A domain is what it is made of; its CHECK, where the target's column has it too, makes a reject of a row that it refuses. `mood` stands for an
enum, `spot` for a composite, `percent` for a domain over `numeric(5,2)`. What is read as text (arrays, ranges, intervals, types of extensions …) is read by `::text`
under fixed settings (ISO dates, `IntervalStyle` postgres, hexadecimal bytes), so that it reads the same from every server; where somebody made a cast of their own (`CREATE CAST (mood AS text) …`), by what the type itself writes. On the way into a table such a cast (`CREATE CAST (text AS mood) …`) is heeded, and what it makes of another value is told by the read-back. Refused is what names an object of the database as its `search_path` has it (`regclass`, `regtype`, `regproc`, `regconfig` and their like, also inside of arrays, domains and composites): the same text may mean another one in the target. Write its full name in `read: sql`. `regrole` and `regnamespace` are texts. A column of
a target that has such a type takes the text and compares by it: two texts that the type calls equal (`1 mon`, `30 days`) are two values.
A text that the table would write otherwise (`2 days 3 hours`) loads and is a difference at each read-back: write it as PostgreSQL does. One that a column has no room for (`1.234` in a `numeric(10,1)[]`, five bits in a `bit(4)`, microseconds in an `interval(0)`) is a reject; parts of composites are not looked at.

)";

constexpr const char* k_after_postgres =
    R"(`char(n)` is read without its padding; into a `char(n)` a text that ends with a blank is a reject. A `bpchar` without a length has none, and keeps its blanks. Generated columns of a target are left out, with a note.
An identity has the source's numbers, `GENERATED ALWAYS` too, and goes on behind them.

## From DuckDB and Parquet

Parquet is read by DuckDB and has its types, but for what DuckDB would bend. A decimal of more than 38 digits, which it makes floating point of, is refused in the plan, and so are the times that it cuts to microseconds, towards 1970 (`TIMESTAMP` with
nanoseconds and UTC, `TIME` with nanoseconds, `INT96`), unless their column says `lossy: truncate`. Local timestamps with nanoseconds are text. Inside of a list or a struct such types refuse the whole column. A value that is none of its declared type
(text that is not UTF-8, JSON that is none, a decimal of more digits, a time outside of the day) is a reject with the row's number; in a dictionary, and beyond DuckDB's years, the file is refused with column and row group. What the values of a Parquet column are is said by its logical type, also where the older converted type, by which DuckDB goes, is missing: a decimal has its point, an unsigned number is never negative, a date is a date, and text, enumerations and JSON are no bytes. A column that cannot be read so is refused in the plan: such a value inside of a list, a struct or a map, a list or a map without its converted type, a converted type that says something else, a logical type that cannot lie in the file as it does. A column that the job does not take refuses nothing.

)";

constexpr const char* k_csv =
    R"(`HUGEINT` and `UHUGEINT` of more than 38 digits are rejects. A column of a DuckDB table that has one of the types that are read as text takes it by DuckDB's
own cast; `TINYINT` and the unsigned integers of a table are read and written as the integers of this table, and what they do not hold is a reject.
A column that is a `UNION`, or has one inside of a list, a struct or a map, is refused in the plan: its member 1 and its member '1' have one text. Read it with `sql` as `union_tag(…)` and a `union_extract(…, 'member')` for each member. A column of a table that is one is refused, too. So is a `VARIANT`, of whose 1 and '1' the same is true: read it as a cast to the type that its values have, or as `CAST(… AS VARCHAR)` and `variant_typeof(…)`. Into an existing column `JSON[]` DuckDB's cast takes JSON without the blanks that it was written with (`[{"a": 1}]` becomes `[{"a":1}]`), which is a difference (status 3): make the column a text.

## From CSV

)";

constexpr const char* k_json_head =
    R"(An empty field without quotes is NULL, and an empty text on its way into any other type too; `nulls` says instead which texts are: with `nulls: ["NULL"]` an empty field of a text column is an empty text, with `["", "NULL"]` both are NULL.

## From JSON lines

Numbers are read digit by digit from the text, never as floating point. A column whose rows have several kinds of values is `text`. In a column `json` the text `"5"` stays a text and `5` a number, `""` is an empty text; `null` is NULL. A row with a key twice, or with one that is no column, is a reject.

)";

constexpr const char* k_conversions = R"(## Each type into each type

**e** exact. **w** widening: the target's type holds more. **r** each value is kept exactly or is a reject. **L** lossy: refused, unless the column has
`lossy: round` or `lossy: truncate`. **–** impossible: refused.

A text is read as [job-file.md](job-file.md#values-that-do-not-fit) says: into a float where the float gives it back, with an offset into a `timestamp` or a `date` where
it is the zone's own. `decimal` without a scale (PostgreSQL's `numeric`) is a number and nothing else: 1.10 lands as 1.1, 0.00 as 0, and both are one
value to the digests. Declare a scale where its zeros matter.

)";

}  // namespace

Result<std::string> types_page(const PagePlaces& places) {
  std::string page = k_head;
  DECANT_TRY_ASSIGN(const std::string made, made_types());
  page += made + k_ranges + ranges() + k_after_ranges;
  DECANT_TRY_ASSIGN(
      const std::string postgres,
      from_database(places, places.postgres,
                    "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM "
                    "('sad'); CREATE TYPE spot AS (a int); CREATE DOMAIN percent AS numeric(5,2); ",
                    k_postgres, "in PostgreSQL"));
  page += postgres + k_after_postgres;
  DECANT_TRY_ASSIGN(const std::string duckdb,
                    from_database(places, places.duckdb, "", k_duckdb, "in DuckDB"));
  page += duckdb + k_csv;
  DECANT_TRY_ASSIGN(const std::string csv, from_csv(places));
  page += csv + k_json_head;
  DECANT_TRY_ASSIGN(const std::string json, from_json(places));
  page += json + k_conversions;
  DECANT_TRY_ASSIGN(const std::string matrix, conversions());
  page += matrix;
  page.pop_back();  // one line end is enough
  return page;
}

}  // namespace decant::test
