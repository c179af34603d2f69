#include "worker/pipeline/source_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace decant {
namespace {

using std::chrono::milliseconds;

Error cancelled() { return Error{ErrorCode::kCancelled, "Called off.", {}, "57014", {}}; }

TEST(SourceWatch, ASilentSourceIsCalledOffUntilTheWaitEndsAndThatIsATimeout) {
  std::atomic<int> calls = 0;
  SourceWatch watch(milliseconds(1), [&] { ++calls; });
  {
    const SourceWatch::Wait wait(watch);
    while (calls < 2) std::this_thread::sleep_for(milliseconds(1));
  }
  const Error error = watch.judged(cancelled());
  EXPECT_EQ(error.code, ErrorCode::kTimeout);
  EXPECT_TRUE(error.sqlstate.empty());
}

TEST(SourceWatch, TimeInWhichNobodyWaitsForTheSourceDoesNotCount) {
  std::atomic<int> calls = 0;
  SourceWatch watch(milliseconds(1), [&] { ++calls; });
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(calls, 0);
}

TEST(SourceWatch, WithoutALimitNothingIsWatchedAndErrorsStayWhatTheyAre) {
  SourceWatch watch(std::nullopt, [] { FAIL(); });
  { const SourceWatch::Wait wait(watch); }
  EXPECT_EQ(watch.judged(cancelled()).code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace decant
