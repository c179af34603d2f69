#include "common/connector/files/json_splitter.h"

#include <algorithm>
#include <cstring>

#include "common/value/json.h"

namespace decant {
namespace {

constexpr std::size_t k_most_shown_bytes = 1024;  // of a record that is too long

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Keys may be written with escapes.
bool is_same_key(std::string_view written, const std::string& key) {
  if (written.find('\\') == std::string_view::npos)
    return written.size() == key.size() + 2 && written.substr(1, key.size()) == key;
  std::string read, wanted = "\"";
  for (const char c : key) {
    if (c == '"' || c == '\\') wanted += '\\';
    wanted += c;
  }
  append_canonical_json(written, read);
  std::string same;
  append_canonical_json(wanted + "\"", same);
  return read == same;
}

}  // namespace

Result<RecordPath> parse_record_path(std::string_view text) {
  RecordPath path;
  if (text.empty()) return path;
  bool in_document = text.starts_with('$');
  if (in_document) {
    text.remove_prefix(1);
    if (text.starts_with("[]")) {  // the document is the array, which needs no saying
      in_document = false;
      text.remove_prefix(2);
    }
    if (text.starts_with('.')) text.remove_prefix(1);
  }
  while (!text.empty()) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    std::string_view key = text.substr(0, dot);
    const bool is_array = key.ends_with("[]");
    if (is_array) key.remove_suffix(2);
    if (key.empty() || dot + 1 == text.size()) {
      return fail(
          ErrorCode::kUsage,
          "`records:` is a path of keys such as $.journals[].lines, and here a key is empty.");
    }
    (in_document ? path.document : path.inside).emplace_back(key);
    // The first array holds the records: what comes behind it lies inside them.
    if (is_array) in_document = false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return path;
}

Result<bool> JsonSplitter::next(JsonRecord& record) {
  if (form_ == Form::kEnded) return false;
  DECANT_TRY_ASSIGN(const bool more, skip_blanks());
  if (!more) {
    if (form_ == Form::kArray) return damaged("ends in the middle of its array");
    if (form_ == Form::kUnknown && !path_.document.empty()) return no_array();
    form_ = Form::kEnded;
    return false;
  }
  if (form_ == Form::kUnknown) DECANT_TRY(find_form());
  return form_ == Form::kLines ? next_line(record) : next_element(record);
}

// To the first record, from the first byte that is no blank.
Status JsonSplitter::find_form() {
  for (const std::string& key : path_.document) DECANT_TRY(enter_key(key));
  const bool is_array = window_.data()[at_] == '[';
  if (!is_array && !path_.document.empty()) return no_array();
  form_ = is_array ? Form::kArray : Form::kLines;
  if (!is_array) return {};
  ++at_;
  DECANT_TRY_ASSIGN(const bool has_element, skip_blanks());
  if (!has_element) return damaged("ends in the middle of its array");
  return {};
}

// From the opening brace of an object to the value of one of its keys.
Status JsonSplitter::enter_key(const std::string& key) {
  if (window_.data()[at_] != '{') return no_array();
  ++at_;
  DECANT_TRY_ASSIGN(const bool is_there, find_key(key));
  if (!is_there) return no_array();
  return {};
}

// Behind the array: the keys that lead to it come only once, and nothing comes behind the document,
// or rows would be missing.
Status JsonSplitter::check_rest() {
  for (auto key = path_.document.rbegin(); key != path_.document.rend(); ++key) {
    DECANT_TRY_ASSIGN(const bool is_again, find_key(*key));
    if (is_again) return damaged("has the key \"" + *key + "\" twice in one object");
  }
  DECANT_TRY_ASSIGN(const bool more, skip_blanks());
  if (!more) return {};
  return fail(ErrorCode::kProtocol,
              window_.stream().file().path() +
                  " has text behind the end of its document (after "
                  "line " +
                  std::to_string(line_) + ").",
              "Where each line is a document of its own, write \"records\" without \"$.\".");
}

// To the value of the key that comes next in the object; false where that ends before.
Result<bool> JsonSplitter::find_key(const std::string& key) {
  for (;;) {
    DECANT_TRY_ASSIGN(const bool has_key, skip_blanks());
    if (!has_key) return damaged("ends in the middle of an object");
    const char first = window_.data()[at_];
    if (first == '}' || first == ',') {
      ++at_;
      if (first == '}') return false;
      continue;
    }
    if (first != '"') return damaged("has an object without the quotes of a key");
    DECANT_TRY_ASSIGN(const std::optional<std::size_t> found, element_end());
    if (!found) return damaged("has a key of endless length");
    const std::size_t end = *found;
    const std::string_view name(window_.data() + at_, end - at_);
    const bool is_wanted = is_same_key(name, key);
    at_ = end;
    DECANT_TRY_ASSIGN(const bool has_colon, skip_blanks());
    if (!has_colon || window_.data()[at_] != ':') return damaged("has a key without its colon");
    ++at_;
    DECANT_TRY_ASSIGN(const bool has_value, skip_blanks());
    if (!has_value) return damaged("ends in the middle of an object");
    if (is_wanted) return true;
    DECANT_TRY(skip_value());
  }
}

// Over a value of any length, without keeping it.
Status JsonSplitter::skip_value() {
  int depth = 0;
  bool in_text = false;
  bool is_escaped = false;
  for (;;) {
    for (; at_ < window_.size(); ++at_) {
      const char c = window_.data()[at_];
      line_ += c == '\n';
      if (is_escaped) {
        is_escaped = false;
      } else if (in_text) {
        is_escaped = c == '\\';
        in_text = c != '"';
      } else if (c == '"') {
        in_text = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']' || c == ',') {
        if (depth == 0) return {};
        if (c != ',') --depth;
      }
    }
    if (window_.at_end()) return damaged("ends in the middle of an object");
    DECANT_TRY(advance());
  }
}

Status JsonSplitter::advance() {
  DECANT_TRY(window_.advance(at_));
  at_ = 0;
  return {};
}

// To the next byte that is no blank. False when there is none.
Result<bool> JsonSplitter::skip_blanks() {
  for (;;) {
    for (; at_ < window_.size() && is_blank(window_.data()[at_]); ++at_)
      line_ += window_.data()[at_] == '\n';
    if (at_ < window_.size()) return true;
    if (window_.at_end()) return false;
    DECANT_TRY(advance());
  }
}

Result<bool> JsonSplitter::next_line(JsonRecord& record) {
  std::size_t looked = 0;  // bytes of the line in which there is no end
  for (;;) {
    const char* text = window_.data() + at_;
    const std::size_t size = window_.size() - at_;
    const void* found = std::memchr(text + looked, '\n', size - looked);
    if (found != nullptr || window_.at_end()) {
      std::size_t end = found != nullptr
                            ? static_cast<std::size_t>(static_cast<const char*>(found) - text)
                            : size;
      const std::size_t after = end;
      while (end > 0 && is_blank(text[end - 1])) --end;
      take(at_ + end, record);
      at_ += after - end;
      return true;
    }
    if (size > most_bytes_) return pass_over(record);
    looked = size;
    DECANT_TRY(advance());
  }
}

void JsonSplitter::begin_long(JsonRecord& record) {
  beginning_.assign(window_.data() + at_, std::min(window_.size() - at_, k_most_shown_bytes));
  record = {beginning_, line_, window_.offset() + at_, window_.file_offset(at_), true};
}

// A line that is too long, up to its end.
Result<bool> JsonSplitter::pass_over(JsonRecord& record) {
  begin_long(record);
  for (;;) {
    DECANT_TRY(window_.advance(window_.size()));
    const void* found = std::memchr(window_.data(), '\n', window_.size());
    at_ = found != nullptr
              ? static_cast<std::size_t>(static_cast<const char*>(found) - window_.data())
              : window_.size();
    if (found != nullptr || window_.at_end()) return true;
  }
}

Result<bool> JsonSplitter::next_element(JsonRecord& record) {
  const char first = window_.data()[at_];
  if (first == ']' || (!is_first_ && first == ',')) {
    ++at_;
    if (first == ']') {
      form_ = Form::kEnded;
      if (!path_.document.empty()) {
        DECANT_TRY(check_rest());
        return false;
      }
    }
    DECANT_TRY_ASSIGN(const bool more, skip_blanks());
    if (first == ']') {
      if (more) return damaged("has text behind the end of its array");
      return false;
    }
    if (!more) return damaged("ends in the middle of its array");
  } else if (!is_first_) {
    return damaged("lacks a comma between two elements of its array");
  }
  is_first_ = false;
  DECANT_TRY_ASSIGN(const std::optional<std::size_t> end, element_end());
  if (end) {
    take(*end, record);
    return true;
  }
  begin_long(record);
  DECANT_TRY(skip_value());
  return true;
}

// The end of the element that begins at at_: where its brackets are closed, or at the next comma or
// bracket. Nothing where it is too long.
Result<std::optional<std::size_t>> JsonSplitter::element_end() {
  std::size_t i = 0;  // behind at_, which moves when the window does
  int depth = 0;
  bool in_text = false;
  for (;;) {
    const char* text = window_.data() + at_;
    const std::size_t size = window_.size() - at_;
    for (; i < size; ++i) {
      const char c = text[i];
      if (in_text) {
        if (c == '\\') {
          if (i + 1 == size && !window_.at_end()) break;  // what it escapes is not there yet
          ++i;
        } else if (c == '"') {
          in_text = false;
        }
      } else if (c == '"') {
        in_text = true;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (depth > 0 && (c == '}' || c == ']')) {
        if (--depth == 0) return std::optional(at_ + i + 1);
      } else if (depth == 0 && (c == ',' || c == ':' || c == ']' || c == '}')) {
        while (i > 0 && is_blank(text[i - 1])) --i;
        return std::optional(at_ + i);
      }
    }
    if (window_.at_end()) return damaged("ends in the middle of its array");
    if (size > most_bytes_) return std::nullopt;
    DECANT_TRY(advance());
  }
}

void JsonSplitter::take(std::size_t end, JsonRecord& record) {
  record.text = {window_.data() + at_, end - at_};
  record.line = line_;
  record.offset = window_.offset() + at_;
  record.file_offset = window_.file_offset(at_);
  record.is_too_long = false;
  line_ += static_cast<std::uint64_t>(std::count(record.text.begin(), record.text.end(), '\n'));
  at_ = end;
}

tl::unexpected<Error> JsonSplitter::no_array() const {
  std::string path = "$";
  for (const std::string& key : path_.document) path += "." + key;
  return fail(ErrorCode::kMismatch,
              window_.stream().file().path() + " has no array at " + path + ".",
              "`records:` should name the array that holds the records.");
}

tl::unexpected<Error> JsonSplitter::damaged(std::string_view what) const {
  return fail(ErrorCode::kProtocol,
              window_.stream().file().path() + " " + std::string(what) + " (after line " +
                  std::to_string(line_) + ").",
              "It should hold one JSON object a line, or one array of objects.");
}

}  // namespace decant
