#include "coordinator/control/source_snapshots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decant {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

JobSpec shops() {
  JobSpec job;
  for (const char* name : {"east", "west"}) {
    StoreSpec store;
    store.name = name;
    store.source = "postgresql://${PW}@{host}/pos";
    store.values["host"] = std::string(name) + ".example";
    job.stores.push_back(store);
  }
  for (const char* name : {"sales", "members", "rates", "prices"}) {
    EntitySpec entity;
    entity.name = name;
    job.entities.push_back(entity);
  }
  job.entities[2].read.source = "${CENTRAL}";
  job.entities[3].read.files = "*.csv";
  return job;
}

class Snapshots : public ::testing::Test {
 protected:
  JobSpec job = shops();
  SourceSnapshots snapshots{job};
};

TEST_F(Snapshots, OneDatabaseIsOneSourceForAllWhoAreReadOverIt) {
  EXPECT_EQ(snapshots.source_of("sales", "east"), snapshots.source_of("members", "east"));
  EXPECT_NE(snapshots.source_of("sales", "east"), snapshots.source_of("sales", "west"));
  EXPECT_EQ(snapshots.source_of("rates", "east"), snapshots.source_of("rates", "west"));
  EXPECT_EQ(snapshots.source_of("prices", "east"), "") << "files have no snapshot";
}

TEST_F(Snapshots, WhatOneEntityToldTheOthersImport) {
  snapshots.learn("sales", "east", "1-1 700:700:");
  snapshots.learn("sales", "east", "1-1 700:700:");
  snapshots.learn("members", "east", "2-1 700:700:");
  EXPECT_THAT(snapshots.of("members", {"east"}),
              ElementsAre(Pair("east", ElementsAre("1-1 700:700:", "2-1 700:700:"))));
  EXPECT_THAT(snapshots.of("members", {"west"}), IsEmpty());
  EXPECT_THAT(snapshots.divided(), IsEmpty());
}

TEST_F(Snapshots, ADatabaseIsReadUnderOneUntilAnotherIsTold) {
  EXPECT_FALSE(snapshots.is_one("sales", "east")) << "nobody told of any";
  snapshots.learn("sales", "east", "1-1 700:700:");
  snapshots.learn("sales", "east", "2-1 700:700:");
  EXPECT_TRUE(snapshots.is_one("members", "east"));
  EXPECT_FALSE(snapshots.is_one("sales", "west"));
  EXPECT_FALSE(snapshots.is_one("prices", "east"));
  snapshots.learn_content("sales", "east", "705:705:");
  EXPECT_FALSE(snapshots.is_one("sales", "east"));
}

TEST_F(Snapshots, WhatLiesOutsideOfTheDatabaseIsNotHeld) {
  snapshots.learn("sales", "east", "1-1 700:700:");
  snapshots.learn_not_held("sales", "");
  EXPECT_FALSE(snapshots.may_miss_rows("sales"));
  EXPECT_TRUE(snapshots.is_one("sales", "east"));
  snapshots.learn_not_held("sales", "the foreign table hub");
  snapshots.learn_not_held("sales", "the foreign table hub");
  EXPECT_TRUE(snapshots.may_miss_rows("sales"));
  EXPECT_FALSE(snapshots.may_miss_rows("members"));
  EXPECT_FALSE(snapshots.is_one("sales", "east"));
  EXPECT_TRUE(snapshots.is_one("members", "east"));
  EXPECT_THAT(snapshots.not_held(),
              ElementsAre(Pair("sales", ElementsAre("the foreign table hub"))));
}

TEST_F(Snapshots, ADatabaseThatWasReadUnderSeveralIsNamed) {
  snapshots.learn("sales", "east", "1-1 700:700:");
  snapshots.learn("sales", "west", "1-1 900:900:");
  snapshots.learn_content("members", "east", "705:705:");
  EXPECT_THAT(snapshots.divided(), ElementsAre(Pair("sales of east", 2)));
}

TEST_F(Snapshots, OnlyTheNewestAreKept) {
  for (int i = 0; i < 40; ++i) snapshots.learn("sales", "east", std::to_string(i) + " 700:700:");
  const SnapshotsOfStores of_task = snapshots.of("sales", {"east"});
  EXPECT_EQ(of_task.at("east").size(), 16U);
  EXPECT_EQ(of_task.at("east").back(), "39 700:700:");
}

TEST_F(Snapshots, ATaskOfSeveralStoresHasThoseOfEach) {
  snapshots.learn("sales", "east", "1-1 700:700:");
  snapshots.learn("sales", "west", "1-2 900:900:");
  EXPECT_THAT(snapshots.of("sales", {"west", "east"}),
              ElementsAre(Pair("east", ElementsAre("1-1 700:700:")),
                          Pair("west", ElementsAre("1-2 900:900:"))));
  EXPECT_THAT(snapshots.of("prices", {"west", "east"}), IsEmpty()) << "files have none";
}

// However many stores there are, the message has to fit.
TEST_F(Snapshots, ATaskOfManyStoresHasTheNewestOfEach) {
  std::vector<std::string> stores;
  for (int i = 0; i < 1000; ++i) {
    StoreSpec store;
    store.name = stores.emplace_back("s" + std::to_string(i));
    store.source = "postgresql://" + store.name + "/pos";
    job.stores.push_back(store);
  }
  for (const std::string& store : stores) {
    snapshots.learn("sales", store, "1-1 700:700:");
    snapshots.learn("sales", store, "2-1 700:700:");
  }
  const SnapshotsOfStores of_task = snapshots.of("sales", stores);
  EXPECT_EQ(of_task.size(), 1000U);
  EXPECT_THAT(of_task.at("s999"), ElementsAre("2-1 700:700:"));
}

}  // namespace
}  // namespace decant
