#include "common/connector/postgres/refusals.h"

#include <cstdlib>

#include "common/connector/postgres/pg_session.h"

namespace decant::postgres {
namespace {

constexpr const char* k_can_refuse = R"(
SELECT EXISTS (SELECT 1 FROM pg_constraint WHERE conrelid = to_regclass($1))
    OR EXISTS (SELECT 1 FROM pg_index WHERE indrelid = to_regclass($1) AND indisunique)
    OR EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass($1) AND NOT tgisinternal)
    OR EXISTS (SELECT 1 FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
               WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped AND t.typtype = 'd'))";

std::string rule_of(const std::string& sqlstate) {
  if (sqlstate == "23505") return "unique";
  if (sqlstate == "23503") return "reference";
  if (sqlstate == "23514") return "check";
  if (sqlstate == "23502") return "not null";
  if (sqlstate == "23P01") return "exclusion";
  if (sqlstate.substr(0, 2) == "22") return "type";
  return "refused";
}

// The last statement of a load takes its rows from the stage itself, and else from decant_diff.
bool inserts_stage(const LoadSqlInput& input) {
  const LoadMethod method = input.plan->method;
  return method == LoadMethod::kAppend || method == LoadMethod::kReplaceRange;
}

constexpr std::string_view k_update = "UPDATE ";

// Limits a statement that writes rows of a load into the table to staged rows [first, last].
class LimitedStatement {
 public:
  LimitedStatement(const LoadSqlInput& input, std::string statement)
      : input_(input), statement_(std::move(statement)) {}

  std::string with(std::int64_t first, std::int64_t last) const {
    const std::string limits =
        "decant_row BETWEEN " + std::to_string(first) + " AND " + std::to_string(last);
    return statement_ + (inserts_stage(input_) ? " AND decant_s." : " AND decant_d.") + limits;
  }

 private:
  const LoadSqlInput& input_;
  std::string statement_;
};

class Search {
 public:
  Search(Connection& connection, const LoadSqlInput& input, const LoadStatements& statements,
         const std::function<Status()>& prepare)
      : connection_(connection), input_(input), statements_(statements), prepare_(prepare) {}

  Result<std::vector<TableRefusal>> run() {
    DECANT_TRY(connection_.run("SAVEPOINT decant_search"));
    DECANT_TRY(read_rows());
    if (reads_stage_first()) {
      DECANT_TRY(narrow(0, rows_.size(), [&](std::int64_t first, std::int64_t last) {
        return read_values(first, last);
      }));
      if (!refused_.empty()) return finish();
    }
    DECANT_TRY(prepare_());
    // Rows are looked up by their number again and again.
    DECANT_TRY(connection_.run(
        "CREATE INDEX ON " +
        std::string(inserts_stage(input_) ? "pg_temp.decant_stage" : "pg_temp.decant_diff") +
        " (decant_row)"));
    for (const std::string& statement : statements_.apply) {
      // Pre-images and deletions come first, and no staged row is to blame for what refuses them.
      const bool writes_rows = &statement == &statements_.apply.back() ||
                               statement.compare(0, k_update.size(), k_update) == 0;
      if (!writes_rows) {
        DECANT_TRY(connection_.run(statement));
        continue;
      }
      const LimitedStatement limited(input_, statement);
      DECANT_TRY(narrow(0, rows_.size(), [&](std::int64_t first, std::int64_t last) {
        return limited.with(first, last);
      }));
    }
    return finish();
  }

 private:
  Result<std::vector<TableRefusal>> finish() {
    DECANT_TRY(
        connection_.run("ROLLBACK TO SAVEPOINT decant_search; RELEASE SAVEPOINT decant_search"));
    return std::move(refused_);
  }

  // By key the whole stage is compared before anything is inserted, and columns that travel as text
  // become what the table has: one value that does not would fail it all.
  bool reads_stage_first() const {
    return !statements_.prepare.empty() && input_.stage.front() == '(';
  }

  std::string read_values(std::int64_t first, std::int64_t last) const {
    std::string counts;
    for (const ColumnPlan& column : input_.plan->entity.columns)
      counts += (counts.empty() ? "count(decant_s." : ", count(decant_s.") +
                quote_identifier(column.name) + ")";
    return "SELECT " + counts + " FROM " + input_.stage +
           " AS decant_s WHERE decant_s.decant_row BETWEEN " + std::to_string(first) + " AND " +
           std::to_string(last);
  }

  Status read_rows() {
    std::string chunks;
    for (const int chunk : input_.chunks)
      chunks += (chunks.empty() ? "" : ", ") + std::to_string(chunk);
    PgSession session(connection_);
    DECANT_TRY_ASSIGN(
        const std::vector<SqlRow> rows,
        session.query("SELECT decant_s.decant_row FROM " + input_.stage +
                      " AS decant_s WHERE decant_s.decant_chunk IN (" + chunks + ") ORDER BY 1"));
    for (const SqlRow& row : rows) rows_.push_back(std::strtoll(row[0]->c_str(), nullptr, 10));
    return {};
  }

  // Left before right, so that of two equal keys the first one is in the table when the second one
  // is tried.
  template <typename Statement>
  Status narrow(std::size_t begin, std::size_t end, const Statement& statement) {
    if (begin == end || refused_.size() >= k_max_refusals_of_search) return {};
    DECANT_TRY(connection_.run("SAVEPOINT decant_probe"));
    auto done = connection_.run(statement(rows_[begin], rows_[end - 1]));
    if (done) {
      DECANT_TRY(connection_.run("RELEASE SAVEPOINT decant_probe"));
      return {};
    }
    if (!is_row_refusal(done.error())) return fail(std::move(done).error());
    DECANT_TRY(
        connection_.run("ROLLBACK TO SAVEPOINT decant_probe; RELEASE SAVEPOINT decant_probe"));
    if (end - begin == 1) {
      refused_.push_back({rows_[begin], rule_of(done.error().sqlstate), done.error().message});
      return {};
    }
    const std::size_t middle = begin + (end - begin) / 2;
    DECANT_TRY(narrow(begin, middle, statement));
    return narrow(middle, end, statement);
  }

  Connection& connection_;
  const LoadSqlInput& input_;
  const LoadStatements& statements_;
  const std::function<Status()>& prepare_;
  std::vector<std::int64_t> rows_;
  std::vector<TableRefusal> refused_;
};

}  // namespace

bool is_row_refusal(const Error& error) {
  return error.code == ErrorCode::kDataRefused && !error.sqlstate.empty();
}

Result<bool> can_refuse_rows(Connection& connection, const std::string& quoted_table) {
  PgSession session(connection);
  const SqlValue name = quoted_table;
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session.query(k_can_refuse, std::span(&name, 1)));
  return rows[0][0] == "t";
}

Result<std::vector<TableRefusal>> find_refused_rows(Connection& connection,
                                                    const LoadSqlInput& input,
                                                    const LoadStatements& statements,
                                                    const std::function<Status()>& prepare) {
  return Search(connection, input, statements, prepare).run();
}

}  // namespace decant::postgres
