#include "common/connector/files/text_window.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace decant {
namespace {

constexpr std::size_t k_most_free_blocks = 8;
constexpr std::size_t k_least_room = 16;  // what TextStream::read asks for
constexpr std::size_t k_least_block_bytes = 64;

// The length of `text` without a character at its end that is not all there yet.
std::size_t whole_characters(const char* text, std::size_t size) {
  for (std::size_t back = 1; back <= 3 && back <= size; ++back) {
    const auto byte = static_cast<unsigned char>(text[size - back]);
    if (byte < 0x80) return size;
    if (byte < 0xC0) continue;  // a continuation: its lead is further back
    const std::size_t needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
    return needed > back ? size - back : size;
  }
  return size;
}

}  // namespace

std::shared_ptr<char[]> BlockPool::take(std::size_t bytes) {
  if (bytes > block_bytes_) {
    return std::shared_ptr<char[]>(new char[bytes + k_block_padding]);
  }
  std::unique_ptr<char[]> block;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      block = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!block) block.reset(new char[block_bytes_ + k_block_padding]);
  return std::shared_ptr<char[]>(block.release(),
                                 [pool = shared_from_this()](char* p) { pool->give_back(p); });
}

void BlockPool::give_back(char* block) {
  std::unique_ptr<char[]> owner(block);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (free_.size() < k_most_free_blocks) free_.push_back(std::move(owner));
}

TextWindow::TextWindow(std::unique_ptr<TextStream> stream, std::size_t block_bytes)
    : stream_(std::move(stream)),
      block_bytes_(std::max(block_bytes, k_least_block_bytes)),
      pool_(std::make_shared<BlockPool>(block_bytes_)),
      offset_(stream_->start_offset()),
      byte_(stream_->start_byte()) {}

// How many bytes of the file the first `size` of the window take up.
std::int64_t TextWindow::count_bytes(std::size_t size) {
  if (stream_->is_utf8()) return static_cast<std::int64_t>(size);
  if (size < counted_) {
    counted_ = 0;
    counted_bytes_ = 0;
  }
  counted_bytes_ += stream_->file_bytes({block_.get() + counted_, size - counted_});
  counted_ = size;
  return counted_bytes_;
}

std::uint64_t TextWindow::counted_offset(std::size_t at) {
  return stream_->has_places() ? static_cast<std::uint64_t>(byte_ + count_bytes(at)) : 0;
}

Status TextWindow::advance(std::size_t keep_from) {
  const std::size_t kept = size_ - keep_from;
  // A record longer than half a block gets a larger one, so that each step still reads a good
  // piece.
  const std::size_t capacity =
      kept > block_bytes_ / 2 ? kept + std::max(kept, block_bytes_) : block_bytes_;
  std::shared_ptr<char[]> fresh = pool_->take(capacity);
  if (kept > 0) std::memcpy(fresh.get(), block_.get() + keep_from, kept);
  std::size_t filled = kept;
  while (capacity - filled >= k_least_room && !at_end_) {
    DECANT_TRY_ASSIGN(const std::size_t got,
                      stream_->read(fresh.get() + filled, capacity - filled));
    filled += got;
    at_end_ = got == 0;
  }
  // simdjson looks at the byte behind a text that breaks off.
  std::memset(fresh.get() + filled, 0, k_block_padding);
  byte_ += count_bytes(keep_from);
  counted_ = 0;
  counted_bytes_ = 0;
  block_ = std::move(fresh);
  offset_ += keep_from;
  size_ = filled;
  is_valid_ = true;
  if (stream_->is_utf8()) {
    const std::size_t checked = at_end_ ? size_ : whole_characters(block_.get(), size_);
    is_valid_ = simdjson::validate_utf8(block_.get(), checked);
  }
  return {};
}

}  // namespace decant
