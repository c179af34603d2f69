#include "common/connector/files/text_stream.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/base/text.h"
#include "common/connector/files/utf16_order.h"

namespace decant {
namespace {

constexpr std::size_t k_input_bytes = 64 * 1024;
// Of what is read into at least, and more than iconv holds back of any encoding.
constexpr std::size_t k_least_room = 16;

constexpr std::string_view k_next_line = "\xC2\x85";

struct Alias {
  const char* name;
  const char* iconv_name;  // null: UTF-8, which is not converted
};

struct Unit {
  std::string_view name;  // iconv's, in small letters
  int bytes;              // of one character
};

constexpr std::array<Unit, 4> k_units = {{
    {"utf-16le", 2},
    {"utf-16be", 2},
    {"utf-32le", 4},
    {"utf-32be", 4},
}};

// Whether each byte of the encoding is a character by itself, whatever stands before it, or none.
bool has_single_bytes(const std::string& iconv_name) {
  iconv_t converter = iconv_open("UTF-8", iconv_name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return false;
  bool all_single = true;
  for (int byte = 0; byte < 256 && all_single; ++byte) {
    iconv(converter, nullptr, nullptr, nullptr, nullptr);
    char in = static_cast<char>(byte);
    std::array<char, 16> out{};
    char* from = &in;
    char* to = out.data();
    std::size_t left = 1;
    std::size_t room = out.size();
    const bool is_none = iconv(converter, &from, &left, &to, &room) == static_cast<std::size_t>(-1);
    const auto leads = std::count_if(out.data(), to, [](char c) { return (c & 0xC0) != 0x80; });
    all_single = is_none ? errno == EILSEQ : leads == 1;
  }
  iconv_close(converter);
  return all_single;
}

// EBCDIC has a line end of its own, which becomes U+0085.
bool has_next_line(const std::string& iconv_name) {
  iconv_t converter = iconv_open("UTF-8", iconv_name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return false;
  char in = 0x15;
  std::array<char, 16> out{};
  char* from = &in;
  char* to = out.data();
  std::size_t left = 1;
  std::size_t room = out.size();
  iconv(converter, &from, &left, &to, &room);
  iconv_close(converter);
  return std::string_view(out.data(), out.size() - room) == k_next_line;
}

// What is called Shift JIS is as Windows writes it: its 0x5C is a backslash, and no yen sign.
constexpr std::array<Alias, 17> k_aliases = {{
    {"utf-8", nullptr},
    {"utf8", nullptr},
    {"ascii", "ASCII"},
    {"us-ascii", "ASCII"},
    {"latin-1", "ISO-8859-1"},
    {"latin1", "ISO-8859-1"},
    {"latin-9", "ISO-8859-15"},
    {"latin9", "ISO-8859-15"},
    {"cp1252", "CP1252"},
    {"windows-1252", "CP1252"},
    {"shift-jis", "CP932"},
    {"shiftjis", "CP932"},
    {"sjis", "CP932"},
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

// A UTF-16LE file whose first character is NUL begins like a UTF-32LE one; its units are no
// characters then.
bool may_be_utf32le(std::string_view head) {
  for (std::size_t at = 4; at + 4 <= head.size() && at < 256; at += 4) {
    std::uint32_t unit = 0;
    for (std::size_t i = 4; i-- > 0;) unit = unit << 8 | static_cast<unsigned char>(head[at + i]);
    if (unit > 0x10FFFF) return false;
  }
  return true;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '_') c = '-';
  }
  return text;
}

template <std::size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& names, std::string_view name) {
  while (name.ends_with('/')) name.remove_suffix(1);
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Names of text in units of two bytes that do not say their order: iconv takes that of the machine.
constexpr std::array<std::string_view, 11> k_without_order = {
    "utf-16",      "utf16",       "ucs-2",       "ucs2",           "unicode",          "csunicode",
    "osf00010100", "osf00010101", "osf00010102", "iso-10646/ucs2", "10646-1:1993/ucs2"};
constexpr std::array<std::string_view, 4> k_little = {"utf-16le", "utf16le", "ucs-2le",
                                                      "unicodelittle"};
constexpr std::array<std::string_view, 4> k_big = {"utf-16be", "utf16be", "ucs-2be", "unicodebig"};

// The order of two bytes that the name of an encoding says.
std::optional<ByteOrder> order_of_name(const std::string& encoding) {
  if (is_one_of(k_little, encoding)) return ByteOrder::kLittle;
  if (is_one_of(k_big, encoding)) return ByteOrder::kBig;
  return std::nullopt;
}

bool is_known(const std::string& iconv_name) {
  iconv_t converter = iconv_open("UTF-8", iconv_name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) return false;
  iconv_close(converter);
  return true;
}

constexpr std::uint64_t k_each_byte = 0x0101010101010101;

// One for each byte of `word` that continues a character (10xxxxxx), and for each that begins one
// of four bytes (1111xxxx).
std::uint64_t continuations(std::uint64_t word) { return word >> 7 & ~word >> 6 & k_each_byte; }
std::uint64_t long_leads(std::uint64_t word) {
  return word >> 7 & word >> 6 & word >> 5 & word >> 4 & k_each_byte;
}

std::string hex_byte(unsigned char byte) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02X", byte);
  return text;
}

}  // namespace

Result<std::unique_ptr<TextStream>> TextStream::open(std::unique_ptr<InputFile> file,
                                                     const std::string& encoding,
                                                     const FilePart& part) {
  std::unique_ptr<TextStream> stream(new TextStream(std::move(file)));
  DECANT_TRY(stream->start(encoding, part));
  return stream;
}

TextStream::~TextStream() {
  if (converter_ != nullptr) iconv_close(converter_);
}

// The beginning of the file says how it is to be read, also for a part that lies behind it.
Status TextStream::start(const std::string& encoding, const FilePart& part) {
  DECANT_TRY_ASSIGN(bytes_, open_byte_stream(*file_));
  input_.resize(k_input_bytes);
  DECANT_TRY(fill());
  DECANT_TRY(find_encoding(encoding));
  return part.is_whole() ? Status{} : go_to(part);
}

Status TextStream::go_to(const FilePart& part) {
  if (!can_be_cut()) {
    return fail(ErrorCode::kSourceChanged,
                file_->path() + " is packed or encoded in another way than when it was planned.",
                "Run again, so that it is planned as it is now.");
  }
  if (part.begin.byte > start_byte_) {
    start_byte_ = part.begin.byte;
    start_offset_ = static_cast<std::uint64_t>(part.begin.text_byte);
  }
  line_ = part.begin.line;
  DECANT_TRY_ASSIGN(bytes_, open_byte_range(*file_, start_byte_, part.end_byte));
  begin_ = end_ = 0;
  input_offset_ = static_cast<std::uint64_t>(start_byte_);
  return fill();
}

Status TextStream::find_encoding(const std::string& encoding) {
  const std::string_view head(input_.data(), end_);
  const auto mark = std::find_if(k_marks.begin(), k_marks.end(), [&](const Mark& candidate) {
    return head.starts_with(candidate.bytes) &&
           (candidate.bytes != k_marks.front().bytes || may_be_utf32le(head));
  });
  encoding_ = lower(encoding);
  const char* iconv_name = nullptr;
  if (mark != k_marks.end()) {
    iconv_name = mark->iconv_name;
    encoding_ = iconv_name == nullptr ? "utf-8" : iconv_name;
    begin_ = mark->bytes.size();
    input_offset_ = begin_;
    start_byte_ = static_cast<std::int64_t>(begin_);
    if (iconv_name == nullptr) start_offset_ = begin_;
  } else if (is_one_of(k_without_order, encoding_)) {
    const std::optional<ByteOrder> order = utf16_order(head);
    if (!order) return no_order();
    iconv_name = *order == ByteOrder::kBig ? "UTF-16BE" : "UTF-16LE";
  } else {
    const auto alias =
        std::find_if(k_aliases.begin(), k_aliases.end(),
                     [&](const Alias& candidate) { return encoding_ == candidate.name; });
    iconv_name = alias != k_aliases.end() ? alias->iconv_name : encoding_.c_str();
    const auto named = order_of_name(encoding_);
    const auto found = named && head.size() > 1 ? utf16_order(head) : std::nullopt;
    if (found && *found != *named) return other_order(*found);
  }
  return iconv_name == nullptr ? Status{} : open_converter(iconv_name, encoding);
}

Status TextStream::no_order() const {
  return fail(ErrorCode::kUsage,
              file_->path() +
                  ": nothing in its text says in which order the bytes of its UTF-16 stand, and "
                  "it has no byte order mark.",
              "Set `encoding: utf-16le` (as Windows writes it) or `encoding: utf-16be`.");
}

Status TextStream::other_order(ByteOrder found) const {
  return fail(
      ErrorCode::kUsage,
      file_->path() +
          ": its line ends, or its other signs, say that the bytes of its "
          "UTF-16 stand in the other order.",
      std::string("Set `encoding: ") + (found == ByteOrder::kBig ? "utf-16be" : "utf-16le") + "`.");
}

// Some of iconv's own names have an underscore (SHIFT_JISX0213), where most have a hyphen.
Status TextStream::open_converter(std::string iconv_name, const std::string& as_written) {
  if (!is_known(iconv_name)) iconv_name = as_written;
  iconv_t converter = iconv_open("UTF-8", iconv_name.c_str());
  if (converter == reinterpret_cast<iconv_t>(-1)) {
    std::vector<std::string> names = {"utf-16"};
    for (const Alias& alias : k_aliases) names.emplace_back(alias.name);
    const std::string near = nearest(encoding_, names);
    return fail(ErrorCode::kUsage, "The encoding \"" + as_written + "\" is not known.",
                near.empty()
                    ? "Use utf-8, utf-16, latin-1, cp1252 or another name that iconv knows."
                    : "Did you mean \"" + near + "\"?");
  }
  converter_ = converter;
  ends_lines_with_next_line_ = has_next_line(iconv_name);
  const std::string name = lower(iconv_name);
  const auto unit = std::find_if(k_units.begin(), k_units.end(),
                                 [&](const Unit& candidate) { return candidate.name == name; });
  unit_bytes_ = unit != k_units.end() ? unit->bytes : has_single_bytes(iconv_name) ? 1 : 0;
  return {};
}

std::int64_t TextStream::file_bytes(std::string_view text) const {
  if (is_utf8()) return static_cast<std::int64_t>(text.size());
  std::int64_t characters = static_cast<std::int64_t>(text.size());
  std::int64_t pairs = 0;  // characters that UTF-16 writes as two
  for (std::size_t at = 0; at < text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min(sizeof word, text.size() - at));
    characters -= std::popcount(continuations(word));
    pairs += std::popcount(long_leads(word));
  }
  return unit_bytes_ * (characters + (unit_bytes_ == 2 ? pairs : 0));
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

// What was converted to, with line feeds for EBCDIC's line ends; gives where it ends.
char* TextStream::with_line_feeds(char* from, char* to) const {
  if (!ends_lines_with_next_line_) return to;
  char* kept = from;
  for (; from != to; ++from) {
    const bool is_line_end = std::string_view(from, to).starts_with(k_next_line);
    if (is_line_end) ++from;
    *kept++ = is_line_end ? '\n' : *from;
  }
  return kept;
}

void TextStream::count_lines(const char* from, const char* to) {
  for (; from != to; ++from) {
    if (*from == '\r' || (*from == '\n' && last_ != '\r')) ++line_;
    last_ = *from;
  }
}

Result<std::size_t> TextStream::read_converted(char* out, std::size_t capacity) {
  char* to = out;
  std::size_t room = capacity;
  for (;;) {
    char* from = input_.data() + begin_;
    std::size_t left = end_ - begin_;
    char* const before = to;
    const std::size_t code = left == 0 ? 0 : iconv(converter_, &from, &left, &to, &room);
    const int number = code == static_cast<std::size_t>(-1) ? errno : 0;
    to = with_line_feeds(before, to);
    room = capacity - static_cast<std::size_t>(to - out);
    count_lines(before, to);
    input_offset_ += static_cast<std::size_t>(from - input_.data()) - begin_;
    begin_ = static_cast<std::size_t>(from - input_.data());
    if (number == E2BIG) return capacity - room;
    const bool cut = number == EINVAL && at_end_;
    if (number == EILSEQ || cut) {
      return fail(ErrorCode::kProtocol,
                  file_->path() + ", line " + std::to_string(line_) + ": the byte " +
                      hex_byte(static_cast<unsigned char>(input_[begin_])) + " at offset " +
                      std::to_string(input_offset_) +
                      (cut ? " is the start of a character that was cut off" : "") +
                      (cut ? " (" + encoding_ + ")." : " cannot be in " + encoding_ + " text."),
                  "Set `encoding:` to the one that the file was written in.");
    }
    if (at_end_ && begin_ == end_) return capacity - flush(to, room);
    DECANT_TRY(fill());
  }
}

// Some encodings have letters to which the next character may add a mark, so that iconv holds the
// last one back until it is told that nothing follows. Gives the room that is left; a character for
// which there is none comes with the next call.
std::size_t TextStream::flush(char* to, std::size_t room) {
  if (is_flushed_ || room < k_least_room) return room;
  const char* const before = to;
  is_flushed_ = iconv(converter_, nullptr, nullptr, &to, &room) != static_cast<std::size_t>(-1);
  count_lines(before, to);
  return room;
}

}  // namespace decant
