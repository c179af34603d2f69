#include "coordinator/control/counted_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/connector/extent.h"

namespace decant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A job whose rows say their store, one of which is inactive, read from a database.
class Counted : public ::testing::Test {
 protected:
  void SetUp() override {
    job.store_from_column = "shop";
    StoreSpec closed;
    closed.name = "closed";
    closed.active = false;
    job.stores.push_back(closed);
    spec.name = "sales";
    spec.read.source = "${POS}";
    job.entities.push_back(spec);
    entity.spec = &spec;
    StoreCensus census;
    CensusExtent extent;
    extent.exact = true;
    extent.cells = {{"a", "2024-08", {}, 5},
                    {"a", "2024-09", {}, 6},
                    {"b", "2024-08", {}, 7},
                    {"b", std::string(k_undated), {}, 2},
                    {"closed", "2024-08", {}, 9}};
    census.census.extents = {extent};
    entity.censuses = {census};
  }
  // "a 11", and "a 11 fixed" where nothing could change.
  std::vector<std::string> counted() const {
    std::vector<std::string> out;
    for (const CountedRows& store : counted_rows(job, selection, entity, snapshots))
      out.push_back(store.store + " " + std::to_string(store.rows) +
                    (store.is_fixed ? " fixed" : "") + (store.is_all ? "" : " of more"));
    return out;
  }
  CensusExtent& extent() { return entity.censuses[0].census.extents[0]; }

  JobSpec job;
  EntitySpec spec;
  EntityRun entity;
  Selection selection;
  SourceSnapshots snapshots{job};
};

// Days say nothing of a key, and so nothing of the rows without one.
TEST_F(Counted, WithThoseThatHaveNoKeyWhateverTheDays) {
  entity.plan.range_kind = TypeKind::kInt64;
  selection.days.begin = 0;
  EXPECT_THAT(counted(), ElementsAre("a 11", "b 9"));
}

TEST_F(Counted, ByStoreWithoutThoseThatTheRunLeavesOut) {
  EXPECT_THAT(counted(), ElementsAre("a 11", "b 9"));
  selection.stores = {"b"};
  EXPECT_THAT(counted(), ElementsAre("b 9"));
}

TEST_F(Counted, RowsWithoutADateAreLeftOutBySomeDays) {
  selection.days.begin = 1;
  EXPECT_THAT(counted(), ElementsAre("a 11 of more", "b 7 of more"));
}

TEST_F(Counted, UnderOneSnapshotOrFromFilesItIsFixed) {
  snapshots.learn("sales", "", "1-1 700:700:");
  EXPECT_THAT(counted(), ElementsAre("a 11 fixed", "b 9 fixed"));
  snapshots.learn("sales", "", "1-2 705:705:");
  EXPECT_THAT(counted(), ElementsAre("a 11", "b 9"));
  extent().extent.kind = ExtentKind::kFile;
  EXPECT_THAT(counted(), ElementsAre("a 11 fixed", "b 9 fixed"));
}

TEST_F(Counted, AStoreOfWhichAFileIsEstimatedIsNotCounted) {
  CensusExtent estimate;
  estimate.cells = {{"a", "2024-10", {}, 100}};
  entity.censuses[0].census.extents.push_back(estimate);
  EXPECT_THAT(counted(), ElementsAre("b 9"));
  extent().exact = false;
  EXPECT_THAT(counted(), IsEmpty());
}

}  // namespace
}  // namespace decant
