// What tasks read under.
#include "worker/pipeline/sessions.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

TEST(Sessions, ATaskThatLetsRowsGoReadsUnderTheSnapshotOfTheRun) {
  Task task;
  task.snapshots = {"id1 700:700:", "id2 700:700:"};
  EXPECT_TRUE(check_lets_go_by_one_snapshot(task, "id9 800:800:"));
  task.lets_go = true;
  EXPECT_TRUE(check_lets_go_by_one_snapshot(task, "id3 700:700:"));
  const Status another = check_lets_go_by_one_snapshot(task, "id9 800:800:");
  ASSERT_FALSE(another);
  EXPECT_EQ(another.error().code, ErrorCode::kSourceChanged);
  // Learned from somebody who came later: then it is not the run's either.
  task.snapshots.push_back("id9 800:800:");
  EXPECT_FALSE(check_lets_go_by_one_snapshot(task, "id9 800:800:"));
  // Files have none; what they are is checked where they are read.
  task.snapshots.clear();
  EXPECT_TRUE(check_lets_go_by_one_snapshot(task, ""));
}

}  // namespace
}  // namespace decant
