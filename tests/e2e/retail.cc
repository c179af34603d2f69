#include "tests/e2e/retail.h"

namespace decant::test {

void RetailTest::SetUp() {
  EveryTarget::SetUp();
  if (IsSkipped() || HasFatalFailure()) return;
  set_environment("RETAIL_DATA", path("data"));
  generate();
  use_example();
}

void RetailTest::use_example(const std::vector<std::pair<std::string, std::string>>& changes) {
  const std::string example = std::string(DECANT_SOURCE_DIR) + "/examples/retail-sales-etl/";
  write("stores.yaml", read_file(example + "stores.yaml"));
  std::string job = read_file(example + "ventas.yaml");
  for (const auto& [from, to] : changes) {
    const std::size_t place = job.find(from);
    ASSERT_NE(place, std::string::npos) << from;
    job.replace(place, from.size(), to);
  }
  write("job.yaml", job);
}

void RetailTest::generate(const Words& more, int lines) {
  Words words = {"--out", path("data"), "--lines", std::to_string(lines)};
  words.insert(words.end(), more.begin(), more.end());
  const Outcome made = run_process(command("decant-generate-retail", words));
  ASSERT_THAT(made, ExitsWith(0));
}

Json RetailTest::truth() const { return parse_json(read_file(path("data/truth.json"))); }

std::string RetailTest::sums(const std::string& condition) const {
  return asked(
      "SELECT count(*), CAST(sum(total) AS VARCHAR), CAST(sum(cantidad) AS VARCHAR), "
      "CAST(sum(cantidad * precio_unitario) AS VARCHAR) FROM ventas_raw WHERE " +
      condition);
}

std::string RetailTest::true_sums(const Json& of) {
  return std::to_string(of["rows"].get<std::int64_t>()) + "|" + of["total"].get<std::string>() +
         "|" + of["cantidad"].get<std::string>() + "|" +
         of["cantidad * precio_unitario"].get<std::string>();
}

}  // namespace decant::test
