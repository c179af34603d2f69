#include "common/connector/files/json_walker.h"

#include <utility>

#include "common/connector/files/text_window.h"
#include "common/value/json.h"

namespace decant {
namespace {

namespace ondemand = simdjson::ondemand;

static_assert(simdjson::SIMDJSON_PADDING <= k_block_padding);

std::string_view without_blanks_behind(std::string_view token) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; };
  while (!token.empty() && is_blank(token.back())) token.remove_suffix(1);
  return token;
}

std::size_t digits(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end - at;
}

// The grammar of RFC 8259; simdjson checks numbers only when it turns them into binary ones, which
// we never do.
bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const std::size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = digits(text, ++at);
    if (fraction == 0) return false;
    at += fraction;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const std::size_t exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

// The text of an object or array.
simdjson::error_code raw_text(ondemand::value& value, std::string_view& out) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  auto error = simdjson::INCORRECT_TYPE;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    error = value.get_object().get(object);
    if (error == simdjson::SUCCESS) error = object.raw_json().get(out);
  } else if (type == ondemand::json_type::array) {
    ondemand::array array;
    error = value.get_array().get(array);
    if (error == simdjson::SUCCESS) error = array.raw_json().get(out);
  }
  out = without_blanks_behind(out);
  return error;
}

simdjson::error_code ends_here(ondemand::document& document) {
  const char* rest = nullptr;
  const auto error = document.current_location().get(rest);
  return error == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

}  // namespace

simdjson::error_code JsonWalker::walk(std::string_view text, std::size_t depth, std::size_t level,
                                      JsonVisitor& visitor) {
  if (level == parsers_.size()) parsers_.push_back(std::make_unique<ondemand::parser>());
  const simdjson::padded_string_view padded(text.data(), text.size(),
                                            text.size() + simdjson::SIMDJSON_PADDING);
  ondemand::document document;
  if (const auto error = parsers_[level]->iterate(padded).get(document)) return error;
  if (depth > 0 && text.starts_with('[')) return walk_array(document, depth, level, visitor);
  ondemand::object object;
  if (const auto error = document.get_object().get(object)) return error;
  const auto error = depth == path_.size() ? walk_row(object, text, visitor)
                                           : walk_outer(object, depth, level, visitor);
  return error != simdjson::SUCCESS ? error : ends_here(document);
}

simdjson::error_code JsonWalker::walk_array(ondemand::document& document, std::size_t depth,
                                            std::size_t level, JsonVisitor& visitor) {
  ondemand::array array;
  if (const auto error = document.get_array().get(array)) return error;
  for (auto element : array) {
    ondemand::value value;
    std::string_view text;
    if (const auto error = element.get(value)) return error;
    if (const auto error = raw_text(value, text)) return error;
    if (const auto error = walk(text, depth, level + 1, visitor)) return error;
  }
  return ends_here(document);
}

simdjson::error_code JsonWalker::walk_row(ondemand::object& object, std::string_view text,
                                          JsonVisitor& visitor) {
  visitor.begin_row(text);
  for (auto field : object) {
    if (const auto error = field.error()) return error;
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    ondemand::value value;
    if (const auto error = field.value().get(value)) return error;
    if (const auto error = visitor.field(key, value)) return error;
  }
  visitor.end_row();
  return simdjson::SUCCESS;
}

// The rows come after all fields of the object around them, wherever their key stands.
simdjson::error_code JsonWalker::walk_outer(ondemand::object& object, std::size_t depth,
                                            std::size_t level, JsonVisitor& visitor) {
  std::string_view rows;
  bool has_rows = false;
  const std::size_t distance = path_.size() - depth;
  for (auto field : object) {
    if (const auto error = field.error()) return error;
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return error;
    ondemand::value value;
    if (const auto error = field.value().get(value)) return error;
    if (key != path_[depth]) {
      if (const auto error = visitor.outer_field(distance, key, value)) return error;
      continue;
    }
    if (std::exchange(has_rows, true)) visitor.rows_again(key);
    rows = {};
    ondemand::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (type == ondemand::json_type::null) continue;
    if (const auto error = raw_text(value, rows)) return error;
  }
  if (!has_rows) visitor.rows_missing(path_[depth]);
  const auto error = rows.empty() ? simdjson::SUCCESS : walk(rows, depth + 1, level + 1, visitor);
  visitor.leave(distance);
  return error;
}

simdjson::error_code json_text_as_written(ondemand::value& value, std::string_view& out,
                                          std::string_view& unescaped) {
  out = without_blanks_behind(value.raw_json_token());
  return value.get_string().get(unescaped);
}

simdjson::error_code json_value_text(ondemand::value& value, Arena& arena, std::string& scratch,
                                     std::string_view& out, bool& is_null) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  is_null = false;
  switch (type) {
    case ondemand::json_type::string: {
      const std::string_view token = without_blanks_behind(value.raw_json_token());
      if (token.size() >= 2 && token.back() == '"' && token.find('\\') == std::string_view::npos) {
        out = token.substr(1, token.size() - 2);
        return simdjson::SUCCESS;
      }
      std::string_view text;
      if (const auto error = value.get_string().get(text)) return error;
      out = arena.copy(text);
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::number:
      out = without_blanks_behind(value.raw_json_token());
      return is_number(out) ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
    case ondemand::json_type::boolean: {
      bool flag = false;
      if (const auto error = value.get_bool().get(flag)) return error;
      out = flag ? "true" : "false";
      return simdjson::SUCCESS;
    }
    case ondemand::json_type::null:
      is_null = true;
      return without_blanks_behind(value.raw_json_token()) == "null" ? simdjson::SUCCESS
                                                                     : simdjson::N_ATOM_ERROR;
    case ondemand::json_type::object:
    case ondemand::json_type::array:
      if (const auto error = raw_text(value, out)) return error;
      // simdjson only counts brackets in what it passes over.
      scratch.clear();
      return append_canonical_json(out, scratch) ? simdjson::SUCCESS : simdjson::TAPE_ERROR;
  }
  return simdjson::INCORRECT_TYPE;
}

}  // namespace decant
