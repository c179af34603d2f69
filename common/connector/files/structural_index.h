// StructuralIndex: where in a text the few characters stand that give a CSV its structure. Found
// many bytes at a time (AVX2 where the processor has it, SSE2 or a table elsewhere), so that the
// scanner looks at nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace decant {

class StructuralIndex {
 public:
  static constexpr std::size_t k_most_characters = 5;

  // `characters` may repeat; all of them are structural.
  explicit StructuralIndex(const std::array<char, k_most_characters>& characters);

  // Starts over at `from` in the text [0, size) at `data`. Positions are offsets from `data`.
  void restart(const char* data, std::size_t size, std::size_t from) {
    data_ = data;
    size_ = size;
    indexed_ = from;
    next_ = count_ = 0;
  }

  // The next position, or `size` when there is none.
  std::size_t next() {
    while (next_ == count_) {
      if (indexed_ == size_) return size_;
      index_more();
    }
    return positions_[next_++];
  }

 private:
  using Kernel = std::size_t (*)(const char* text, std::size_t size, std::uint32_t base,
                                 const std::array<char, k_most_characters>& characters,
                                 std::uint32_t* out);
  void index_more();

  std::array<char, k_most_characters> characters_;
  Kernel kernel_;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t indexed_ = 0;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::vector<std::uint32_t> positions_;
};

}  // namespace decant
