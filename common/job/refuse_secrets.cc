// A job file travels to workers on other machines, is printed and kept: no credential may stand in
// it (promise 8). Those that stand behind ${NAME} are resolved where they are used.
#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "common/base/credential_spans.h"
#include "common/job/job_parser.h"
#include "common/job/map_reader.h"

namespace decant {
namespace {

// Bytes that stand in the place of what says nothing: ${NAME}, and {value}, a store's.
constexpr char k_variable = '\x01';
constexpr char k_value = '\x02';

struct Veiled {
  std::string text;  // as long as the original
  struct Value {
    std::size_t begin;
    std::string name;
  };
  std::vector<Value> values;
};

// The end of a `${…}` that begins at `at`.
std::size_t end_of_variable(const std::string& text, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

// Variables with a default keep it to be seen: it stands in the file.
Veiled veil(const std::string& text, const std::set<std::string>& value_names) {
  Veiled out{text, {}};
  for (std::size_t i = 0; i < text.size();) {
    if (text.compare(i, 2, "$$") == 0) {
      i += 2;
      continue;
    }
    if (text.compare(i, 2, "${") == 0) {
      const std::size_t end = end_of_variable(text, i);
      const std::string inside = text.substr(i + 2, end - i - 3);
      const std::size_t fallback = inside.find(":-");
      const bool bare = fallback == std::string::npos || fallback + 2 == inside.size();
      const std::size_t shown = bare ? end : i + 2 + fallback + 2;
      std::fill(out.text.begin() + static_cast<std::ptrdiff_t>(i),
                out.text.begin() + static_cast<std::ptrdiff_t>(shown), k_variable);
      if (!bare) out.text[end - 1] = k_variable;
      i = bare ? end : shown;
      continue;
    }
    const std::size_t end = text[i] == '{' ? text.find('}', i) : std::string::npos;
    const std::string name = end == std::string::npos ? "" : text.substr(i + 1, end - i - 1);
    if (is_name(name) && value_names.contains(name)) {
      std::fill(out.text.begin() + static_cast<std::ptrdiff_t>(i),
                out.text.begin() + static_cast<std::ptrdiff_t>(end + 1), k_value);
      out.values.push_back({i, name});
      i = end + 1;
    } else {
      ++i;
    }
  }
  return out;
}

bool says_nothing(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c == k_variable || c == k_value; });
}

class SecretSearch {
 public:
  explicit SecretSearch(const YamlNode& root) : root_(root) {}

  Status run() {
    const YamlNode* stores = root_.find("stores");
    collect_value_names(stores);
    DECANT_TRY(check_urls(root_, {}));
    if (const YamlNode* target = root_.find("target"))
      DECANT_TRY(check_connection(*target, "target"));
    DECANT_TRY(each_store_value(stores, [&](const YamlNode& key, const YamlNode& value) {
      return check_store_value(key, value);
    }));
    DECANT_TRY(check_entities());
    // What a connection takes its password from is one, too.
    return each_store_value(stores, [&](const YamlNode& key, const YamlNode& value) -> Status {
      return password_values_.contains(key.text) ? check_whole(key, value) : Status();
    });
  }

 private:
  template <typename Visit>
  static Status each_store_value(const YamlNode* stores, const Visit& visit) {
    if (stores == nullptr || !stores->is_mapping()) return {};
    for (const YamlNode& store : stores->items) {
      if (!store.is_mapping()) continue;
      for (std::size_t i = 0; i < store.keys.size(); ++i)
        DECANT_TRY(visit(store.keys[i], store.items[i]));
    }
    return {};
  }

  void collect_value_names(const YamlNode* stores) {
    (void)each_store_value(stores, [&](const YamlNode& key, const YamlNode&) -> Status {
      value_names_.insert(key.text);
      return {};
    });
  }

  Status check_store_value(const YamlNode& key, const YamlNode& value) {
    return is_secret_key(key.text) ? check_whole(key, value) : check_connection(value, key.text);
  }

  Status check_entities() {
    const YamlNode* entities = root_.find("entities");
    if (entities == nullptr || !entities->is_mapping()) return {};
    for (const YamlNode& entity : entities->items) {
      const YamlNode* read = entity.is_mapping() ? entity.find("read") : nullptr;
      const YamlNode* source = read && read->is_mapping() ? read->find("source") : nullptr;
      if (source != nullptr) DECANT_TRY(check_connection(*source, "source"));
    }
    return {};
  }

  // Every text: a URL with a password is one wherever it stands.
  Status check_urls(const YamlNode& node, const std::string& key) {
    if (node.is_scalar()) {
      std::vector<CredentialSpan> spans;
      const Veiled veiled = veil(node.text, value_names_);
      find_url_passwords(veiled.text, spans);
      return check_spans(node, key, veiled, spans);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i)
      DECANT_TRY(check_urls(node.items[i], node.is_mapping() ? node.keys[i].text : key));
    return {};
  }

  Status check_connection(const YamlNode& node, const std::string& key) {
    if (!node.is_scalar()) return {};
    std::vector<CredentialSpan> spans;
    const Veiled veiled = veil(node.text, value_names_);
    find_key_values(veiled.text, spans);
    find_loose_password(veiled.text, spans);
    return check_spans(node, key, veiled, spans);
  }

  Status check_spans(const YamlNode& node, const std::string& key, const Veiled& veiled,
                     const std::vector<CredentialSpan>& spans) {
    for (const CredentialSpan& span : spans) {
      if (!says_nothing(std::string_view(veiled.text).substr(span.begin, span.end - span.begin)))
        return refuse(node, key);
      for (const Veiled::Value& value : veiled.values) {
        if (value.begin >= span.begin && value.begin < span.end)
          password_values_.insert(value.name);
      }
    }
    return {};
  }

  Status check_whole(const YamlNode& key, const YamlNode& value) {
    if (!value.is_scalar() || says_nothing(veil(value.text, value_names_).text)) return {};
    return refuse(value, key.text);
  }

  static tl::unexpected<Error> refuse(const YamlNode& node, const std::string& key) {
    return wrong(node,
                 (key.empty() ? "This" : in_quotes(key)) +
                     " holds a password or another credential, and a job file travels to workers "
                     "on other machines.",
                 "Write ${NAME} in its place, and NAME=… into the environment or into .env beside "
                 "the job file.");
  }

  const YamlNode& root_;
  std::set<std::string> value_names_;
  std::set<std::string> password_values_;
};

}  // namespace

Status refuse_secrets(const YamlNode& root) { return SecretSearch(root).run(); }

}  // namespace decant
