// Keys that rows share are found in parts that fit into memory.
#include "common/connector/key_parts.h"

#include <map>

#include "common/connector/duckdb/duckdb_target.h"
#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

constexpr std::int64_t k_large = 20'000'000;  // rows

Status does_not_fit() { return fail(ErrorCode::kNoSpace, "out of memory"); }

TEST(KeyParts, ThoseThatDoNotFitAreHalvedAndAllOfThemIsLookedAtOnce) {
  std::map<std::int64_t, int> looked_at;  // by what the hash leaves
  constexpr std::int64_t k_hashes = 3 * 1'024;
  const auto parts =
      for_each_key_part(Dialect::kDuckDb, k_large, [&](const KeyPart& part) -> Status {
        // Where the first third is large, it alone is halved.
        if (part.number % 3 == 0 && part.of < 3 * 16) return does_not_fit();
        for (std::int64_t hash = part.number; hash < k_hashes; hash += part.of) ++looked_at[hash];
        return {};
      });
  ASSERT_OK(parts);
  EXPECT_EQ(*parts, 3 * 16);
  EXPECT_EQ(looked_at.size(), static_cast<std::size_t>(k_hashes));
  for (const auto& [hash, times] : looked_at) EXPECT_EQ(times, 1) << hash;
}

TEST(KeyParts, WhatDoesNotFitInAnyPartIsSaidAndOtherErrorsEndIt) {
  int looks = 0;
  const auto never = for_each_key_part(Dialect::kDuckDb, 1, [&](const KeyPart&) {
    ++looks;
    return does_not_fit();
  });
  ASSERT_FALSE(never.has_value());
  EXPECT_EQ(never.error().code, ErrorCode::kNoSpace);
  EXPECT_LT(looks, 20) << "the first part that cannot be made smaller ends it";
  looks = 0;
  const auto refused = for_each_key_part(Dialect::kDuckDb, k_large, [&](const KeyPart&) -> Status {
    ++looks;
    return fail(ErrorCode::kDataRefused, "twice");
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kDataRefused);
  EXPECT_EQ(looks, 1);
  looks = 0;
  ASSERT_OK(for_each_key_part(Dialect::kPostgres, k_large, [&](const KeyPart& part) -> Status {
    ++looks;
    EXPECT_EQ(part.of, 1);
    return {};
  }));
  EXPECT_EQ(looks, 1);
}

// Of 40 million rows in 512 MB the one statement that asked for all keys failed.
TEST(KeyParts, AKeyIsCheckedWithLittleMemory) {
  const TempFolder folder;
  DuckDbOptions options;
  options.memory_limit = "64MB";
  options.threads = 2;
  const auto opened = open_duckdb_target(folder / "t.duckdb", options);
  ASSERT_OK(opened);
  Target& target = **opened;
  ASSERT_OK(target.sql().execute("CREATE TABLE t (id BIGINT, nombre TEXT)"));
  ASSERT_OK(target.sql().execute(
      "INSERT INTO t SELECT i * 7919 % 2000003, NULL FROM range(2000000) AS r(i)"));
  const EntityPlan plan = small_plan();
  EXPECT_FALSE(target.sql().query(select_doubled_keys(plan, {})).has_value())
      << "all keys fit at once, so that this test shows nothing";
  ASSERT_OK(target.build_key(plan));
  ASSERT_OK(target.sql().execute("INSERT INTO t VALUES (1999999, 'twice')"));
  const Status doubled = target.build_key(plan);
  ASSERT_FALSE(doubled.has_value());
  EXPECT_EQ(doubled.error().code, ErrorCode::kDataRefused);
}

}  // namespace
}  // namespace decant::test
