// How a question reaches the holder of a DuckDB file: one JSON object.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "coordinator/control/queries.h"

namespace decant {

using Json = nlohmann::ordered_json;

std::string query_to_json(const Query& query) {
  return Json{{"command", query.command},
              {"format", query.format},
              {"entity", query.entity},
              {"chunk", query.chunk},
              {"from", query.from},
              {"to", query.to},
              {"stores", query.stores},
              {"colour", query.colour},
              {"columns", query.columns},
              {"job_text", query.job_text},
              {"job_directory", query.job_directory}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Query> query_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::kProtocol, "The question is no JSON object.");
  Query query;
  const auto word = [&](const char* key, std::string& value) {
    if (json.contains(key) && json[key].is_string()) value = json[key].get<std::string>();
  };
  word("command", query.command);
  word("format", query.format);
  word("entity", query.entity);
  word("chunk", query.chunk);
  word("from", query.from);
  word("to", query.to);
  word("job_text", query.job_text);
  word("job_directory", query.job_directory);
  if (json.contains("stores") && json["stores"].is_array()) {
    for (const Json& store : json["stores"])
      if (store.is_string()) query.stores.push_back(store.get<std::string>());
  }
  if (json.contains("colour") && json["colour"].is_boolean())
    query.colour = json["colour"].get<bool>();
  if (json.contains("columns") && json["columns"].is_number_integer())
    query.columns =
        static_cast<int>(std::clamp<std::int64_t>(json["columns"].get<std::int64_t>(), 20, 1'000));
  return query;
}

}  // namespace decant
