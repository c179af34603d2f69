#include "coordinator/report/error_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decant {
namespace {

using ::testing::ElementsAre;

Error error_of(const std::string& store, const std::string& text) {
  return Error{ErrorCode::kUnreachable, text, {}, {}, {"job", "sales", store, {}}};
}

TEST(ErrorLines, AReasonIsToldOnceWithTheStoresThatHaveIt) {
  EXPECT_THAT(error_lines({error_of("A", "No answer."), error_of("B", "No file."),
                           error_of("C", "No answer."), error_of("A", "No answer.")}),
              ElementsAre("stores A, C: No answer.", "store B: No file."));
}

TEST(ErrorLines, OfManyStoresTheFirstAreNamed) {
  std::vector<Error> errors;
  for (const char* store : {"a", "b", "c", "d", "e", "f", "g"})
    errors.push_back(error_of(store, "No answer."));
  EXPECT_THAT(error_lines(errors), ElementsAre("stores a, b, c, d, e and 2 more: No answer."));
}

TEST(ErrorLines, OfNoStoreIsTheSentenceAlone) {
  EXPECT_THAT(error_lines({error_of("", "Broken.")}), ElementsAre("Broken."));
}

}  // namespace
}  // namespace decant
