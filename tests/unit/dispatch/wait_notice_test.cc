#include "coordinator/dispatch/wait_notice.h"

#include <gmock/gmock.h>

namespace decant {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr const char* k_start = "decant-worker --connect tcp://127.0.0.1:7420";

WaitState nobody(std::size_t tasks) { return {false, tasks, {}}; }

TEST(WaitNotice, TellsAfterAWhileThatNobodyIsThereAndHowToStartAWorker) {
  WaitNotice notice(k_start);
  EXPECT_FALSE(notice.due(nobody(194), {5'000}));
  EXPECT_FALSE(notice.due(nobody(194), {14'999}));
  const auto line = notice.due(nobody(194), {15'000});
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("194 tasks"));
  EXPECT_THAT(*line, HasSubstr("10 s so far"));
  EXPECT_THAT(*line, HasSubstr(k_start));
}

TEST(WaitNotice, TellsItAgainEveryMinute) {
  WaitNotice notice(k_start);
  int lines = 0;
  for (std::int64_t now = 0; now <= 600'000; now += 1'000)
    lines += notice.due(nobody(1), {now}) ? 1 : 0;
  EXPECT_EQ(lines, 10);
}

TEST(WaitNotice, IsSilentWhileSomebodyWorks) {
  WaitNotice notice(k_start);
  for (std::int64_t now = 0; now <= 600'000; now += 1'000) {
    EXPECT_FALSE(notice.due({true, 5, {}}, {now}));
    EXPECT_FALSE(notice.due({false, 0, {}}, {now}));
  }
}

TEST(WaitNotice, NamesTheStoresThatNoWorkerReaches) {
  WaitNotice notice(k_start);
  const WaitState state{true, 9, {{"tienda_05", 3}, {"tienda_06", 4}}};
  EXPECT_FALSE(notice.due(state, {0}));
  EXPECT_THAT(notice.due(state, {10'000}),
              Optional(HasSubstr("reaches tienda_05, tienda_06 (7 tasks)")));
}

TEST(WaitNotice, NamesNoMoreStoresThanFitALine) {
  WaitNotice notice(k_start);
  WaitState state{true, 20, {}};
  for (char store = 'a'; store < 'k'; ++store) state.tasks_of_stores[std::string(1, store)] = 2;
  EXPECT_FALSE(notice.due(state, {0}));
  const auto line = notice.due(state, {10'000});
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("a, b, c, d, e and 5 more (20 tasks)"));
}

TEST(WaitNotice, StartsAnewWhenAWorkerHasBeenThere) {
  WaitNotice notice(k_start);
  EXPECT_FALSE(notice.due(nobody(1), {0}));
  EXPECT_TRUE(notice.due(nobody(1), {10'000}));
  EXPECT_FALSE(notice.due({true, 1, {}}, {11'000}));
  EXPECT_FALSE(notice.due(nobody(1), {12'000}));
  EXPECT_FALSE(notice.due(nobody(1), {21'000}));
  EXPECT_TRUE(notice.due(nobody(1), {22'000}));
}

}  // namespace
}  // namespace decant
