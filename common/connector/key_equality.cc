#include "common/connector/key_equality.h"

#include <string>

#include "common/base/text.h"

namespace decant {
namespace {

// Of the types beneath domains, the operator that an index of theirs has.
constexpr const char* k_hidden = R"(
WITH RECURSIVE base AS (
  SELECT a.attname, a.atttypid AS oid FROM pg_attribute AS a
  WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND a.attname = ANY (string_to_array($2, chr(31)))
  UNION ALL
  SELECT base.attname, d.typbasetype FROM base JOIN pg_type AS d ON d.oid = base.oid WHERE d.typtype = 'd')
SELECT base.attname, format_type(base.oid, NULL), n.nspname
FROM base JOIN pg_opclass AS c ON c.opcintype = base.oid AND c.opcdefault
JOIN pg_am AS m ON m.oid = c.opcmethod AND m.amname = 'btree'
JOIN pg_amop AS o ON o.amopfamily = c.opcfamily AND o.amoplefttype = base.oid AND o.amoprighttype = base.oid
                     AND o.amopstrategy = 3
JOIN pg_operator AS p ON p.oid = o.amopopr JOIN pg_namespace AS n ON n.oid = p.oprnamespace
WHERE NOT pg_operator_is_visible(p.oid)
LIMIT 1)";

constexpr std::string_view k_undefined_function = "42883";

Status refuse(const WriteSpec& write, const std::string& why, const std::string& advice) {
  return fail(ErrorCode::kMismatch,
              "The key (" + join(write.key, ", ") + ") of the table " + write.table +
                  " cannot be compared: " + why,
              advice);
}

}  // namespace

Status check_key_equality(SqlSession& session, const WriteSpec& write) {
  const std::string table = quote_table(write.table);
  const SqlValue parameters[] = {table, join(write.key, "\x1f")};
  DECANT_TRY_ASSIGN(const std::vector<SqlRow> hidden, session.query(k_hidden, parameters));
  if (!hidden.empty()) {
    const std::string schema = hidden[0][2].value_or("");
    return refuse(write,
                  "\"" + hidden[0][0].value_or("") + "\" is " + hidden[0][1].value_or("") +
                      ", whose = lies in the schema " + schema +
                      ", and the search_path of this user does not list that.",
                  "Put the schema into it: ALTER ROLE … SET search_path = …, " + schema + ".");
  }
  std::string equal;
  for (const std::string& name : write.key) {
    const std::string column = "decant_t." + quote_identifier(name);
    equal += (equal.empty() ? "" : " AND ") + column + " = " + column;
  }
  const auto compared =
      session.query("SELECT 1 FROM " + table + " AS decant_t WHERE FALSE AND " + equal);
  if (compared || compared.error().sqlstate != k_undefined_function) return {};
  return refuse(
      write, compared.error().message,
      "Give the column a type that has an = (an enum instead of a domain over it), or the "
      "entity another key.");
}

}  // namespace decant
