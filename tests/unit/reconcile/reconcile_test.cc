#include "coordinator/reconcile/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decant {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ChunkTotals totals(std::int64_t rows, std::uint64_t salt = 0, const std::string& sum = "0") {
  ChunkTotals out;
  for (std::int64_t row = 0; row < rows; ++row) {
    out.digest.add({static_cast<std::uint64_t>(row) * 7919 + 1 + salt, 2, 3, 4});
  }
  out.sums.resize(1);
  EXPECT_TRUE(out.sums[0].add_text(sum));
  return out;
}

// A chunk of which source, ledger and target agree.
ChunkEvidence good(const std::string& store, std::int64_t rows, const std::string& sum = "10.5") {
  ChunkEvidence chunk;
  chunk.chunk.slice = {"ventas", store, "2025-02"};
  chunk.rows_read = rows;
  chunk.accepted = chunk.loaded = chunk.target = totals(rows, 0, sum);
  chunk.has_target = true;
  return chunk;
}

struct Outcome {
  EntityResult entity;
  std::vector<Difference> differences;
};

Outcome reconcile(const std::vector<ChunkEvidence>& evidence,
                  VerifyLevel level = VerifyLevel::kDigests, std::int64_t foreign = 0) {
  ReconcileInput input{"ventas", {"total"}, evidence, level, foreign, 0, false, {}};
  Outcome out;
  out.entity = reconcile_entity(input, out.differences);
  return out;
}

TEST(Reconcile, ChunksThatAgreeAddUpToSlicesWithoutDifference) {
  const Outcome out = reconcile({good("tienda_01", 3), good("tienda_01", 4), good("tienda_02", 5)});
  EXPECT_TRUE(out.differences.empty());
  ASSERT_EQ(out.entity.slices.size(), 2U);
  EXPECT_EQ(out.entity.slices[0].rows_target, 7);
  EXPECT_EQ(out.entity.slices[0].chunks, 2);
  EXPECT_EQ(out.entity.total.rows_loaded, 12);
  EXPECT_EQ(out.entity.total.source.sums[0].to_string(), "31.5");
}

TEST(TargetDiffers, IsJudgedAsFarAsTheLevelReads) {
  ChunkEvidence chunk = good("tienda_05", 10);
  EXPECT_FALSE(target_differs(chunk, VerifyLevel::kDigests));
  chunk.target = totals(10, 1);
  EXPECT_TRUE(target_differs(chunk, VerifyLevel::kDigests)) << "another value";
  EXPECT_FALSE(target_differs(chunk, VerifyLevel::kCounts));
  chunk.target = totals(9);
  EXPECT_TRUE(target_differs(chunk, VerifyLevel::kCounts));
  EXPECT_FALSE(target_differs(chunk, VerifyLevel::kLedger));
}

TEST(TargetDiffers, IsNotSaidOfWhatWasNotLoadedOrNotReadBack) {
  ChunkEvidence chunk = good("tienda_05", 10);
  chunk.target = totals(9);
  chunk.has_target = false;
  EXPECT_FALSE(target_differs(chunk, VerifyLevel::kDigests));
  chunk.has_target = true;
  chunk.tasks_left = 1;
  EXPECT_FALSE(target_differs(chunk, VerifyLevel::kDigests));
}

TEST(Reconcile, AMissingRowIsSaidWithBothNumbers) {
  ChunkEvidence chunk = good("tienda_05", 9812);
  chunk.target = totals(9811, 0, "10.5");
  const Outcome out = reconcile({chunk});
  ASSERT_EQ(out.differences.size(), 1U);
  EXPECT_EQ(out.differences[0].kind, DifferenceKind::kCountDiffers);
  EXPECT_EQ(out.differences[0].text,
            "ventas/tienda_05/2025-02/001: the source has 9,812 rows, the target 9,811 (-1).");
  EXPECT_FALSE(out.entity.slices[0].equal);
}

TEST(Reconcile, ARowWithAnotherValueIsFoundThoughTheCountsAgree) {
  ChunkEvidence chunk = good("t", 100);
  chunk.target = totals(100, 1, "10.5");
  const Outcome digests = reconcile({chunk});
  ASSERT_EQ(digests.differences.size(), 1U);
  EXPECT_EQ(digests.differences[0].kind, DifferenceKind::kDigestDiffers);
  EXPECT_TRUE(reconcile({chunk}, VerifyLevel::kCounts).differences.empty());
}

TEST(Reconcile, AControlSumThatDiffersIsSaidExactly) {
  ChunkEvidence chunk = good("t", 2, "0.1");
  chunk.target = totals(2, 0, "0.1000000000000000000000001");
  const Outcome out = reconcile({chunk});
  ASSERT_EQ(out.differences.size(), 1U);
  EXPECT_EQ(out.differences[0].kind, DifferenceKind::kSumDiffers);
  EXPECT_THAT(out.differences[0].text, HasSubstr("0.1000000000000000000000001"));
}

TEST(Reconcile, RowsThatAreNeitherLoadedNorRejectedAreADifference) {
  ChunkEvidence chunk = good("t", 10);
  chunk.rows_read = 12;
  chunk.rows_rejected = 1;
  const Outcome out = reconcile({chunk}, VerifyLevel::kLedger);
  ASSERT_EQ(out.differences.size(), 1U);
  EXPECT_EQ(out.differences[0].kind, DifferenceKind::kRowsUnaccounted);
  chunk.rows_rejected = 2;
  EXPECT_TRUE(reconcile({chunk}, VerifyLevel::kLedger).differences.empty());
  chunk.rows_rejected = 1;
  chunk.rows_superseded = 1;
  const Outcome apart = reconcile({chunk}, VerifyLevel::kLedger);
  EXPECT_TRUE(apart.differences.empty());
  EXPECT_EQ(apart.entity.total.rows_superseded, 1);
  EXPECT_EQ(apart.entity.total.rows_rejected, 1);
}

TEST(Reconcile, ChunksThatWereNotLoadedAreOneSentence) {
  ChunkEvidence first = good("tienda_01", 0), second = good("tienda_02", 0);
  first.in_source = second.in_source = false;
  const Outcome out = reconcile({first, second, good("tienda_03", 1)});
  ASSERT_EQ(out.differences.size(), 1U);
  EXPECT_EQ(out.differences[0].text,
            "ventas: 2 planned chunks are not loaded yet, the first is "
            "ventas/tienda_01/2025-02/001.");
  EXPECT_EQ(out.entity.total.not_loaded_chunks, 2);
  EXPECT_EQ(out.entity.total.not_compared_chunks, 0);
}

// A run that was interrupted before it came to them.
TEST(Reconcile, ChunksOfAnEarlierRunThatWereNotReadAreNotCalledUnloaded) {
  ChunkEvidence before = good("tienda_01", 0);
  before.in_source = false;
  before.was_loaded = true;
  const Outcome out = reconcile({before, good("tienda_03", 1)});
  ASSERT_EQ(out.differences.size(), 1U);
  EXPECT_EQ(out.differences[0].text,
            "ventas: 1 planned chunk is loaded already and not compared by this run, the "
            "first is ventas/tienda_01/2025-02/001.");
  EXPECT_EQ(out.entity.total.not_loaded_chunks, 0);
  EXPECT_EQ(out.entity.total.not_compared_chunks, 1);
}

TEST(Reconcile, RowsOfNoChunkAreADifference) {
  EXPECT_EQ(reconcile({good("t", 1)}, VerifyLevel::kDigests, 3).differences[0].kind,
            DifferenceKind::kForeignRows);
}

TEST(Reconcile, OneOfTheRowsOfNoChunkIsNamed) {
  ReconcileInput input{"ventas", {}, {good("t", 1)}, VerifyLevel::kDigests, 2, 0, false, {}};
  input.first_foreign = "id=9, day=2024-03-08";
  std::vector<Difference> differences;
  reconcile_entity(input, differences);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_THAT(differences[0].text, HasSubstr("2 rows in the range of the run that no chunk holds"));
  EXPECT_THAT(differences[0].text, HasSubstr(" The first is id=9, day=2024-03-08;"));
}

TEST(Reconcile, RowsThatNoChunkClaimsAreCountedApartAndNoDifference) {
  ReconcileInput input{"ventas", {"total"}, {good("t", 1)}, VerifyLevel::kDigests, 0, 7, false, {}};
  std::vector<Difference> differences;
  const EntityResult entity = reconcile_entity(input, differences);
  EXPECT_TRUE(differences.empty());
  EXPECT_EQ(entity.target_only_rows, 7);
}

// Of an upsert that leaves columns alone, what was loaded and what was read are digests of
// different columns; what was loaded and what is read back are not.
TEST(Reconcile, DigestsOfSomeColumnsAreComparedWithTheTargetAlone) {
  ChunkEvidence chunk = good("t", 5);
  chunk.accepted = totals(5, 3, "10.5");
  ReconcileInput input{"ventas", {"total"}, {chunk}, VerifyLevel::kDigests, 0, 0, true, {}};
  std::vector<Difference> differences;
  reconcile_entity(input, differences);
  EXPECT_TRUE(differences.empty());
  input.loaded_is_partial = false;
  reconcile_entity(input, differences);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].kind, DifferenceKind::kLedgerDiffers);
  input.loaded_is_partial = true;
  input.evidence[0].target = totals(5, 4, "10.5");
  differences.clear();
  reconcile_entity(input, differences);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_EQ(differences[0].kind, DifferenceKind::kDigestDiffers);
}

TEST(Reconcile, ALevelOfVerificationThatIsMistypedIsSuggested) {
  EXPECT_EQ(*parse_verify_level("counts"), VerifyLevel::kCounts);
  const auto wrong = parse_verify_level("digest");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().advice, HasSubstr("digests"));
}

// What a census counted, against good chunks: 5 rows of a, 7 of b.
std::vector<std::string> missing(const std::vector<CountedRows>& counted,
                                 std::int64_t rejected_of_b = 0) {
  ReconcileInput input;
  input.entity = "ventas";
  input.evidence = {good("a", 2), good("a", 3), good("b", 7)};
  input.evidence[1].skipped = true;
  input.evidence[2].rows_read += rejected_of_b;
  input.evidence[2].rows_rejected += rejected_of_b;
  input.counted = counted;
  std::vector<Difference> differences;
  const EntityResult result = reconcile_entity(input, differences);
  EXPECT_EQ(result.total.equal, differences.empty());
  std::vector<std::string> texts;
  for (const Difference& difference : differences) {
    EXPECT_EQ(difference.kind, DifferenceKind::kRowsUnaccounted);
    texts.push_back(difference.text);
  }
  return texts;
}

TEST(Reconcile, WhatWasCountedAndReadIsNoDifferenceNorAreRowsThatCameLater) {
  EXPECT_THAT(missing({}), IsEmpty());
  EXPECT_THAT(missing({{"a", 5, true}, {"b", 7, true}}), IsEmpty());
  EXPECT_THAT(missing({{"a", 4, false}, {"b", 0, false}}), IsEmpty());
}

TEST(Reconcile, RowsThatWereCountedAndNotReadAreSaidWithStoreAndBothNumbers) {
  EXPECT_THAT(missing({{"a", 1005, true}, {"b", 7, true}}),
              ElementsAre("ventas, a: 1,005 rows were counted at the source and 5 read: 1,000 are "
                          "in no chunk of the plan."));
  EXPECT_THAT(missing({{"a", 5, true}, {"b", 8, true}, {"c", 2, true}}),
              ElementsAre("ventas, b: 8 rows were counted at the source and 7 read: 1 is in no "
                          "chunk of the plan.",
                          "ventas, c: 2 rows were counted at the source and 0 read: 2 are in no "
                          "chunk of the plan."));
}

// A row whose store cannot be told counts to another one, which has one more by it.
TEST(Reconcile, ARejectStandsForAMissingRowOnlyWhereItWasNotCounted) {
  EXPECT_THAT(missing({{"a", 6, true}, {"b", 7, true}}, 1), IsEmpty());
  EXPECT_THAT(missing({{"a", 6, true}, {"b", 8, true}}, 1), SizeIs(1)) << "b's own was counted";
  EXPECT_THAT(missing({{"a", 6, true}, {"c", 1, true}, {"b", 7, true}}, 1), SizeIs(2))
      << "one stands for one";
}

TEST(Reconcile, RowsThatWereReadTwiceAreSaid) {
  EXPECT_THAT(
      missing({{"a", 5, true, true}, {"b", 6, true, true}}),
      ElementsAre(HasSubstr("ventas, b: 6 rows were counted at the source and 7 read, under "
                            "one snapshot: some were read twice.")));
  EXPECT_THAT(missing({{"b", 6, true, false}}), IsEmpty()) << "its chunks were taken whole";
  EXPECT_THAT(missing({{"b", 6, false, true}}), IsEmpty()) << "they may have come meanwhile";
  EXPECT_THAT(missing({{"b", 7, true, true}}, 2), IsEmpty()) << "another store may have them";
}

TEST(Reconcile, WithoutASnapshotTheSourceMayHaveChanged) {
  EXPECT_THAT(missing({{"b", 9, false}}),
              ElementsAre("ventas, b: 9 rows were counted at the source and 7 read: 2 went in "
                          "between, if the source changed; else they are in no chunk of the plan. "
                          "Run again."));
}

TEST(Reconcile, WhereEveryStoreIsOneTheEntityIsNamed) {
  EXPECT_THAT(missing({{std::string(k_all), 3, true}}),
              ElementsAre("ventas: 3 rows were counted at the source and 0 read: 3 are in no chunk "
                          "of the plan."));
}

// A row that is refused before anybody knew its store counts to a chunk of some store.
TEST(Reconcile, RowsThatAnotherStoreRefusedMayBeThoseThatAreMissing) {
  EXPECT_THAT(missing({{"a", 7, true}}, 2), IsEmpty());
  EXPECT_THAT(missing({{"a", 8, true}}, 2), SizeIs(1));
  EXPECT_THAT(missing({{"b", 10, true}}, 2), SizeIs(1)) << "these are b's own";
}

TEST(Reconcile, OfARunThatDidNotReadAllChunksItIsNotAsked) {
  ReconcileInput input;
  input.entity = "ventas";
  input.evidence = {good("a", 2)};
  input.evidence[0].tasks_left = 1;
  input.counted = {{"a", 5, true}};
  std::vector<Difference> differences;
  reconcile_entity(input, differences);
  ASSERT_EQ(differences.size(), 1U);
  EXPECT_THAT(differences[0].text, HasSubstr("not loaded yet"));
}

}  // namespace
}  // namespace decant
