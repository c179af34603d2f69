#include "coordinator/dispatch/wait_notice.h"

#include <gmock/gmock.h>

namespace decant {
namespace {

using ::testing::ElementsAre;
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
  const WaitState state{true, 9, {{{"tienda_05"}, 3}, {{"tienda_06"}, 4}}};
  EXPECT_FALSE(notice.due(state, {0}));
  EXPECT_THAT(notice.due(state, {10'000}),
              Optional(HasSubstr("reaches tienda_05, tienda_06 (7 tasks)")));
}

TEST(WaitNotice, NamesNoMoreStoresThanFitALine) {
  WaitNotice notice(k_start);
  WaitState state{true, 20, {}};
  for (char store = 'a'; store < 'k'; ++store) state.tasks_of_stores[{std::string(1, store)}] = 2;
  EXPECT_FALSE(notice.due(state, {0}));
  const auto line = notice.due(state, {10'000});
  ASSERT_TRUE(line);
  EXPECT_THAT(*line, HasSubstr("a, b, c, d, e and 5 more (20 tasks)"));
}

TEST(WaitNotice, AStoreThatNobodyReachesIsGivenUpInTheEnd) {
  WaitNotice notice(k_start);
  EXPECT_TRUE(notice.given_up({true, 2, {{{"a"}, 1}}}, {0}).empty());
  EXPECT_TRUE(notice.given_up({true, 2, {{{"a"}, 1}, {{"b"}, 1}}}, {300'000}).empty());
  EXPECT_THAT(notice.given_up({true, 2, {{{"a"}, 1}, {{"b"}, 1}}}, {600'000}),
              ElementsAre(std::vector<std::string>{"a"}));
  EXPECT_TRUE(notice.given_up({true, 1, {}}, {890'000}).empty());
  EXPECT_TRUE(notice.given_up({true, 2, {{{"b"}, 1}}}, {900'000}).empty()) << "it was reached";
}

TEST(WaitNotice, NothingIsGivenUpWhileNobodyIsThere) {
  WaitNotice notice(k_start);
  for (std::int64_t now = 0; now <= 6'000'000; now += 60'000)
    EXPECT_TRUE(notice.given_up({false, 2, {{{"a"}, 1}}}, {now}).empty());
  EXPECT_TRUE(notice.given_up({true, 2, {{{"a"}, 1}}}, {6'060'000}).empty());
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
