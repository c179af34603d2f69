// TextStream: a file's bytes as UTF-8, whatever encoding they are in.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/connector/files/byte_stream.h"
#include "common/connector/files/utf16_order.h"

namespace decant {

// What is read of a file: all of it, or a part of a plain one, from one RecordMark to another.
struct FilePart {
  RecordMark begin;
  std::int64_t end_byte = 0;  // 0: the file's end
  bool is_whole() const { return begin == RecordMark{} && end_byte == 0; }
};

// UTF-8 passes through unchecked (TextWindow checks it, where a bad byte can be laid to one row);
// every other encoding goes through iconv and is UTF-8 by construction.
class TextStream {
 public:
  // `encoding` as FileOptions names it; a byte order mark wins over it and is taken off. kUsage for
  // an unknown name, for UTF-16 of which nothing says the order, and for UTF-16 in another order
  // than the name says. The line ends of EBCDIC (NEL) are given as line feeds. A part of a file
  // that cannot be cut is kSourceChanged: it was another one when it was planned.
  static Result<std::unique_ptr<TextStream>> open(std::unique_ptr<InputFile> file,
                                                  const std::string& encoding,
                                                  const FilePart& part = {});
  ~TextStream();
  TextStream(const TextStream&) = delete;
  TextStream& operator=(const TextStream&) = delete;

  // Some text, at most `capacity`, which is at least 16 so that a character fits; 0 only at the
  // end. kProtocol names the offset (in the decompressed file) of the first byte that is impossible
  // in the encoding.
  Result<std::size_t> read(char* out, std::size_t capacity);
  bool is_utf8() const { return converter_ == nullptr; }
  // What stood before the text: 3 for a UTF-8 mark, so that offsets are those of the file; else 0,
  // or what a part's mark says.
  std::uint64_t start_offset() const { return start_offset_; }
  // Where in the unpacked file the text starts.
  std::int64_t start_byte() const { return start_byte_; }
  // The place of each character in the unpacked file can be told: its encoding has characters of
  // one width, or is UTF-8 or UTF-16.
  bool has_places() const { return unit_bytes_ != 0; }
  bool can_be_cut() const { return bytes_->is_plain() && has_places(); }
  // How many bytes of the unpacked file `text`, whole characters of it, takes up. 0 without places.
  std::int64_t file_bytes(std::string_view text) const;
  std::int64_t consumed_bytes() const { return bytes_->consumed_bytes(); }
  const InputFile& file() const { return *file_; }

 private:
  explicit TextStream(std::unique_ptr<InputFile> file) : file_(std::move(file)) {}
  Status start(const std::string& encoding, const FilePart& part);
  Status find_encoding(const std::string& encoding);
  Status no_order() const;
  Status other_order(ByteOrder found) const;
  Status open_converter(std::string iconv_name, const std::string& as_written);
  Status go_to(const FilePart& part);
  Status fill();
  Result<std::size_t> read_converted(char* out, std::size_t capacity);
  std::size_t flush(char* to, std::size_t room);
  char* with_line_feeds(char* from, char* to) const;
  void count_lines(const char* from, const char* to);

  std::unique_ptr<InputFile> file_;
  std::unique_ptr<ByteStream> bytes_;
  std::string encoding_;
  void* converter_ = nullptr;  // iconv_t
  std::vector<char> input_;    // bytes not yet handed out or converted: [begin_, end_)
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t input_offset_ = 0;  // of begin_ in the decompressed file
  std::uint64_t start_offset_ = 0;
  std::int64_t start_byte_ = 0;
  int unit_bytes_ =
      1;  // of a character in the file, twice that for UTF-16 beyond U+FFFF; 0: it varies
  bool ends_lines_with_next_line_ = false;  // the encoding's line end becomes U+0085
  bool at_end_ = false;
  bool is_flushed_ = false;  // iconv has given what it held back of the end
  std::int64_t line_ = 1;    // of the text that is converted next
  char last_ = 0;            // character that was converted
};

}  // namespace decant
