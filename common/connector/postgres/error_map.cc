#include "common/connector/postgres/error_map.h"

#include <algorithm>
#include <array>

namespace decant::postgres {
namespace {

struct Rule {
  std::string_view prefix;  // of the SQLSTATE; the first rule that fits counts
  ErrorCode code;
  std::string_view advice;
};

constexpr std::string_view k_unique_violation = "23505";
constexpr std::string_view k_duplicate_table = "42P07";

constexpr std::array k_rules = {
    Rule{"08", ErrorCode::kUnreachable,
         "Check the host, the port and the network, then run again."},
    Rule{"57P01", ErrorCode::kUnreachable,
         "The server ended the connection; run again when it is up."},
    Rule{"57P02", ErrorCode::kUnreachable,
         "The server is recovering from a crash; run again when it is up."},
    Rule{"57P03", ErrorCode::kUnreachable,
         "The server is starting or stopping; run again when it is up."},
    Rule{"57P05", ErrorCode::kUnreachable, "The server ended an idle session; run again."},
    Rule{"25P03", ErrorCode::kUnreachable, "The server ended an idle transaction; run again."},
    Rule{"28", ErrorCode::kPermission,
         "Check the user and the password (environment or .env), and pg_hba.conf."},
    Rule{"42501", ErrorCode::kPermission, "Ask the owner to GRANT what is missing to this user."},
    Rule{"3D000", ErrorCode::kNotFound, "Check the database's name, or create it first."},
    Rule{"3F000", ErrorCode::kNotFound,
         "Write the table with a schema that is there (public.sales), or mend the user's "
         "search_path."},
    Rule{"42P01", ErrorCode::kNotFound, "Check the table's name and schema."},
    Rule{"42703", ErrorCode::kNotFound,
         "Check the column's name; PostgreSQL folds unquoted names to lower case."},
    Rule{"42883", ErrorCode::kMismatch, ""},
    Rule{"42804", ErrorCode::kMismatch, ""},
    Rule{"42P22", ErrorCode::kMismatch, "Give the columns that are compared one collation."},
    Rule{
        "42P07", ErrorCode::kBusy,
        "Something else has that name: rename it where it has nothing to do with Decant; if it was "
        "made at the same time, run again."},
    Rule{"53100", ErrorCode::kNoSpace, "Free disk space on the server."},
    Rule{"53200", ErrorCode::kNoSpace, "The server is out of memory."},
    Rule{"53300", ErrorCode::kUnreachable,
         "Use fewer workers, raise max_connections or the role's limit, or run again later."},
    Rule{"53", ErrorCode::kNoSpace, ""},
    Rule{"22021", ErrorCode::kDataRefused,
         "There is text that is not in the database's own encoding: convert it in `read: sql`, as "
         "with convert_from(COLUMN::bytea, 'LATIN1')."},
    Rule{"22P05", ErrorCode::kDataRefused,
         "The database cannot hold every text there is: load into one whose encoding is UTF8, or "
         "leave such rows out in `read: sql`."},
    Rule{"23", ErrorCode::kDataRefused,
         "Mend the rows at the source, or add a rule that rejects them."},
    Rule{"22", ErrorCode::kDataRefused, "Check the types of the columns."},
    Rule{"44", ErrorCode::kDataRefused, "The rows do not meet the view's condition."},
    Rule{"P0001", ErrorCode::kDataRefused, "A trigger or function of the database refused it."},
    Rule{"55P03", ErrorCode::kBusy,
         "Another session holds a lock on the table; see pg_stat_activity."},
    Rule{"55006", ErrorCode::kBusy, "The object is in use."},
    // One of several was chosen to give way, and the others have gone on since.
    Rule{"40", ErrorCode::kTimeout, "Sessions were in each other's way; run again."},
    Rule{"57014", ErrorCode::kCancelled, ""},
    Rule{"0A", ErrorCode::kUnsupported, ""},
    Rule{"25006", ErrorCode::kPermission,
         "The server is a standby, or default_transaction_read_only is set for this user or "
         "database: name the primary and a user that may write."},
    Rule{"42601", ErrorCode::kUsage, "Check the SQL."},
    Rule{"42", ErrorCode::kUsage, ""},
    Rule{"58", ErrorCode::kNoSpace, "See the server's log."},
    Rule{"XX", ErrorCode::kUnreachable, "See the server's log."},
};

constexpr std::string_view k_advice_on_policies =
    "A policy hides rows of it from this user: take the table's owner or a role with BYPASSRLS, or "
    "read a view or table that has what is to be moved.";

const Rule* rule_of(std::string_view sqlstate) {
  for (const Rule& rule : k_rules) {
    if (sqlstate.substr(0, rule.prefix.size()) == rule.prefix) return &rule;
  }
  return nullptr;
}

// `invalid input syntax for type integer: "abc"` carries a value after the colon.
std::string without_values(const ServerError& error) {
  // These two name encodings in quotes, and of the text the bytes of one character.
  if (error.sqlstate == "22021" || error.sqlstate == "22P05") return error.message;
  const bool may_quote_values = error.sqlstate.substr(0, 2) == "22" || error.sqlstate == "P0001";
  if (!may_quote_values) return error.message;
  const auto quote = error.message.find('"');
  if (quote == std::string::npos) return error.message;
  std::string text = error.message.substr(0, quote);
  while (!text.empty() && (text.back() == ' ' || text.back() == ':')) text.pop_back();
  return text;
}

}  // namespace

ErrorCode code_of_sqlstate(std::string_view sqlstate) {
  const Rule* rule = rule_of(sqlstate);
  return rule != nullptr ? rule->code : ErrorCode::kInternal;
}

std::string advice_for_sqlstate(std::string_view sqlstate) {
  const Rule* rule = rule_of(sqlstate);
  return rule != nullptr ? std::string(rule->advice) : std::string();
}

std::string one_sentence(std::string_view libpq_text) {
  std::string sentence;
  while (!libpq_text.empty()) {
    const std::size_t end = std::min(libpq_text.find('\n'), libpq_text.size());
    std::string_view line = libpq_text.substr(0, end);
    libpq_text.remove_prefix(std::min(end + 1, libpq_text.size()));
    if (line.empty() || line.front() == '\t') continue;  // advice, and we have our own
    while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.remove_suffix(1);
    if (!sentence.empty()) sentence += "; ";
    sentence += line;
  }
  return sentence;
}

Error to_error(const ServerError& error) {
  const bool is_of_name = error.sqlstate == k_unique_violation && error.schema == "pg_catalog";
  const std::string sqlstate = is_of_name ? std::string(k_duplicate_table) : error.sqlstate;
  std::string message = "PostgreSQL: " + without_values(error);
  const auto mention = [&](std::string_view what, const std::string& name) {
    if (name.empty() || message.find('"' + name + '"') != std::string::npos) return;
    message.append(", ").append(what).append(" \"").append(name).append("\"");
  };
  mention("table", error.table);
  mention("constraint", error.constraint);
  mention("column", error.column);
  if (message.back() != '.') message += '.';
  // Sessions have row_security off: rows that a policy hides would be missing without a word.
  const bool is_hidden =
      error.sqlstate == "42501" && error.message.find("row-level security") != std::string::npos;
  return Error{code_of_sqlstate(sqlstate),
               std::move(message),
               is_hidden ? std::string(k_advice_on_policies) : advice_for_sqlstate(sqlstate),
               sqlstate,
               {}};
}

}  // namespace decant::postgres
