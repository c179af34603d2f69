// Row and set digests (DESIGN 6).
//
// The digest of a row is SHA-256 of its canonical bytes (value/FORMAT.md). The digest of a set of
// rows is the sum of its row digests modulo 2^256 (read as little-endian numbers) with the count of
// rows: equal rows do not cancel, as they would under XOR, and sets add up in any order and any
// cut.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/value/canonical.h"

namespace decant {

using RowDigest = std::array<std::uint64_t, 4>;  // least significant word first

struct SetDigest {
  std::array<std::uint64_t, 4> sum{};
  std::int64_t row_count = 0;

  void add(const RowDigest& row);
  void remove(const RowDigest& row);
  void merge(const SetDigest& other);
  void subtract(const SetDigest& other);
  // 64 hex digits of the sum, most significant first. The count travels beside it.
  std::string hex() const;
  static Result<SetDigest> parse(std::string_view hex, std::int64_t row_count);
  bool operator==(const SetDigest&) const = default;
};

// Digests rows with one reused EVP context. One per thread.
class RowHasher {
 public:
  RowHasher();
  ~RowHasher();
  RowHasher(const RowHasher&) = delete;
  RowHasher& operator=(const RowHasher&) = delete;

  RowDigest hash(std::string_view canonical_row);
  // Digest of one row of a batch; the canonical bytes stay readable in last_row() until the next
  // call.
  RowDigest hash_row(const RowBatch& batch, std::size_t row);
  std::string_view last_row() const { return row_.view(); }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  CanonicalBytes row_;
};

// SHA-256 of any bytes as hex, for fingerprints of mappings and files.
std::string sha256_hex(std::string_view bytes);

}  // namespace decant
