#include "common/connector/files/path_pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>

#include "common/base/text.h"

namespace decant {
namespace {

struct Placeholder {
  const char* name;
  Capture capture;
  std::string_view regex;
};

constexpr std::array<Placeholder, 4> k_date_placeholders = {{
    {"month", Capture::kMonth, "([0-9]{4}-[0-9]{2})"},
    {"year", Capture::kYear, "([0-9]{4})"},
    {"mm", Capture::kMonthNumber, k_two_digits},
    {"day", Capture::kDayNumber, k_two_digits},
}};
constexpr Placeholder k_date = {"day", Capture::kDate, "([0-9]{4}-[0-9]{2}-[0-9]{2})"};
constexpr Placeholder k_any_store = {"store", Capture::kStore, "([^/]+?)"};

// Builds segments while the template is read from left to right.
class Builder {
 public:
  void add_text(std::string_view text) {
    for (const char c : text) {
      if (c == '/') {
        end_segment();
      } else {
        literal_ += c;
        regex_ += re2::RE2::QuoteMeta(std::string_view(&c, 1));
      }
    }
  }
  void add_regex(std::string_view regex) {
    regex_ += regex;
    is_pattern_ = true;
  }
  void add_placeholder(const Placeholder& placeholder, bool stands_apart) {
    const bool is_short =
        placeholder.capture == Capture::kMonthNumber || placeholder.capture == Capture::kDayNumber;
    // One digit will do where it cannot be taken for a part of another number: month=1/.
    if (is_short && stands_apart) short_numbers_.push_back({captures_.size(), regex_.size()});
    add_regex(is_short && stands_apart ? k_one_or_two_digits : placeholder.regex);
    captures_.push_back(placeholder.capture);
  }
  void end_segment() {
    if (literal_.empty() && !is_pattern_) return;  // a doubled slash
    PathSegment segment;
    segment.matches_hidden = regex_.starts_with("\\.");
    if (is_pattern_) {
      re2::RE2::Options options;
      options.set_log_errors(false);
      segment.pattern = std::make_shared<re2::RE2>(regex_, options);
      segment.captures = std::move(captures_);
      segment.short_numbers = std::move(short_numbers_);
    } else {
      segment.literal = std::move(literal_);
    }
    pattern.segments.push_back(std::move(segment));
    literal_.clear();
    regex_.clear();
    captures_.clear();
    short_numbers_.clear();
    is_pattern_ = false;
  }

  PathPattern pattern;

 private:
  std::string literal_;
  std::string regex_;
  std::vector<Capture> captures_;
  std::vector<ShortNumber> short_numbers_;
  bool is_pattern_ = false;
};

// The value that `name` has for this store, if it is one of the store's.
std::optional<std::string> store_value(const std::string& name, const StoreSpec* store) {
  if (store == nullptr) return std::nullopt;
  if (name == "store") return store->name;
  if (name == "label") return store->label;
  const auto found = store->values.find(name);
  if (found == store->values.end()) return std::nullopt;
  return found->second;
}

// The folder of a store's files is the job's to say, and not that of a name.
bool leads_out(std::string_view name) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

tl::unexpected<Error> unknown_placeholder(const std::string& name, const StoreSpec* store) {
  std::vector<std::string> known = {"store", "label", "month", "year", "mm", "day"};
  if (store != nullptr) {
    for (const auto& [key, value] : store->values) known.push_back(key);
  }
  const std::string near = nearest(name, known);
  std::string message = "The path of the files has an unknown placeholder {" + name + "}";
  if (store != nullptr) message += " for the store " + store->name;
  return fail(
      ErrorCode::kUsage, message + ".",
      near.empty() ? "Known are: " + join(known, ", ") + "." : "Did you mean {" + near + "}?");
}

// [a-z] or [!a-z] as a regular expression, and [x] as the x that it is; moves `at` behind it. False
// when the bracket is never closed.
bool add_bracket(std::string_view text, std::size_t& at, Builder& builder) {
  std::size_t i = at + 1;
  std::string regex = "[";
  if (i < text.size() && (text[i] == '!' || text[i] == '^')) {
    regex += "^/";
    ++i;
  }
  const std::size_t first = i;
  for (; i < text.size() && text[i] != '/'; ++i) {
    if (text[i] == ']' && i > first) {
      if (i == at + 2) {
        builder.add_text(text.substr(first, 1));
      } else {
        builder.add_regex(regex + "]");
        builder.pattern.is_plain = false;
      }
      at = i + 1;
      return true;
    }
    if (text[i] == '\\' || text[i] == '[' || text[i] == ']' || text[i] == '^') regex += '\\';
    regex += text[i];
  }
  return false;
}

}  // namespace

Result<PathPattern> parse_path_pattern(const std::string& path_template, const StoreSpec* store) {
  const std::string_view text = path_template;
  const bool day_has_month =
      text.find("{month}") != std::string_view::npos || text.find("{mm}") != std::string_view::npos;
  Builder builder;
  if (text.starts_with('/')) builder.pattern.root = "/";
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '{') {
      const std::size_t close = text.find('}', at);
      if (close == std::string_view::npos) {
        return fail(ErrorCode::kUsage, "The path " + path_template + " has a { without its }.");
      }
      const std::string name(text.substr(at + 1, close - at - 1));
      at = close + 1;
      if (const auto value = store_value(name, store)) {
        if (name == "store" && leads_out(*value)) {
          return fail(ErrorCode::kUsage,
                      "The name of the store " + *value + " leads out of the folders of " +
                          path_template + ".",
                      "Give it a name without \"..\", and its folder as a value of its own.");
        }
        if (name != "store" && at == name.size() + 2 && value->starts_with('/'))
          builder.pattern.root = "/";
        builder.add_text(*value);
        continue;
      }
      builder.pattern.is_plain = false;
      const Placeholder* known = name == "store" && store == nullptr ? &k_any_store : nullptr;
      for (const Placeholder& placeholder : k_date_placeholders) {
        if (name == placeholder.name) known = &placeholder;
      }
      if (name == "day" && !day_has_month) known = &k_date;
      if (known == nullptr) return unknown_placeholder(name, store);
      const std::size_t open = close - name.size() - 1;
      builder.add_placeholder(
          *known, (open == 0 || text[open - 1] != '}') && (at >= text.size() || text[at] != '{'));
    } else if (text.substr(at, 2) == "**") {
      return fail(ErrorCode::kUsage,
                  "The path " + path_template + " has **, and no pattern crosses folders here.",
                  "Write a * for each folder on the way; files of several depths are entities of "
                  "their own.");
    } else if (c == '*' || c == '?') {
      builder.add_regex(c == '*' ? "[^/]*" : "[^/]");
      builder.pattern.is_plain = false;
      ++at;
    } else if (c == '[' && add_bracket(text, at, builder)) {
      continue;
    } else {
      builder.add_text(text.substr(at, 1));
      ++at;
    }
  }
  builder.end_segment();
  if (builder.pattern.segments.empty())
    return fail(ErrorCode::kUsage, "The path of the files is empty.");
  for (const PathSegment& segment : builder.pattern.segments) {
    if (segment.pattern && !segment.pattern->ok()) {
      return fail(ErrorCode::kUsage, "The path " + path_template + " is no valid pattern.",
                  "Check what stands in its [brackets].");
    }
  }
  return std::move(builder.pattern);
}

}  // namespace decant
