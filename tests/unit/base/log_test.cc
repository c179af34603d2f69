#include "common/base/log.h"

#include <gtest/gtest.h>

#include "common/base/secrets.h"

namespace decant {
namespace {

TEST(Logger, WritesMaskedLinesToStandardErrorOnly) {
  SecretMask mask;
  mask.learn("postgresql://ana:hunter2@db/v");
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  {
    Logger log("worker-1", LogLevel::kInfo, &mask);
    log.debug("too fine to be shown");
    log.warn("refused for hunter2 {} at PWD=other;");
  }
  const std::string error = testing::internal::GetCapturedStderr();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_NE(error.find("[worker-1] refused for *** {} at PWD=***;"), std::string::npos) << error;
  EXPECT_NE(error.find("warning"), std::string::npos);
  EXPECT_EQ(error.find("too fine"), std::string::npos);
}

}  // namespace
}  // namespace decant
