#include "coordinator/cli/hard_stop.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

using namespace std::chrono_literals;

// Interrupted so often, with something under way that does not end.
void stand_still(int times) {
  std::atomic<int> interrupts{times};
  const HardStop stop(interrupts, 100ms, 100ms);
  std::this_thread::sleep_for(10min);
}

class HardStopDeathTest : public testing::Test {
 protected:
  HardStopDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(HardStopDeathTest, WhoDoesNotEndAfterASecondInterruptIsEnded) {
  EXPECT_EXIT(stand_still(2), testing::ExitedWithCode(130), "the same command goes on from there");
}

TEST_F(HardStopDeathTest, AFirstInterruptThatIsNotObeyedIsTakenForTwo) {
  EXPECT_EXIT(stand_still(1), testing::ExitedWithCode(130), "the same command goes on from there");
}

TEST(HardStop, WhoEndsInTimeIsLeftAlone) {
  std::atomic<int> interrupts{1};
  { const HardStop stop(interrupts, 10min, 10min); }
  EXPECT_EQ(interrupts, 1);
}

}  // namespace
}  // namespace decant
