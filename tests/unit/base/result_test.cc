#include "common/base/result.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace decant {
namespace {

TEST(Error, ShowsMessageAdviceAndSqlstateAsOneLine) {
  Error error{ErrorCode::kNotFound, "The table ventas is missing.", "Create it.", "42P01", {}};
  EXPECT_EQ(error.to_string(), "The table ventas is missing. Create it. (SQLSTATE 42P01)");
}

TEST(Error, KeepsThePlaceThatWasKnownFirst) {
  Error error{ErrorCode::kTimeout, "It took too long.", {}, {}, {"", "", "tienda_01", ""}};
  error = std::move(error).at({"ventas", "lines", "tienda_18", "003"});
  EXPECT_EQ(error.place.job, "ventas");
  EXPECT_EQ(error.place.store, "tienda_01");
  EXPECT_EQ(error.place.chunk, "003");
}

TEST(Error, GivesTheExitStatusOfTheCommands) {
  EXPECT_EQ(exit_status_for(ErrorCode::kUsage), 2);
  EXPECT_EQ(exit_status_for(ErrorCode::kCancelled), 130);
  EXPECT_EQ(exit_status_for(ErrorCode::kUnreachable), 5);
  EXPECT_EQ(exit_status_for(ErrorCode::kTooManyRejects), 4);
  EXPECT_EQ(exit_status_for(ErrorCode::kDiffers), 3);
  EXPECT_EQ(exit_status_for(ErrorCode::kInternal), 1);
}

TEST(Error, EveryCodeHasItsRemedy) {
  const std::map<Remedy, std::vector<ErrorCode>> codes = {
      {Remedy::kReconnect, {ErrorCode::kUnreachable}},
      {Remedy::kReassign,
       {ErrorCode::kFenced, ErrorCode::kTimeout, ErrorCode::kBusy, ErrorCode::kNoSpace}},
      {Remedy::kQuarantine,
       {ErrorCode::kNotFound, ErrorCode::kPermission, ErrorCode::kDataRefused,
        ErrorCode::kSourceChanged, ErrorCode::kDiffers, ErrorCode::kProtocol}},
      {Remedy::kAbort,
       {ErrorCode::kUsage, ErrorCode::kMismatch, ErrorCode::kTooManyRejects, ErrorCode::kCancelled,
        ErrorCode::kUnsupported, ErrorCode::kInternal}}};
  std::size_t count = 0;
  for (const auto& [remedy, with_it] : codes) {
    count += with_it.size();
    for (const ErrorCode code : with_it) EXPECT_EQ(remedy_for(code), remedy) << to_string(code);
  }
  EXPECT_EQ(count, static_cast<std::size_t>(ErrorCode::kInternal) + 1);
}

Result<int> half(int value) {
  if (value % 2 != 0) return fail(ErrorCode::kUsage, "The number is odd.");
  return value / 2;
}

Result<int> quarter(int value) {
  DECANT_TRY_ASSIGN(const int once, half(value));
  DECANT_TRY_ASSIGN(const int twice, half(once));
  return twice;
}

TEST(Result, TryHandsTheFirstErrorUp) {
  EXPECT_EQ(quarter(12).value(), 3);
  const Result<int> odd = quarter(6);
  ASSERT_FALSE(odd.has_value());
  EXPECT_EQ(odd.error().message, "The number is odd.");
}

}  // namespace
}  // namespace decant
