#include "common/digest/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "common/value/canonical.h"

namespace decant {
namespace {

std::uint64_t test_seed() {
  const char* given = std::getenv("DECANT_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

RowDigest random_digest(std::mt19937_64& engine) {
  // Many bits set and many not, so that carries run through all words.
  RowDigest digest;
  for (std::uint64_t& word : digest) word = engine() % 3 == 0 ? UINT64_MAX : engine();
  return digest;
}

TEST(Sha256, IsSha256) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(RowHasher, ReadsTheHashAsALittleEndianNumber) {
  RowHasher hasher;
  const RowDigest digest = hasher.hash("abc");
  EXPECT_EQ(digest[0], 0xEACF018FBF1678BAULL);
  EXPECT_EQ(digest[3], 0xAD1500F261FF10B4ULL);
}

TEST(RowHasher, HashesTheCanonicalBytesOfARowAndKeepsThem) {
  auto schema = std::make_shared<Schema>(
      Schema{{{"id", parse_type("int64").value(), false}, {"name", {}, true}}});
  RowBatch batch;
  batch.reset(schema);
  batch.rows = 2;
  for (Column& column : batch.columns) {
    column.resize(2);
    column.valid = {1, 1};
  }
  batch.columns[0].words = {7, 8};
  batch.columns[1].views = {"PERIFERICO", "CERRADA"};
  RowHasher hasher;
  const RowDigest first = hasher.hash_row(batch, 0);
  std::string bytes;
  append_canonical_row(batch, 0, bytes);
  EXPECT_EQ(hasher.last_row(), bytes);
  EXPECT_EQ(hasher.hash(bytes), first);
  EXPECT_NE(hasher.hash_row(batch, 1), first);
  EXPECT_EQ(hasher.hash_row(batch, 0), first) << "a context that is used again must begin anew";
}

TEST(SetDigest, EqualRowsDoNotCancel) {
  RowHasher hasher;
  const RowDigest row = hasher.hash("same");
  SetDigest twice;
  twice.add(row);
  twice.add(row);
  EXPECT_NE(twice.hex(), SetDigest{}.hex());
  EXPECT_EQ(twice.row_count, 2);
}

TEST(SetDigest, AddsUpInAnyOrderAndAnyCut) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("DECANT_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 engine(seed);
  for (int round = 0; round < 100; ++round) {
    std::vector<RowDigest> rows(engine() % 50 + 1);
    for (RowDigest& row : rows) row = random_digest(engine);
    SetDigest whole;
    for (const RowDigest& row : rows) whole.add(row);

    std::shuffle(rows.begin(), rows.end(), engine);
    std::array<SetDigest, 4> parts;
    for (const RowDigest& row : rows) parts[engine() % parts.size()].add(row);
    std::shuffle(parts.begin(), parts.end(), engine);
    SetDigest merged;
    for (const SetDigest& part : parts) merged.merge(part);
    ASSERT_EQ(merged, whole);

    SetDigest rest = whole;
    rest.subtract(parts[0]);
    rest.subtract(parts[1]);
    SetDigest expected = parts[2];
    expected.merge(parts[3]);
    ASSERT_EQ(rest, expected);
    for (const RowDigest& row : rows) whole.remove(row);
    ASSERT_EQ(whole, SetDigest{});
  }
}

TEST(SetDigest, CarriesThroughAllWordsAndWrapsAround) {
  SetDigest digest;
  digest.add({UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX});
  EXPECT_EQ(digest.hex(), std::string(64, 'f'));
  digest.add({1, 0, 0, 0});
  EXPECT_EQ(digest.hex(), std::string(64, '0'));
  digest.remove({1, 0, 0, 0});
  EXPECT_EQ(digest.hex(), std::string(64, 'f'));
}

TEST(SetDigest, ReadsBackItsHexMostSignificantDigitFirst) {
  SetDigest digest;
  digest.add({0x0123456789ABCDEF, 2, 3, 0xF000000000000000});
  EXPECT_EQ(digest.hex().substr(0, 2), "f0");
  EXPECT_EQ(digest.hex().substr(48), "0123456789abcdef");
  EXPECT_EQ(SetDigest::parse(digest.hex(), 1).value(), digest);
  EXPECT_FALSE(SetDigest::parse("f0", 1).has_value());
  EXPECT_FALSE(SetDigest::parse(std::string(64, 'g'), 1).has_value());
}

}  // namespace
}  // namespace decant
