#include "common/connector/postgres/sequences.h"

namespace decant::postgres {
namespace {

constexpr const char* k_sequences =
    "SELECT attname, pg_get_serial_sequence($1, attname), "
    "(SELECT s.seqincrement < 0 FROM pg_sequence AS s WHERE s.seqrelid = "
    "pg_get_serial_sequence($1, attname)::regclass) FROM pg_attribute "
    "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped "
    "AND pg_get_serial_sequence($1, attname) IS NOT NULL";

// What the server says may have a value of a row in it.
std::string reason_of(const Error& error) {
  if (error.sqlstate == "22003") return "its limits leave no room for the numbers of the column";
  if (error.code == ErrorCode::kPermission) return "this user has no right to it";
  return "PostgreSQL refused it (SQLSTATE " + error.sqlstate + ")";
}

}  // namespace

Result<std::vector<std::string>> move_sequences(SqlSession& session, const std::string& table) {
  const SqlValue name = quote_table(table);
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> rows,
                    session.query(k_sequences, std::span(&name, 1)));
  std::vector<std::string> notes;
  for (const SqlRow& row : rows) {
    const std::string column = quote_identifier(*row[0]);
    const std::string& sequence = *row[1];
    const bool goes_down = row[2] == "t" || row[2] == "true";
    // Never backwards: the sequence may be ahead of what is in the table. One that nobody has asked
    // yet gives the value that it stands at, which may be there.
    const auto moved = session.execute(
        "SELECT setval(" + quote_literal(sequence) + ", m.top) FROM (SELECT " +
        (goes_down ? "min(" : "max(") + column + ") AS top FROM " + *name + ") AS m WHERE m.top " +
        (goes_down ? "<=" : ">=") + " (SELECT last_value FROM " + sequence + ")");
    if (moved) continue;
    const Error& error = moved.error();
    if (error.code == ErrorCode::kUnreachable || error.code == ErrorCode::kCancelled)
      return fail(error);
    notes.push_back("the sequence " + sequence + " was not moved past the numbers of " + table +
                    "." + column + ", since " + reason_of(error) +
                    ": it may give one that is there. Let its owner set it, with setval().");
  }
  return notes;
}

}  // namespace decant::postgres
