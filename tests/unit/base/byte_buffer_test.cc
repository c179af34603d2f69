#include "common/base/byte_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace decant {
namespace {

TEST(ByteBuffer, HoldsWhatWasAppendedWhateverItsLength) {
  ByteBuffer buffer;
  std::string expected;
  for (std::size_t size = 0; size < 300; ++size) {
    std::string piece(size, '\0');
    for (std::size_t i = 0; i < size; ++i) piece[i] = static_cast<char>(size * 7 + i);
    buffer.append(piece);
    expected += piece;
  }
  EXPECT_EQ(buffer.view(), expected);
  buffer.resize_down(10);
  EXPECT_EQ(buffer.view(), expected.substr(0, 10));
}

TEST(ByteBuffer, CopiesNothingBeyondTheEnd) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::string to(64, '.');
    EXPECT_EQ(put_bytes(to.data(), std::string(size, 'x')), to.data() + size);
    EXPECT_EQ(to, std::string(size, 'x') + std::string(64 - size, '.'));
  }
}

}  // namespace
}  // namespace decant
