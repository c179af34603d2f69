#include <cctype>
#include <fstream>
#include <iterator>

#include "common/base/secrets.h"
#include "common/base/text.h"
#include "common/base/variables.h"

extern char** environ;

namespace decant {
namespace {

constexpr std::size_t k_max_dotenv_bytes = 1 << 20;
constexpr int k_max_default_depth = 8;

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_name_part(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool is_name(std::string_view text) {
  if (text.empty() || !is_name_start(text[0])) return false;
  for (char c : text) {
    if (!is_name_part(c)) return false;
  }
  return true;
}

std::string_view strip(std::string_view text) {
  const char* k_blank = " \t\r";
  const std::size_t first = text.find_first_not_of(k_blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(k_blank) - first + 1);
}

// The value of one .env line: 'literal', "with \n escapes", or plain up to a blank and #. False: an
// open quote.
bool dotenv_value(std::string_view text, std::string& value) {
  text = strip(text);
  value.clear();
  if (text.empty() || (text[0] != '"' && text[0] != '\'')) {
    std::size_t end = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t')) {
        end = i;
        break;
      }
    }
    value = strip(text.substr(0, end));
    return true;
  }
  const char quote = text[0];
  for (std::size_t i = 1; i < text.size(); ++i) {
    char c = text[i];
    if (c == quote) {
      const std::string_view rest = strip(text.substr(i + 1));
      return rest.empty() || rest[0] == '#';
    }
    if (quote == '"' && c == '\\' && i + 1 < text.size()) {
      c = text[++i];
      if (c == 'n') c = '\n';
      if (c == 't') c = '\t';
      if (c == 'r') c = '\r';
    }
    value += c;
  }
  return false;
}

Status read_dotenv(const std::string& path, std::map<std::string, std::string>& values) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > k_max_dotenv_bytes) {
    return fail(ErrorCode::kUsage, "The environment file " + path + " is larger than 1 MiB.",
                "Give the file with NAME=value lines.");
  }
  std::size_t number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    std::string_view line = strip(raw);
    if (number == 1 && line.substr(0, 3) == "\xEF\xBB\xBF") line.remove_prefix(3);
    if (line.empty() || line[0] == '#') continue;
    if (line.substr(0, 7) == "export ") line = strip(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string_view name = strip(line.substr(0, equals));
    std::string value;
    if (equals == std::string_view::npos || !is_name(name) ||
        !dotenv_value(line.substr(equals + 1), value)) {
      // The line itself is not shown: it may hold a password.
      return fail(ErrorCode::kUsage,
                  path + ", line " + std::to_string(number) + ", is not of the form NAME=value.",
                  "Put values with blanks or # in quotes, and close them on the same line.");
    }
    values[std::string(name)] = std::move(value);
  }
  return {};
}

// Offset of the } that closes the ${ whose inside starts at `at`, or npos.
std::size_t closing_brace(std::string_view text, std::size_t at) {
  int depth = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{') {
      ++depth;
      ++at;
    } else if (text[at] == '}' && --depth == 0) {
      return at;
    }
  }
  return std::string_view::npos;
}

Status expand_into(const Environment& environment, std::string_view text, int depth,
                   std::string& out) {
  if (depth > k_max_default_depth) {
    return fail(ErrorCode::kUsage, "The ${NAME:-default} expressions are nested too deeply.",
                "Set the variables instead of nesting defaults.");
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '$' || at + 1 >= text.size()) {
      out += text[at];
    } else if (text[at + 1] == '$') {
      out += '$';
      ++at;
    } else if (text[at + 1] != '{') {
      out += '$';
    } else {
      const std::size_t end = closing_brace(text, at + 2);
      const std::string_view inside =
          end == std::string_view::npos ? std::string_view{} : text.substr(at + 2, end - at - 2);
      const std::size_t colon = inside.find(":-");
      const std::string name(inside.substr(0, colon));
      if (!is_name(name)) {
        return fail(ErrorCode::kUsage, "A ${…} is not closed or does not hold a variable's name.",
                    "Write ${NAME} or ${NAME:-default}, and $$ for a dollar sign.");
      }
      const std::string* value = environment.find(name);
      if (value != nullptr && (colon == std::string_view::npos || !value->empty())) {
        out += *value;
      } else if (colon != std::string_view::npos) {
        DECANT_TRY(expand_into(environment, inside.substr(colon + 2), depth + 1, out));
      } else {
        return fail(ErrorCode::kUsage, "The environment variable " + name + " is not set.",
                    "Set it, put it into the .env file, or write ${" + name + ":-default}.");
      }
      at = end;
    }
  }
  return {};
}

}  // namespace

std::vector<TextPart> parts_with_variables(std::string_view text) {
  std::vector<TextPart> parts;
  std::size_t start = 0;
  const auto end_text = [&](std::size_t end) {
    if (end > start) parts.push_back({text.substr(start, end - start), false});
  };
  for (std::size_t at = 0; at + 1 < text.size();) {
    if (text[at] != '$' || (text[at + 1] != '$' && text[at + 1] != '{')) {
      ++at;
      continue;
    }
    if (text[at + 1] == '$') {
      at += 2;
      continue;
    }
    end_text(at);
    const std::size_t brace = closing_brace(text, at + 2);
    start = brace == std::string_view::npos ? text.size() : brace + 1;
    parts.push_back({text.substr(at, start - at), true});
    at = start;
  }
  end_text(text.size());
  return parts;
}

Result<Environment> Environment::load(const std::string& dotenv_path) {
  std::map<std::string, std::string> values;
  if (!dotenv_path.empty()) DECANT_TRY(read_dotenv(dotenv_path, values));
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view pair = *entry;
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    values[std::string(pair.substr(0, equals))] = pair.substr(equals + 1);
  }
  return Environment(std::move(values));
}

const std::string* Environment::find(const std::string& name) const {
  const auto at = values_.find(name);
  return at == values_.end() ? nullptr : &at->second;
}

Result<std::string> Environment::expand(std::string_view text) const {
  std::string out;
  DECANT_TRY(expand_into(*this, text, 0, out));
  return out;
}

}  // namespace decant
