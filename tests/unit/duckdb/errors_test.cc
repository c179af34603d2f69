// DuckDB's errors by what can be done about them.
#include "common/connector/duckdb/errors.h"

#include <gmock/gmock.h>

#include "tests/unit/duckdb/fixture.h"

namespace decant::test {
namespace {

using ::testing::HasSubstr;

// Its type is that of a conflict, which another try may be free of.
TEST(DuckDbErrors, ACommitWithoutMemoryIsNotTakenForAConflict) {
  const Error error = duck::statement_error(
      DUCKDB_ERROR_TRANSACTION,
      "TransactionContext Error: Failed to commit: could not allocate block of size 256.0 KiB "
      "(488.0 MiB/488.2 MiB used)\n\nPossible solutions:",
      "The transaction could not be committed");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.advice, HasSubstr("memory_limit"));
  const Error conflict = duck::statement_error(DUCKDB_ERROR_TRANSACTION,
                                               "TransactionContext Error: Conflict on update!", "");
  EXPECT_EQ(conflict.code, ErrorCode::kBusy);
}

TEST(DuckDbErrors, MemoryThatAStageFileDidNotGetIsNoFaultOfTheDisk) {
  const Error error = duck::statement_error(
      DUCKDB_ERROR_INVALID_INPUT,
      "Invalid Input Error: " + std::string(duck::k_no_memory) + " for what is read.", "Rows");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_THAT(error.advice, HasSubstr("memory_limit"));
}

TEST(DuckDbErrors, AFullDiskIsToldFromWantOfMemory) {
  const Error error = duck::statement_error(
      DUCKDB_ERROR_IO, "IO Error: Could not write file \"/x/t.tmp\": No space left on device", "");
  EXPECT_EQ(error.code, ErrorCode::kNoSpace);
  EXPECT_EQ(error.advice, "Free disk space there, and run again.");
}

TEST(DuckDbErrors, AValueThatReadsLikeOneIsData) {
  const Error error = duck::statement_error(
      DUCKDB_ERROR_CONVERSION, "Conversion Error: Could not convert 'failed to allocate' to INT32",
      "Rows");
  EXPECT_EQ(error.code, ErrorCode::kDataRefused);
}

}  // namespace
}  // namespace decant::test
