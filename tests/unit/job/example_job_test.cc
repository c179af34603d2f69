// The jobs in examples/ are read as they are committed.
#include <gtest/gtest.h>

#include "common/job/job_spec.h"

namespace decant {
namespace {

TEST(ExampleJob, OfTheRetailChainNamesItsShopsAndColumns) {
  const auto job = load_job(DECANT_SOURCE_DIR "/examples/retail-sales-etl/ventas.yaml");
  ASSERT_TRUE(job) << job.error().to_string();
  EXPECT_EQ(job->name, "ventas");
  EXPECT_EQ(job->target, "${DECANT_TARGET:-duckdb:data/ventas.duckdb}");
  EXPECT_EQ(job->stores.size(), 20u);
  ASSERT_NE(job->find_store("tienda_16"), nullptr);
  EXPECT_EQ(job->find_store("tienda_16")->opened, (CivilDate{2025, 3, 1}));
  EXPECT_EQ(job->find_store("tienda_01")->label, "PERIFERICO");
  ASSERT_EQ(job->entities.size(), 1u);
  const EntitySpec& ventas = job->entities[0];
  EXPECT_EQ(ventas.read.files, "${RETAIL_DATA:-data}/{store}_{month}.csv");
  EXPECT_EQ(ventas.columns.size(), 14u);
  EXPECT_EQ(ventas.columns[0].constant, "{store}");
  EXPECT_EQ(ventas.write.key,
            (std::vector<std::string>{"ubicacion_id", "fecha", "venta_id", "linea"}));
}

// A worker gets the text and not the folder.
TEST(ExampleJob, ReadsTheSameFromItsMergedText) {
  const auto job = load_job(DECANT_SOURCE_DIR "/examples/retail-sales-etl/ventas.yaml");
  ASSERT_TRUE(job) << job.error().to_string();
  const auto again = parse_job(job->text, "/nowhere");
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->text, job->text);
  ASSERT_EQ(again->stores.size(), job->stores.size());
  for (std::size_t i = 0; i < job->stores.size(); ++i) {
    EXPECT_EQ(again->stores[i].name, job->stores[i].name);
    EXPECT_EQ(again->stores[i].label, job->stores[i].label);
    EXPECT_EQ(again->stores[i].active, job->stores[i].active);
    EXPECT_EQ(again->stores[i].opened, job->stores[i].opened);
  }
  ASSERT_EQ(again->entities.size(), 1u);
  EXPECT_EQ(again->entities[0].columns.size(), job->entities[0].columns.size());
  EXPECT_EQ(again->entities[0].control_sums, job->entities[0].control_sums);
  EXPECT_EQ(again->checks[0].sql, job->checks[0].sql);
}

}  // namespace
}  // namespace decant
