#include "common/connector/postgres/error_map.h"

#include <gtest/gtest.h>

namespace decant::postgres {
namespace {

TEST(ErrorMap, SqlstatesBecomeCodesByWhatFollowsFromThem) {
  EXPECT_EQ(code_of_sqlstate("08006"), ErrorCode::kUnreachable);
  EXPECT_EQ(code_of_sqlstate("57P01"), ErrorCode::kUnreachable);
  EXPECT_EQ(code_of_sqlstate("28P01"), ErrorCode::kPermission);
  EXPECT_EQ(code_of_sqlstate("42501"), ErrorCode::kPermission);
  EXPECT_EQ(code_of_sqlstate("3D000"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of_sqlstate("42P01"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of_sqlstate("53100"), ErrorCode::kNoSpace);
  EXPECT_EQ(code_of_sqlstate("53300"), ErrorCode::kUnreachable) << "there may be room later";
  EXPECT_EQ(code_of_sqlstate("23505"), ErrorCode::kDataRefused);
  EXPECT_EQ(code_of_sqlstate("55P03"), ErrorCode::kBusy);
  EXPECT_EQ(code_of_sqlstate("40P01"), ErrorCode::kTimeout) << "it is tried again";
  EXPECT_EQ(code_of_sqlstate("57014"), ErrorCode::kCancelled);
  EXPECT_EQ(code_of_sqlstate("99999"), ErrorCode::kInternal);
}

TEST(ErrorMap, MessagesNameTheConstraintButNoValue) {
  const Error duplicate = to_error(
      {"23505", "duplicate key value violates unique constraint \"v_pkey\"", "v", "v_pkey", ""});
  EXPECT_EQ(duplicate.message,
            "PostgreSQL: duplicate key value violates unique constraint \"v_pkey\", table \"v\".");
  const Error syntax =
      to_error({"22P02", "invalid input syntax for type integer: \"4111-1111\"", "", "", ""});
  EXPECT_EQ(syntax.message, "PostgreSQL: invalid input syntax for type integer.");
  EXPECT_EQ(syntax.sqlstate, "22P02");
  const Error encoding = to_error({"22P05",
                                   "character with byte sequence 0xe2 0x82 0xac in encoding "
                                   "\"UTF8\" has no equivalent in encoding \"LATIN1\"",
                                   "", "", ""});
  EXPECT_EQ(encoding.message,
            "PostgreSQL: character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no "
            "equivalent in encoding \"LATIN1\".");
}

TEST(ErrorMap, ANameThatIsTakenAtTheSameMomentIsNoRefusalOfRows) {
  const Error taken = to_error(
      {"23505", "duplicate key value violates unique constraint \"pg_class_relname_nsp_index\"",
       "pg_class", "pg_class_relname_nsp_index", "", "pg_catalog"});
  EXPECT_EQ(taken.code, ErrorCode::kBusy);
  EXPECT_EQ(taken.sqlstate, "42P07");
  const Error row =
      to_error({"23505", "duplicate key value violates unique constraint \"pg_class_pkey\"",
                "pg_class", "pg_class_pkey", "", "public"});
  EXPECT_EQ(row.code, ErrorCode::kDataRefused);
}

TEST(ErrorMap, WhatLibpqSaysOfAConnectionIsOneSentence) {
  EXPECT_EQ(
      one_sentence("connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n"
                   "\tIs the server running on that host and accepting TCP/IP connections?\n"),
      "connection to server at \"127.0.0.1\", port 1 failed: Connection refused");
  EXPECT_EQ(one_sentence("to ::1 failed: refused\n\tIs it running?\nto 127.0.0.1 failed: refused."),
            "to ::1 failed: refused; to 127.0.0.1 failed: refused");
  EXPECT_EQ(one_sentence(""), "");
}

}  // namespace
}  // namespace decant::postgres
