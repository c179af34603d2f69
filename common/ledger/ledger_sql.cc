#include "common/ledger/ledger_sql.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/base/text.h"
#include "common/connector/duckdb_names.h"

namespace decant::ledger_internal {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

constexpr std::array<Word, 9> k_postgres_words = {{
    {"{now}", "clock_timestamp()"},
    {"{default_now}", "now()"},
    {"{for_update}", "FOR UPDATE"},
    {"{for_renewal}", "FOR NO KEY UPDATE"},
    {"{for_share}", "FOR KEY SHARE"},
    {"{iso}", "to_char"},
    {"{iso_format}", R"('YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"},
    {"{name}", "TEXT COLLATE \"C\""},
    {"{batch_id}", "BIGINT GENERATED ALWAYS AS IDENTITY"},
}};

// What a column without a value takes is looked up in the table's schema first, where somebody may
// have a macro of that name.
constexpr std::array<Word, 9> k_duckdb_words = {{
    {"{now}", "now()"},
    {"{default_now}", "system.main.now()"},
    {"{for_update}", ""},
    {"{for_renewal}", ""},
    {"{for_share}", ""},
    {"{iso}", "strftime"},
    {"{iso_format}", "'%Y-%m-%dT%H:%M:%S.%fZ'"},
    {"{name}", "TEXT"},
    {"{batch_id}", "BIGINT DEFAULT system.main.nextval({batch_ids})"},
}};

void replace_all(std::string& text, std::string_view word, std::string_view by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

// (VALUES ($2, $3), ($4, $5)): `count` rows of `columns`, from parameter `first`.
std::string values_clause(std::size_t first, std::size_t columns, std::size_t count) {
  std::string text = "(VALUES ";
  for (std::size_t row = 0; row < count; ++row) {
    if (row > 0) text += ", ";
    text += parameter_list(first + row * columns, columns);
  }
  return text + ")";
}

constexpr std::size_t k_parameters_per_statement = 4'000;

}  // namespace

std::string fill(Dialect dialect, std::string_view schema, std::string_view text) {
  std::string out(text);
  for (const auto& [word, by] : dialect == Dialect::kPostgres ? k_postgres_words : k_duckdb_words) {
    replace_all(out, word, by);
  }
  const std::string quoted = quote_identifier(schema);
  replace_all(out, "{batch_ids}", quote_literal(quoted + ".batch_ids"));
  replace_all(out, "{schema}", schema_to_make_in(dialect, schema));
  return out;
}

std::vector<std::string> split_script(Dialect dialect, std::string_view schema,
                                      std::string_view script) {
  std::vector<std::string> statements;
  std::string statement;
  std::string_view only;  // the engine that the next statement is for, or empty
  const std::string_view ours = dialect == Dialect::kPostgres ? "postgres" : "duckdb";
  while (!script.empty()) {
    const auto end = std::min(script.find('\n'), script.size());
    const std::string_view line = script.substr(0, end);
    script.remove_prefix(std::min(end + 1, script.size()));
    if (line == "-- postgres" || line == "-- duckdb") {
      only = line.substr(3);
    } else if (!line.empty() && !line.starts_with("--")) {
      statement += line;
      if (line.ends_with(';')) {
        statement.pop_back();
        if (only.empty() || only == ours) statements.push_back(fill(dialect, schema, statement));
        statement.clear();
        only = {};
      } else {
        statement += '\n';
      }
    }
  }
  return statements;
}

std::string storable_text(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const auto bad = std::min(first_invalid_utf8(text), text.find('\0'));
    if (bad == std::string_view::npos) {
      out += text;
      break;
    }
    const auto byte = static_cast<unsigned char>(text[bad]);
    out += text.substr(0, bad);
    out += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    text.remove_prefix(bad + 1);
  }
  return out;
}

const SqlValue* RowReader::next() { return position_ < row_.size() ? &row_[position_++] : nullptr; }

std::string RowReader::text() {
  const SqlValue* value = next();
  return value != nullptr && *value ? **value : std::string();
}

std::int64_t RowReader::integer() { return optional_integer().value_or(0); }

std::optional<std::int64_t> RowReader::optional_integer() {
  const SqlValue* value = next();
  if (value == nullptr || !*value) return std::nullopt;
  std::int64_t result = 0;
  std::from_chars((*value)->data(), (*value)->data() + (*value)->size(), result);
  return result;
}

bool RowReader::truth() {
  const std::string value = text();
  return value == "t" || value == "true";
}

Transaction::~Transaction() {
  if (open_) sql_.rollback();
}

Status Transaction::begin() {
  DECANT_TRY(sql_.begin());
  open_ = true;
  return {};
}

Status Transaction::commit() {
  open_ = false;
  return sql_.commit();
}

Result<std::int64_t> ValueRows::execute(SqlSession& sql, const std::string& text) const {
  const std::size_t rows = values_.size() / columns_;
  const std::size_t group = std::max<std::size_t>(1, k_parameters_per_statement / columns_);
  const auto mark = text.find("{rows}");
  std::int64_t affected = 0;
  for (std::size_t first = 0; first < rows; first += group) {
    const std::size_t count = std::min(group, rows - first);
    std::string statement = text;
    statement.replace(mark, std::string_view("{rows}").size(),
                      values_clause(shared_.size() + 1, columns_, count));
    std::vector<SqlValue> parameters = shared_;
    const auto begin = values_.begin() + static_cast<std::ptrdiff_t>(first * columns_);
    parameters.insert(parameters.end(), begin,
                      begin + static_cast<std::ptrdiff_t>(count * columns_));
    DECANT_TRY_ASSIGN(const std::int64_t changed, sql.execute(statement, parameters));
    affected += changed;
  }
  return affected;
}

std::string parameter_list(std::size_t first, std::size_t count) {
  std::string text = "(";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    text += '$' + std::to_string(first + i);
  }
  return text + ")";
}

bool is_write_conflict(Dialect dialect, const Error& error) {
  return dialect == Dialect::kDuckDb && error.code == ErrorCode::kBusy;
}

}  // namespace decant::ledger_internal
