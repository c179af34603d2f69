#include "common/connector/files/structural_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace decant {
namespace {

constexpr std::size_t k_stride = 64;  // bytes that one mask describes
constexpr std::size_t k_piece =
    16 * 1024;  // indexed at a time, so that text and positions stay in the cache

using Characters = std::array<char, StructuralIndex::k_most_characters>;

inline std::uint32_t* append_positions(std::uint64_t mask, std::uint32_t base, std::uint32_t* out) {
  while (mask != 0) {
    *out++ = base + static_cast<std::uint32_t>(std::countr_zero(mask));
    mask &= mask - 1;
  }
  return out;
}

#if defined(__x86_64__)

inline std::uint64_t mask_sse2(const char* text, const Characters& characters) {
  std::uint64_t mask = 0;
  for (int part = 0; part < 4; ++part) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + part * 16));
    __m128i hits = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(characters[0]));
    for (std::size_t c = 1; c < characters.size(); ++c) {
      hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(characters[c])));
    }
    mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(hits)))
            << (part * 16);
  }
  return mask;
}

std::size_t index_sse2(const char* text, std::size_t size, std::uint32_t base,
                       const Characters& characters, std::uint32_t* out) {
  std::uint32_t* end = out;
  for (std::size_t at = 0; at < size; at += k_stride) {
    end = append_positions(mask_sse2(text + at, characters), base + static_cast<std::uint32_t>(at),
                           end);
  }
  return static_cast<std::size_t>(end - out);
}

__attribute__((target("avx2"))) inline std::uint64_t mask_avx2(const char* text,
                                                               const Characters& characters) {
  const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + 32));
  __m256i low_hits = _mm256_setzero_si256();
  __m256i high_hits = _mm256_setzero_si256();
  for (const char character : characters) {
    const __m256i wanted = _mm256_set1_epi8(character);
    low_hits = _mm256_or_si256(low_hits, _mm256_cmpeq_epi8(low, wanted));
    high_hits = _mm256_or_si256(high_hits, _mm256_cmpeq_epi8(high, wanted));
  }
  const auto low_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(low_hits));
  const auto high_bits = static_cast<std::uint32_t>(_mm256_movemask_epi8(high_hits));
  return static_cast<std::uint64_t>(high_bits) << 32 | low_bits;
}

__attribute__((target("avx2,bmi"))) std::size_t index_avx2(const char* text, std::size_t size,
                                                           std::uint32_t base,
                                                           const Characters& characters,
                                                           std::uint32_t* out) {
  std::uint32_t* end = out;
  for (std::size_t at = 0; at < size; at += k_stride) {
    std::uint64_t mask = mask_avx2(text + at, characters);
    const std::uint32_t from = base + static_cast<std::uint32_t>(at);
    while (mask != 0) {
      *end++ = from + static_cast<std::uint32_t>(std::countr_zero(mask));
      mask &= mask - 1;
    }
  }
  return static_cast<std::size_t>(end - out);
}

#else

std::size_t index_table(const char* text, std::size_t size, std::uint32_t base,
                        const Characters& characters, std::uint32_t* out) {
  std::array<bool, 256> is_structural{};
  for (const char character : characters)
    is_structural[static_cast<unsigned char>(character)] = true;
  std::uint32_t* end = out;
  for (std::size_t at = 0; at < size; ++at) {
    *end = base + static_cast<std::uint32_t>(at);
    end += is_structural[static_cast<unsigned char>(text[at])];
  }
  return static_cast<std::size_t>(end - out);
}

#endif

}  // namespace

StructuralIndex::StructuralIndex(const std::array<char, k_most_characters>& characters)
    : characters_(characters), positions_(k_piece + k_stride) {
#if defined(__x86_64__)
  kernel_ =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") ? index_avx2 : index_sse2;
#else
  kernel_ = index_table;
#endif
}

void StructuralIndex::index_more() {
  const std::size_t size = std::min(k_piece, size_ - indexed_);
  const std::size_t whole = size / k_stride * k_stride;
  const auto base = static_cast<std::uint32_t>(indexed_);
  next_ = 0;
  count_ = kernel_(data_ + indexed_, whole, base, characters_, positions_.data());
  if (whole < size) {  // the last bytes, in a stride of their own: what lies behind the text is not
                       // looked at
    std::array<char, k_stride> tail{};
    std::memcpy(tail.data(), data_ + indexed_ + whole, size - whole);
    std::uint32_t* from = positions_.data() + count_;
    const auto tail_base = base + static_cast<std::uint32_t>(whole);
    const std::size_t found = kernel_(tail.data(), k_stride, tail_base, characters_, from);
    const auto end = static_cast<std::uint32_t>(indexed_ + size);
    count_ += static_cast<std::size_t>(std::lower_bound(from, from + found, end) - from);
  }
  indexed_ += size;
}

}  // namespace decant
