// A folder whose listing breaks off, as that of a share does that goes away: what has not been
// listed yet may be there.
#include <dirent.h>
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cerrno>

#include "common/connector/files/layout.h"
#include "tests/unit/files/file_fixture.h"

namespace {

int g_entries_left = -1;  // of any folder; below 0: all

}  // namespace

// The C++ library's own listing comes by here, since a program's symbols go before a library's.
extern "C" dirent* readdir(DIR* folder) {
  using Function = dirent* (*)(DIR*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "readdir"));
  if (g_entries_left == 0) {
    errno = EIO;
    return nullptr;
  }
  if (g_entries_left > 0) --g_entries_left;
  return real(folder);
}

namespace decant::testing {
namespace {

class BrokenListing : public FileTest {
 protected:
  void TearDown() override {
    g_entries_left = -1;
    FileTest::TearDown();
  }
};

TEST_F(BrokenListing, IsNotTakenForAWholeOne) {
  for (const char* name : {"a.csv", "b.csv", "c.csv"}) write(name, "x");
  for (int listed = 0; listed <= 5; ++listed) {  // with "." and ".."
    g_entries_left = listed;
    const auto found = find_files("*.csv", folder_, nullptr, {});
    ASSERT_FALSE(found) << listed;
    EXPECT_EQ(found.error().code, ErrorCode::kUnreachable);
    EXPECT_THAT(found.error().message, ::testing::HasSubstr("cannot be listed"));
  }
  g_entries_left = -1;
  const auto found = find_files("*.csv", folder_, nullptr, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 3U);
}

}  // namespace
}  // namespace decant::testing
