#include "tests/support/target_query.h"

#include "common/connector/adapters/adapters.h"

namespace decant::test {
namespace {

constexpr const char* k_application_name = "test";

}  // namespace

std::string ask(const std::string& connection, const std::string& sql) {
  const auto target = open_target(connection, "/", k_application_name);
  if (!target) return "error: " + target.error().to_string();
  const auto rows = (*target)->sql().query(sql);
  if (!rows) return "error: " + rows.error().to_string();
  std::string text;
  for (const SqlRow& row : *rows) {
    if (!text.empty()) text += '\n';
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i == 0 ? "" : "|") + row[i].value_or("NULL");
  }
  return text;
}

Status change(const std::string& connection, const std::string& sql) {
  DECANT_TRY_ASSIGN(const auto target, open_target(connection, "/", k_application_name));
  DECANT_TRY(target->sql().execute(sql));
  return {};
}

}  // namespace decant::test
