#include "common/job/fill_in.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

const Environment k_environment(
    {{"REGION", "SUR"}, {"PW", "a{host}$$b"}, {"DIR", "/d[1]/{month}/*?"}, {"EMPTY", ""}});

JobSpec job_with(std::map<std::string, std::string> values) {
  JobSpec job;
  StoreSpec store;
  store.name = "norte";
  store.values = std::move(values);
  job.stores.push_back(std::move(store));
  return job;
}

TEST(FillIn, ValuesOfStoresHaveTheirVariables) {
  JobSpec job =
      job_with({{"region", "${REGION}-${NONE:-x}"}, {"price", "$$5"}, {"host", "10.0.0.1"}});
  job.stores[0].label = "Tienda ${REGION}";
  EXPECT_TRUE(fill_in_stores(job, k_environment).empty());
  EXPECT_EQ(job.stores[0].label, "Tienda SUR");
  EXPECT_EQ(job.stores[0].values, (std::map<std::string, std::string>{
                                      {"region", "SUR-x"}, {"price", "$5"}, {"host", "10.0.0.1"}}));
}

TEST(FillIn, AStoreWhoseVariableIsNotSetIsNamedAndTheOthersAreFilledIn) {
  JobSpec job = job_with({{"region", "${NOT_SET}"}, {"zone", "${REGION}"}});
  job.stores.push_back(job_with({{"region", "${REGION}"}}).stores[0]);
  job.stores[1].name = "sur";
  const StoresNotFilledIn missing = fill_in_stores(job, k_environment);
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing.at("norte").code, ErrorCode::kUsage);
  EXPECT_EQ(missing.at("norte").message, "The environment variable NOT_SET is not set.");
  EXPECT_EQ(job.stores[0].values["region"], "${NOT_SET}");
  EXPECT_EQ(job.stores[0].values["zone"], "SUR");
  EXPECT_EQ(job.stores[1].values["region"], "SUR");
  job.stores[0].active = false;
  EXPECT_TRUE(fill_in_stores(job, k_environment).empty());
}

// It is never opened, and only looked at to know which files are its own.
TEST(FillIn, AStoreThatIsNotActiveHasWhatIsThere) {
  JobSpec job = job_with({{"region", "${REGION}"}, {"pw", "${NOT_SET}"}});
  job.stores[0].active = false;
  EXPECT_TRUE(fill_in_stores(job, k_environment).empty());
  EXPECT_EQ(job.stores[0].values["region"], "SUR");
}

TEST(FillIn, OfAConnectionOnlyTheTemplateIsLookedThrough) {
  StoreSpec store;
  store.name = "a$$b${REGION}";
  store.values["host"] = "h$$1${REGION}";
  const auto filled =
      fill_in_connection("/srv/{store}/$$/${PW}/{host}/${REGION}", &store, k_environment);
  EXPECT_EQ(filled.value(), "/srv/a$$b${REGION}/$/a{host}$$b/h$$1${REGION}/SUR");
  EXPECT_EQ(fill_in_connection("{host}${REGION}", nullptr, k_environment).value(), "{host}SUR");
  EXPECT_EQ(fill_in_connection("${NOT_SET}", &store, k_environment).error().code,
            ErrorCode::kUsage);
}

TEST(FillIn, WhatAVariableGivesIsNoPatternOfFiles) {
  EXPECT_EQ(fill_in_files("${DIR}/{store}_{month}*.csv", k_environment).value(),
            "/d[[]1]/[{]month}/[*][?]/{store}_{month}*.csv");
  EXPECT_EQ(fill_in_files("${NONE:-data/*}${EMPTY}/$$a.csv", k_environment).value(),
            "data/[*]/$a.csv");
  EXPECT_EQ(fill_in_files("$${store}/$a[0-9].csv", k_environment).value(), "${store}/$a[0-9].csv");
  EXPECT_FALSE(fill_in_files("a/${DIR", k_environment));
}

}  // namespace
}  // namespace decant
