#include "common/job/store_template.h"

#include <algorithm>
#include <cctype>

#include "common/base/text.h"
#include "common/job/entity_plan.h"

namespace decant {
namespace {

struct Piece {
  std::string_view text;
  bool is_placeholder = false;  // then `text` is the name
};

bool is_name(std::string_view text) {
  if (text.empty() || (text.front() >= '0' && text.front() <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

// Offset after a `${…}` that starts at `at`; defaults may hold another one.
std::size_t end_of_variable(std::string_view text, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return text.size();
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '$' && i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '$')) {
      i = text[i + 1] == '$' ? i + 2 : end_of_variable(text, i);
      continue;
    }
    if (text[i] != '{') {
      ++i;
      continue;
    }
    const std::size_t end = text.find('}', i);
    if (end == std::string_view::npos) break;
    const std::string_view name = text.substr(i + 1, end - i - 1);
    if (is_name(name)) {
      if (i > start) pieces.push_back({text.substr(start, i - start), false});
      pieces.push_back({name, true});
      start = end + 1;
    }
    i = end + 1;
  }
  if (start < text.size()) pieces.push_back({text.substr(start), false});
  return pieces;
}

const std::string* value_of(const StoreSpec& store, std::string_view name) {
  if (name == "store") return &store.name;
  if (name == "label") return store.label.empty() ? nullptr : &store.label;
  const auto found = store.values.find(std::string(name));
  return found == store.values.end() ? nullptr : &found->second;
}

tl::unexpected<Error> unknown_placeholder(std::string_view name, const StoreSpec& store,
                                          const std::vector<std::string>& keep) {
  std::vector<std::string> known = keep;
  known.emplace_back("store");
  if (!store.label.empty()) known.emplace_back("label");
  for (const auto& [key, value] : store.values) known.push_back(key);
  const std::string near = nearest(name, known);
  return fail(
      ErrorCode::kUsage,
      "Store \"" + store.name + "\" has no value for {" + std::string(name) + "}.",
      near.empty() ? "It knows {" + join(known, "}, {") + "}." : "Did you mean {" + near + "}?");
}

}  // namespace

const std::vector<std::string>& file_placeholders() {
  static const std::vector<std::string> k_names = {"month", "year", "mm", "day"};
  return k_names;
}

std::vector<std::string> placeholders_of(std::string_view text) {
  std::vector<std::string> names;
  for (const Piece& piece : pieces_of(text)) {
    if (piece.is_placeholder && std::find(names.begin(), names.end(), piece.text) == names.end()) {
      names.emplace_back(piece.text);
    }
  }
  return names;
}

Result<std::string> expand_template(std::string_view text, const StoreSpec& store,
                                    const std::vector<std::string>& keep) {
  return expand_around(text, store, keep,
                       [](std::string_view piece) { return std::string(piece); });
}

Result<std::string> expand_around(
    std::string_view text, const StoreSpec& store, const std::vector<std::string>& keep,
    const std::function<Result<std::string>(std::string_view)>& around) {
  std::string out;
  for (const Piece& piece : pieces_of(text)) {
    if (!piece.is_placeholder) {
      DECANT_TRY_ASSIGN(const std::string filled, around(piece.text));
      out += filled;
    } else if (std::find(keep.begin(), keep.end(), piece.text) != keep.end()) {
      out.append("{").append(piece.text).append("}");
    } else if (const std::string* value = value_of(store, piece.text)) {
      out += *value;
    } else {
      return unknown_placeholder(piece.text, store, keep);
    }
  }
  return out;
}

Result<std::string> expand_store_template(const std::string& text, const StoreSpec& store) {
  return expand_template(text, store, {});
}

}  // namespace decant
