#include "common/connector/files/text_stream.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/base/text.h"

namespace decant {
namespace {

constexpr std::size_t k_input_bytes = 64 * 1024;

struct Alias {
  const char* name;
  const char* iconv_name;  // null: UTF-8, which is not converted
};

constexpr std::array<Alias, 14> k_aliases = {{
    {"utf-8", nullptr},
    {"utf8", nullptr},
    {"ascii", nullptr},
    {"us-ascii", nullptr},
    {"latin-1", "ISO-8859-1"},
    {"latin1", "ISO-8859-1"},
    {"latin-9", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"cp1252", "CP1252"},
    {"windows-1252", "CP1252"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"utf-32le", "UTF-32LE"},
    {"utf-32be", "UTF-32BE"},
}};

struct Mark {
  std::string_view bytes;
  const char* iconv_name;
};

// Longest first: a UTF-32LE mark begins with a UTF-16LE one.
constexpr std::array<Mark, 5> k_marks = {{
    {std::string_view("\xff\xfe\x00\x00", 4), "UTF-32LE"},
    {std::string_view("\x00\x00\xfe\xff", 4), "UTF-32BE"},
    {std::string_view("\xef\xbb\xbf", 3), nullptr},
    {std::string_view("\xff\xfe", 2), "UTF-16LE"},
    {std::string_view("\xfe\xff", 2), "UTF-16BE"},
}};

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return text;
}

std::string hex_byte(unsigned char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02X", byte);
  return text;
}

}  // namespace

Result<std::unique_ptr<TextStream>> TextStream::open(std::unique_ptr<InputFile> file,
                                                     const std::string& encoding) {
  std::unique_ptr<TextStream> stream(new TextStream(std::move(file)));
  DECANT_TRY(stream->start(encoding));
  return stream;
}

TextStream::~TextStream() {
  if (converter_ != nullptr) iconv_close(converter_);
}

Status TextStream::start(const std::string& encoding) {
  DECANT_TRY_ASSIGN(bytes_, open_byte_stream(*file_));
  input_.resize(k_input_bytes);
  DECANT_TRY(fill());

  const std::string_view head(input_.data(), end_);
  const auto mark = std::find_if(k_marks.begin(), k_marks.end(), [&](const Mark& candidate) {
    return head.starts_with(candidate.bytes);
  });
  const char* iconv_name = nullptr;
  encoding_ = lower(encoding);
  if (mark != k_marks.end()) {
    iconv_name = mark->iconv_name;
    encoding_ = iconv_name == nullptr ? "utf-8" : iconv_name;
    begin_ = mark->bytes.size();
    input_offset_ = begin_;
    if (iconv_name == nullptr) start_offset_ = begin_;
  } else if (encoding_ == "utf-16") {
    // Without a mark the first character tells: text of this kind starts with one below U+0100.
    iconv_name = head.size() >= 2 && head[0] == 0 && head[1] != 0 ? "UTF-16BE" : "UTF-16LE";
  } else {
    const auto alias =
        std::find_if(k_aliases.begin(), k_aliases.end(),
                     [&](const Alias& candidate) { return encoding_ == candidate.name; });
    iconv_name = alias != k_aliases.end() ? alias->iconv_name : encoding_.c_str();
  }
  if (iconv_name == nullptr) return {};

  iconv_t converter = iconv_open("UTF-8", iconv_name);
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    std::vector<std::string> names = {"utf-16"};
    for (const Alias& alias : k_aliases) names.emplace_back(alias.name);
    const std::string near = nearest(encoding_, names);
    return fail(ErrorCode::kUsage, "The encoding \"" + encoding + "\" is not known.",
                near.empty()
                    ? "Use utf-8, utf-16, latin-1, cp1252 or another name that iconv knows."
                    : "Did you mean \"" + near + "\"?");
  }
  converter_ = converter;
  return {};
}

// Moves what is left to the front of the input buffer and reads more behind it.
Status TextStream::fill() {
  std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  DECANT_TRY_ASSIGN(const std::size_t got,
                    bytes_->read(input_.data() + end_, input_.size() - end_));
  end_ += got;
  at_end_ = got == 0;
  return {};
}

Result<std::size_t> TextStream::read(char* out, std::size_t capacity) {
  if (converter_ != nullptr) return read_converted(out, capacity);
  const std::size_t first = std::min(capacity, end_ - begin_);
  std::memcpy(out, input_.data() + begin_, first);
  begin_ += first;
  if (first == capacity) return first;
  DECANT_TRY_ASSIGN(const std::size_t rest, bytes_->read(out + first, capacity - first));
  return first + rest;
}

Result<std::size_t> TextStream::read_converted(char* out, std::size_t capacity) {
  char* to = out;
  std::size_t room = capacity;
  for (;;) {
    char* from = input_.data() + begin_;
    std::size_t left = end_ - begin_;
    const std::size_t code = left == 0 ? 0 : iconv(converter_, &from, &left, &to, &room);
    const int number = code == static_cast<std::size_t>(-1) ? errno : 0;
    input_offset_ += static_cast<std::size_t>(from - input_.data()) - begin_;
    begin_ = static_cast<std::size_t>(from - input_.data());
    if (number == E2BIG) return capacity - room;
    const bool cut = number == EINVAL && at_end_;
    if (number == EILSEQ || cut) {
      return fail(ErrorCode::kProtocol,
                  file_->path() + ": the byte " +
                      hex_byte(static_cast<unsigned char>(input_[begin_])) + " at offset " +
                      std::to_string(input_offset_) +
                      (cut ? " is the start of a character that was cut off" : "") +
                      (cut ? " (" + encoding_ + ")." : " cannot be in " + encoding_ + " text."),
                  "Set `encoding:` to the one that the file was written in.");
    }
    if (at_end_ && begin_ == end_) return capacity - room;
    DECANT_TRY(fill());
  }
}

}  // namespace decant
