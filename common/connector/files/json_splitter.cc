#include "common/connector/files/json_splitter.h"

#include <algorithm>
#include <cstring>

namespace decant {
namespace {

constexpr std::size_t k_most_record_bytes = 16 << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

Result<bool> JsonSplitter::next(JsonRecord& record) {
  if (form_ == Form::kEnded) return false;
  DECANT_TRY_ASSIGN(const bool more, skip_blanks());
  if (!more) {
    if (form_ == Form::kArray) return damaged("ends in the middle of its array");
    form_ = Form::kEnded;
    return false;
  }
  if (form_ == Form::kUnknown) {
    form_ = window_.data()[at_] == '[' ? Form::kArray : Form::kLines;
    if (form_ == Form::kArray) {
      ++at_;
      DECANT_TRY_ASSIGN(const bool has_element, skip_blanks());
      if (!has_element) return damaged("ends in the middle of its array");
    }
  }
  return form_ == Form::kLines ? next_line(record) : next_element(record);
}

Status JsonSplitter::advance() {
  if (window_.size() - at_ > k_most_record_bytes) return damaged("has a record longer than 16 MiB");
  if (!moves_window_) return fail(ErrorCode::kInternal, "The window ends here.");
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
    looked = size;
    DECANT_TRY(advance());
  }
}

Result<bool> JsonSplitter::next_element(JsonRecord& record) {
  const char first = window_.data()[at_];
  if (first == ']' || (!is_first_ && first == ',')) {
    ++at_;
    DECANT_TRY_ASSIGN(const bool more, skip_blanks());
    if (first == ']') {
      form_ = Form::kEnded;
      if (more) return damaged("has text behind the end of its array");
      return false;
    }
    if (!more) return damaged("ends in the middle of its array");
  } else if (!is_first_) {
    return damaged("lacks a comma between two elements of its array");
  }
  is_first_ = false;
  DECANT_TRY_ASSIGN(const std::size_t end, element_end());
  take(end, record);
  return true;
}

// The end of the element that begins at at_: where its brackets are closed, or at the next comma or
// bracket.
Result<std::size_t> JsonSplitter::element_end() {
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
        if (--depth == 0) return at_ + i + 1;
      } else if (depth == 0 && (c == ',' || c == ']' || c == '}')) {
        while (i > 0 && is_blank(text[i - 1])) --i;
        return at_ + i;
      }
    }
    if (window_.at_end()) return damaged("ends in the middle of its array");
    DECANT_TRY(advance());
  }
}

void JsonSplitter::take(std::size_t end, JsonRecord& record) {
  record.text = {window_.data() + at_, end - at_};
  record.line = line_;
  record.offset = window_.offset() + at_;
  line_ += static_cast<std::uint64_t>(std::count(record.text.begin(), record.text.end(), '\n'));
  at_ = end;
}

tl::unexpected<Error> JsonSplitter::damaged(std::string_view what) const {
  return fail(ErrorCode::kProtocol,
              window_.stream().file().path() + " " + std::string(what) + " (after line " +
                  std::to_string(line_) + ").",
              "It should hold one JSON object a line, or one array of objects.");
}

}  // namespace decant
