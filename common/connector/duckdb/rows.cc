#include "common/connector/duckdb/rows.h"

#include "common/base/text.h"
#include "common/connector/duckdb/errors.h"
#include "common/connector/duckdb/type_map.h"

namespace decant::duck {
namespace {

constexpr std::size_t k_batch_rows = 4096;

Schema schema_of(const Prepared& statement) {
  Schema schema;
  const idx_t count = duckdb_prepared_statement_column_count(statement.get());
  for (idx_t i = 0; i < count; ++i) {
    const LogicalType type(duckdb_prepared_statement_column_logical_type(statement.get(), i));
    const char* name = duckdb_prepared_statement_column_name(statement.get(), i);
    schema.fields.push_back({name ? name : "", mapped_type(type.get()).type, true});
    duckdb_free(const_cast<char*>(name));
  }
  return schema;
}

// The query with columns of types that we have no form for (ENUM, STRUCT, INTERVAL …) as text;
// empty where it has none. Their bits are not those of text.
std::string with_readable_columns(const Prepared& statement, const Schema& own,
                                  const std::string& sql) {
  std::string list, names;
  bool any = false;
  for (idx_t i = 0; i < own.fields.size(); ++i) {
    const LogicalType type(duckdb_prepared_statement_column_logical_type(statement.get(), i));
    const bool is_direct = mapped_type(type.get()).is_direct;
    const std::string column = "c" + std::to_string(i);
    any = any || !is_direct;
    names += (i > 0 ? ", " : "") + column;
    list += (i > 0 ? ", " : "") + (is_direct ? column : "CAST(" + column + " AS VARCHAR)") +
            " AS " + quote_identifier(own.fields[i].name);
  }
  return any ? "SELECT " + list + " FROM (" + sql + ") AS decant_rows(" + names + ")"
             : std::string();
}

}  // namespace

// Text is what JSON and long decimals are held as; anything else has bits of its kind.
bool has_form_of(const Type& found, const Type& wanted) {
  if (storage_of(found) != storage_of(wanted)) return false;
  if (storage_of(found) == Storage::kView) return true;
  return found.kind == wanted.kind &&
         (found.kind != TypeKind::kDecimal || found.scale == wanted.scale);
}

Result<Schema> describe_query(Connection& connection, const std::string& sql,
                              std::string_view what) {
  DECANT_TRY_ASSIGN(const Prepared statement, connection.prepare(sql, what));
  Schema schema = schema_of(statement);
  std::vector<idx_t> foreign;
  for (idx_t i = 0; i < schema.fields.size(); ++i) {
    const LogicalType type(duckdb_prepared_statement_column_logical_type(statement.get(), i));
    if (!mapped_type(type.get()).is_direct) foreign.push_back(i);
  }
  if (foreign.empty()) return schema;
  // Only SQL has the names of types such as STRUCT(a INTEGER).
  DECANT_TRY_ASSIGN(const auto described, Session(connection).query("DESCRIBE " + sql, {}));
  for (const idx_t i : foreign)
    if (i < described.size()) schema.fields[i].foreign = described[i][1].value_or("another type");
  return schema;
}

namespace {

// VARCHAR[2] becomes VARCHAR[], wherever it stands in a type; names and values are left alone.
std::string without_array_sizes(const std::string& type) {
  std::string out;
  char quote = 0;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const char c = type[i];
    if (quote != 0 ? c == quote : c == '"' || c == '\'') quote = quote != 0 ? 0 : c;
    out += c;
    if (quote != 0 || c != '[') continue;
    while (i + 1 < type.size() && type[i + 1] >= '0' && type[i + 1] <= '9') ++i;
  }
  return out;
}

}  // namespace

std::map<std::string, std::string> types_with_lists(const Schema& described) {
  std::map<std::string, std::string> out;
  for (const Field& field : described.fields) {
    std::string with_lists = without_array_sizes(field.foreign);
    if (with_lists != field.foreign) out.emplace(field.name, std::move(with_lists));
  }
  return out;
}

Result<std::string> readable_list(Connection& connection, const std::string& relation,
                                  const std::vector<std::string>& names, std::string_view what) {
  DECANT_TRY_ASSIGN(const Schema schema,
                    describe_query(connection, "SELECT * FROM " + relation, what));
  return readable_list(schema, names, what);
}

Result<std::string> readable_list(const Schema& described, const std::vector<std::string>& names,
                                  std::string_view what) {
  const std::map<std::string, std::string> arrays = types_with_lists(described);
  std::string list;
  for (const std::string& name : names) {
    const int column = described.find(name);
    if (column < 0) {
      std::vector<std::string> known;
      for (const Field& field : described.fields) known.push_back(field.name);
      const std::string near = nearest(name, known);
      return fail(ErrorCode::kMismatch,
                  std::string(what) + ": there is no column \"" + name + "\".",
                  near.empty() ? std::string() : "Did you mean \"" + near + "\"?");
    }
    const std::string quoted = quote_identifier(name);
    const std::string& foreign = described.fields[static_cast<std::size_t>(column)].foreign;
    if (!list.empty()) list += ", ";
    if (foreign.empty()) {
      list += quoted;
      continue;
    }
    const auto array = arrays.find(name);
    const std::string value =
        array == arrays.end() ? quoted : "CAST(" + quoted + " AS " + array->second + ")";
    list += "CAST(" + value + " AS VARCHAR) AS " + quoted;
  }
  return list;
}

std::string file_literal(const std::string& path) {
  std::string pattern;
  for (char c : path)
    pattern += c == '*' || c == '?' || c == '[' ? std::string("[") + c + "]" : std::string(1, c);
  return quote_literal(pattern);
}

std::string parquet_relation(const std::string& path) {
  // A folder's name (year=2024) does not take the place of what a file says.
  return "read_parquet([" + file_literal(path) + "], hive_partitioning = false)";
}

void QueryRows::read_as(const std::vector<Type>& types, const std::vector<VectorForm>& forms) {
  auto schema = std::make_shared<Schema>(*schema_);
  for (std::size_t i = 0; i < forms.size(); ++i) {
    if (forms[i].type == DUCKDB_TYPE_INVALID) continue;
    forms_[i] = forms[i];
    schema->fields[i].type = types[i];
  }
  schema_ = std::move(schema);
}

void QueryRows::take_places() {
  has_places_ = true;
  auto given = std::make_shared<Schema>(*schema_);
  given->fields.pop_back();
  given_ = std::move(given);
}

Result<std::unique_ptr<QueryRows>> QueryRows::open(std::shared_ptr<Connection> connection,
                                                   const std::string& sql,
                                                   std::shared_ptr<const Schema> as,
                                                   std::string_view what) {
  std::unique_ptr<QueryRows> rows(new QueryRows);
  rows->connection_ = std::move(connection);
  rows->what_ = what;
  DECANT_TRY_ASSIGN(rows->statement_, rows->connection_->prepare(sql, what));
  const Schema own = schema_of(rows->statement_);
  const std::string readable = with_readable_columns(rows->statement_, own, sql);
  if (!readable.empty()) {
    DECANT_TRY_ASSIGN(rows->statement_, rows->connection_->prepare(readable, what));
  }
  rows->schema_ = as ? std::move(as) : std::make_shared<const Schema>(own);
  DECANT_TRY(rows->convert_to_schema(own));
  DECANT_TRY_ASSIGN(rows->result_, rows->connection_->stream(rows->statement_, what));
  rows->forms_ = forms_of(rows->result_.get());
  return rows;
}

// A table may hold numbers in a wider type than the job declares.
Status QueryRows::convert_to_schema(const Schema& own) {
  auto found = std::make_shared<Schema>(*schema_);
  for (std::size_t i = 0; i < own.fields.size(); ++i) {
    Type& type = found->fields[i].type;
    if (has_form_of(own.fields[i].type, type)) continue;
    converters_.resize(own.fields.size());
    DECANT_TRY_ASSIGN(converters_[i],
                      make_converter(own.fields[i].type, type, {}, own.fields[i].name));
    type = own.fields[i].type;
  }
  found_ = std::move(found);
  return {};
}

Result<bool> QueryRows::next(RowBatch& batch, std::vector<Reject>& faults) {
  if (converters_.empty()) return read(batch, schema_, faults);
  DECANT_TRY_ASSIGN(const bool more, read(found_rows_, found_, faults));
  batch.reset(schema_);
  batch.rows = found_rows_.rows;
  RowFaults misfits;
  misfits.reset(batch.rows);
  for (std::size_t i = 0; i < converters_.size(); ++i) {
    if (converters_[i]) {
      converters_[i]->convert(found_rows_.columns[i], batch.rows, batch.columns[i], batch.arena,
                              misfits);
    } else {
      std::swap(batch.columns[i], found_rows_.columns[i]);
    }
  }
  batch.keep_alive = std::move(found_rows_.keep_alive);
  if (misfits.count() == 0) return more;
  return fail(ErrorCode::kMismatch,
              what_ + ": it holds values that do not fit the job's types, in " +
                  misfits.entries().front().reject.column + ".",
              "Declare the column's type as the table has it.");
}

Result<bool> QueryRows::read(RowBatch& batch, std::shared_ptr<const Schema> as,
                             std::vector<Reject>& faults) {
  batch.reset(std::move(as));
  while (!at_end_ && batch.rows < k_batch_rows) {
    auto chunk = std::make_shared<DataChunk>(duckdb_fetch_chunk(*result_.get()));
    if (!*chunk || duckdb_data_chunk_get_size(chunk->get()) == 0) {
      at_end_ = true;
      // The end and an error look alike, but for the error that is left behind.
      if (const char* text = duckdb_result_error(result_.get()); text != nullptr && *text != '\0') {
        return tl::unexpected<Error>(
            statement_error(duckdb_result_error_type(result_.get()), text, what_));
      }
      break;
    }
    append_chunk(std::move(chunk), forms_, batch, {key_, has_places_}, faults);
  }
  if (has_places_) {
    const Column& numbers = batch.columns.back();
    batch.places.resize(batch.rows);
    for (std::size_t row = 0; row < batch.rows; ++row)
      batch.places[row].line = static_cast<std::uint64_t>(numbers.words[row]) + 1;
    batch.columns.pop_back();
    batch.schema = given_;
  }
  // A batch of refused rows alone is empty without being the end.
  return batch.rows > 0 || !at_end_;
}

}  // namespace decant::duck
