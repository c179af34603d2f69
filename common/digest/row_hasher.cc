#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "common/base/text.h"
#include "common/digest/digest.h"

namespace decant {
namespace {

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// A digest that is not computed would vouch for rows that nobody looked at, so there is no going
// on.
void require(bool ok) {
  if (ok) return;
  std::fputs("decant: OpenSSL does not provide SHA-256\n", stderr);
  std::abort();
}

}  // namespace

// Fetching the algorithm and making a context cost more than hashing a row: both are done once.
struct RowHasher::Impl {
  std::unique_ptr<EVP_MD, FreeDigest> algorithm{EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};

  RowDigest digest(std::string_view bytes) {
    RowDigest words;
    static_assert(sizeof words == 32);
    unsigned size = 0;
    require(EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(words.data()),
                               &size) == 1);
    return words;
  }
};

RowHasher::RowHasher() : impl_(std::make_unique<Impl>()) {
  require(impl_->algorithm != nullptr && impl_->context != nullptr);
}

RowHasher::~RowHasher() = default;

RowDigest RowHasher::hash(std::string_view canonical_row) { return impl_->digest(canonical_row); }

RowDigest RowHasher::hash_row(const RowBatch& batch, std::size_t row) {
  row_.clear();
  row_.add_row(batch, row);
  return impl_->digest(row_.view());
}

std::string sha256_hex(std::string_view bytes) {
  RowHasher hasher;
  const RowDigest words = hasher.hash(bytes);
  std::array<std::uint8_t, 32> raw{};
  std::memcpy(raw.data(), words.data(), raw.size());
  return to_hex(std::span<const std::uint8_t>(raw));
}

}  // namespace decant
