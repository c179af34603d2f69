// What the tests over real data share: where it lies, and how it gets into a test's folder. It is
// no part of this repository: where it is not there, the tests say so and are skipped.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "tests/e2e/fixture.h"

namespace decant::test {

class RealData : public EveryTarget {
 protected:
  // The file of that name in the data folder; nothing, with the test skipped, where there is none.
  static std::string real_file(const std::string& name) {
    namespace fs = std::filesystem;
    const char* elsewhere = std::getenv("DECANT_TEST_DATA");
    const fs::path folder =
        elsewhere != nullptr ? fs::path(elsewhere) : fs::path(DECANT_SOURCE_DIR) / "../shared/data";
    const fs::path found = folder / name;
    return fs::exists(found) ? fs::absolute(found).lexically_normal().string() : std::string();
  }

  // Unpacks an archive of the data folder into this test's folder.
  void unpack(const std::string& archive) {
    const std::string found = real_file(archive);
    if (found.empty()) GTEST_SKIP() << "The real data " << archive << " is not here.";
    const Outcome unpacked =
        run_process({"/usr/bin/env", {"tar", "--zstd", "-xf", found}, {}, folder(), {}});
    ASSERT_THAT(unpacked, ExitsWith(0));
  }
};

}  // namespace decant::test
