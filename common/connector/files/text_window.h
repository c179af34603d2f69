// TextWindow: a file's text, a block of about a mebibyte at a time, in memory that batches can go
// on pointing into.
//
// Each block is a fresh piece of memory. What the reader has not finished at the end of one (a
// record that straddles) is moved to the front of the next. A block goes back to the pool when the
// last batch that points into it lets go.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "common/connector/files/text_stream.h"

namespace decant {

// Readable bytes behind the text of every block, for vector loads and for simdjson.
inline constexpr std::size_t k_block_padding = 64;
inline constexpr std::size_t k_default_block_bytes = 1 << 20;
// A record with more is a reject; a quote that is not closed within so much is given up.
inline constexpr std::size_t k_most_record_bytes = 256 << 20;

// Keeps a few blocks for use again, since fresh pages cost more than reading into them.
// Thread-safe: batches are dropped on other threads than the reader's.
class BlockPool : public std::enable_shared_from_this<BlockPool> {
 public:
  explicit BlockPool(std::size_t block_bytes) : block_bytes_(block_bytes) {}
  std::shared_ptr<char[]> take(std::size_t bytes);

 private:
  void give_back(char* block);

  const std::size_t block_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> free_;
};

class TextWindow {
 public:
  TextWindow(std::unique_ptr<TextStream> stream, std::size_t block_bytes);

  // Lets go of everything before `keep_from` and adds up to a block of new text. Pointers into the
  // window are stale, unless the caller holds block().
  Status advance(std::size_t keep_from);

  const char* data() const { return block_.get(); }
  std::size_t size() const { return size_; }
  bool at_end() const { return at_end_; }  // no text follows the window
  bool is_valid_utf8() const {
    return is_valid_;
  }  // all of it; if not, rows have to be looked at one by one
  std::uint64_t offset() const { return offset_; }  // of data()[0] in the text
  // Of data()[at] in the file as it is, unpacked; 0 where the stream has no places. Counts from the
  // last one that was asked for.
  std::uint64_t file_offset(std::size_t at) {
    return stream_->is_utf8() ? offset_ + at : counted_offset(at);
  }
  // The place of data()[at], between two records, in a file that can be cut.
  RecordMark mark(std::size_t at, std::uint64_t line) const {
    return {byte_ + stream_->file_bytes({data(), at}), static_cast<std::int64_t>(offset_ + at),
            static_cast<std::int64_t>(line)};
  }
  const std::shared_ptr<char[]>& block() const { return block_; }
  const TextStream& stream() const { return *stream_; }

 private:
  std::uint64_t counted_offset(std::size_t at);
  std::int64_t count_bytes(std::size_t size);

  std::unique_ptr<TextStream> stream_;
  const std::size_t block_bytes_;
  std::shared_ptr<BlockPool> pool_;
  std::shared_ptr<char[]> block_;
  std::size_t size_ = 0;
  std::uint64_t offset_ = 0;
  std::int64_t byte_ = 0;    // of data()[0] in the unpacked file, where the stream has places
  std::size_t counted_ = 0;  // bytes of the text that counted_bytes_ is for
  std::int64_t counted_bytes_ = 0;  // of the file
  bool at_end_ = false;
  bool is_valid_ = true;
};

}  // namespace decant
