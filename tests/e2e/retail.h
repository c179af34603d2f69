// The retail example, small: data from its generator, its own job file, and what is true of the
// data.
#pragma once

#include "tests/e2e/fixture.h"

namespace decant::test {

class RetailTest : public EveryTarget {
 protected:
  void SetUp() override;

  // Writes job.yaml and stores.yaml of the example; `changes` are replaced in the job file first.
  void use_example(const std::vector<std::pair<std::string, std::string>>& changes = {});
  // Makes or remakes the data; `more` such as {"--change", "tienda_05/2025-02:update=3"}.
  void generate(const Words& more = {}, int lines = k_lines);
  // truth.json of the data as it is now.
  Json truth() const;
  // rows|total|cantidad|cantidad * precio_unitario of the target, of the whole or of a cell.
  std::string sums(const std::string& condition = "TRUE") const;
  static std::string true_sums(const Json& of);

  static constexpr int k_lines = 20'000;
};

}  // namespace decant::test
