// docs/types.md is what the code gives. DECANT_REFRESH_GOLDEN=1 writes it anew; read the difference
// before committing it.
#include "tests/integration/types/types_page.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/e2e/fixture.h"

namespace decant::test {
namespace {

class TypesPage : public DecantTest {};

TEST_F(TypesPage, IsWhatTheCodeGives) {
  PagePlaces places;
  places.folder = folder();
  places.duckdb = fresh_target(Engine::kDuckDb);
  places.postgres = fresh_database();
  if (places.postgres.empty()) GTEST_SKIP() << "No PostgreSQL server is installed.";
  const auto page = types_page(places);
  ASSERT_TRUE(page) << page.error().to_string();
  const std::string path = DECANT_SOURCE_DIR "/docs/types.md";
  if (std::getenv("DECANT_REFRESH_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << *page;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.is_open()) << path << " is missing: run with DECANT_REFRESH_GOLDEN=1";
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(*page, text) << "Run with DECANT_REFRESH_GOLDEN=1 and read what has changed.";
}

}  // namespace
}  // namespace decant::test
