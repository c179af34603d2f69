// Rows that the table itself refuses (unique, foreign key, check, trigger): found in the stage by
// bisection under savepoints, so that they become rejects and the others are loaded.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/connector/load_sql.h"
#include "common/connector/postgres/connection.h"

namespace decant::postgres {

// How many a search gives at most; the caller takes them out and searches again.
inline constexpr std::size_t k_max_refusals_of_search = 10'000;

struct TableRefusal {
  std::int64_t row = 0;  // decant_row in the stage
  std::string rule;      // unique, reference, check, not null, exclusion, type, refused
  std::string reason;    // the server's words, without a value
};

// Whether an error is about rows, and not about the statement or the session.
bool is_row_refusal(const Error& error);

// Whether a table has anything that can refuse a row which fits its columns: constraints, unique
// indexes, triggers, domains. Rows for such a table go through a stage.
Result<bool> can_refuse_rows(Connection& connection, const std::string& quoted_table);

// The first refused rows of the input's chunks, in their order; of rows that exclude each other the
// first stays. `prepare` makes what the statements work on, as it will be applied. Runs inside the
// open transaction and leaves it as it was. An error of another kind, and one that no inserted row
// is to blame for (a DELETE that a foreign key forbids), are returned as errors.
Result<std::vector<TableRefusal>> find_refused_rows(Connection& connection,
                                                    const LoadSqlInput& input,
                                                    const LoadStatements& statements,
                                                    const std::function<Status()>& prepare);

}  // namespace decant::postgres
