#include "tests/property/databases.h"

#include "common/connector/adapters/adapters.h"
#include "tests/support/temp_folder.h"

namespace decant::property {
namespace {

constexpr std::size_t k_rows_of_insert = 500;

std::string hex(const std::string& text) {
  constexpr char k_digits[] = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    out += k_digits[static_cast<unsigned char>(c) >> 4];
    out += k_digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

// DuckDB writes the era behind the date, in parentheses.
std::string for_duckdb(const ColumnModel& column, const std::string& text) {
  const bool is_temporal = column.kind == Kind::kDate || column.kind == Kind::kTimestamp ||
                           column.kind == Kind::kTimestampTz;
  if (!is_temporal || text.size() < 3 || text.compare(text.size() - 3, 3, " BC") != 0) return text;
  const std::string rest = text.substr(0, text.size() - 3);
  const std::size_t blank = rest.find(' ');
  return blank == rest.npos ? rest + " (BC)" : rest.substr(0, blank) + " (BC)" + rest.substr(blank);
}

// The text that the cast of this column is given.
std::string raw_text(const ColumnModel& column, const Cell& cell, Holder engine, bool as_text) {
  if (as_text) return cell.in_file();
  if (engine == k_postgres) return cell.text;
  // Bytes come as their digits.
  return column.kind == Kind::kBytes ? cell.text.substr(2) : for_duckdb(column, cell.text);
}

std::string cast_of(const ColumnModel& column, Holder engine, Form form, bool as_text) {
  std::string type = sql_type(column, engine);
  if (form == Form::kSource && engine == k_postgres && type == "jsonb" && !column.is_jsonb)
    type = "json";
  if (form == Form::kParquet && column.kind == Kind::kTimestamp) type = "TIMESTAMP";
  if (engine == k_postgres && as_text) return column.name;
  if (engine == k_postgres)
    return column.name + "::" + type + (column.is_widened ? "::double precision" : "");
  const std::string text = "decode(unhex(substr(" + column.name + ", 2)))";
  if (as_text) return text;
  if (column.kind == Kind::kBytes) return "unhex(" + text + ")";
  const std::string value = "CAST(" + text + " AS " + type + ")";
  return column.is_widened ? "CAST(" + value + " AS DOUBLE)" : value;
}

bool is_as_text(const ColumnModel& column, Form form) {
  return form != Form::kValues && column.is_text_in_database;
}

bool is_wanted(const Table& table, std::size_t row, bool only_accepted) {
  return !only_accepted || table.refused[row] < 0;
}

std::string column_list(const Table& table, const std::string& type) {
  std::string list = "id " + type;
  for (const ColumnModel& column : table.columns) list += ", " + column.name + " " + type;
  return list;
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + "'";
}

// Literals in INSERTs.
Statements raw_in_postgres(const Table& table, Form form, bool only_accepted) {
  Statements statements{"CREATE TABLE raw (" + column_list(table, "text") + ")"};
  std::size_t rows = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (!is_wanted(table, i, only_accepted)) continue;
    const bool begins = rows++ % k_rows_of_insert == 0;
    if (begins) statements.emplace_back("INSERT INTO raw VALUES ");
    std::string& sql = statements.back();
    sql += (begins ? "(" : ",(") + quoted(std::to_string(i + 1));
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ColumnModel& column = table.columns[c];
      const Cell& cell = table.rows[i][c];
      sql += ',';
      sql += cell.is_null ? "NULL"
                          : quoted(raw_text(column, cell, k_postgres, is_as_text(column, form)));
    }
    sql += ')';
  }
  return statements;
}

// A file of hexadecimal digits: no rule of quoting can touch a value.
Statements raw_in_duckdb(const Database& database, const Table& table, Form form,
                         bool only_accepted) {
  std::string text;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (!is_wanted(table, i, only_accepted)) continue;
    text += std::to_string(i + 1);
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const ColumnModel& column = table.columns[c];
      const Cell& cell = table.rows[i][c];
      text += ',';
      if (!cell.is_null)
        text += "x" + hex(raw_text(column, cell, k_duckdb, is_as_text(column, form)));
    }
    text += "\n";
  }
  const std::string path = database.folder + "/raw.csv";
  test::write_file(path, text);
  std::string columns = "'id': 'VARCHAR'";
  for (const ColumnModel& column : table.columns) columns += ", '" + column.name + "': 'VARCHAR'";
  return {"CREATE TABLE raw AS SELECT * FROM read_csv('" + path +
          "', header = false, auto_detect = false, delim = ',', quote = '', escape = '', "
          "max_line_size = 10000000, columns = {" +
          columns + "})"};
}

}  // namespace

Status change(const Database& database, const Statements& statements) {
  DECANT_TRY_ASSIGN(const auto target, open_target(database.connection, "/", "test"));
  for (const std::string& sql : statements) DECANT_TRY(target->sql().execute(sql));
  return {};
}

Status put_table(const Database& database, const Table& table, const std::string& name, Form form,
                 bool only_accepted) {
  const bool is_postgres = database.engine == k_postgres;
  Statements statements = is_postgres ? raw_in_postgres(table, form, only_accepted)
                                      : raw_in_duckdb(database, table, form, only_accepted);
  std::string select = is_postgres ? "id::bigint AS id" : "CAST(id AS BIGINT) AS id";
  for (const ColumnModel& column : table.columns) {
    select += ", " + cast_of(column, database.engine, form, is_as_text(column, form)) + " AS " +
              column.name;
  }
  statements.push_back("CREATE TABLE " + name + " AS SELECT " + select + " FROM raw");
  statements.emplace_back("DROP TABLE raw");
  return change(database, statements);
}

}  // namespace decant::property
