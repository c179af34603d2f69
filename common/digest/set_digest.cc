#include "common/base/text.h"
#include "common/digest/digest.h"

namespace decant {
namespace {

using Words = std::array<std::uint64_t, 4>;

void add_words(Words& sum, const Words& words) {
  UInt128 carry = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    carry += UInt128{sum[i]} + words[i];
    sum[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
}

void subtract_words(Words& sum, const Words& words) {
  unsigned borrow = 0;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const UInt128 difference = UInt128{sum[i]} - words[i] - borrow;
    sum[i] = static_cast<std::uint64_t>(difference);
    borrow = static_cast<unsigned>(difference >> 64) & 1U;
  }
}

}  // namespace

void SetDigest::add(const RowDigest& row) {
  add_words(sum, row);
  ++row_count;
}

void SetDigest::remove(const RowDigest& row) {
  subtract_words(sum, row);
  --row_count;
}

void SetDigest::merge(const SetDigest& other) {
  add_words(sum, other.sum);
  row_count += other.row_count;
}

void SetDigest::subtract(const SetDigest& other) {
  subtract_words(sum, other.sum);
  row_count -= other.row_count;
}

std::string SetDigest::hex() const {
  std::array<std::uint8_t, 32> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[31 - i] = static_cast<std::uint8_t>(sum[i / 8] >> (8 * (i % 8)));
  }
  return to_hex(std::span<const std::uint8_t>(bytes));
}

Result<SetDigest> SetDigest::parse(std::string_view hex, std::int64_t row_count) {
  std::array<std::uint8_t, 32> bytes{};
  if (!from_hex(hex, bytes)) {
    return fail(ErrorCode::kProtocol, "A digest is not 64 hexadecimal digits.",
                "The ledger or report it comes from is damaged.");
  }
  SetDigest digest;
  digest.row_count = row_count;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    digest.sum[i / 8] |= std::uint64_t{bytes[31 - i]} << (8 * (i % 8));
  }
  return digest;
}

}  // namespace decant
