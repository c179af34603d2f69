// Parquet whose values DuckDB would bend, or that break what the file declares.
#include <gmock/gmock.h>

#include "common/base/text.h"
#include "common/value/lossy.h"
#include "tests/unit/duckdb/fixture.h"
#include "tests/unit/duckdb/parquet_files.h"
#include "tests/unit/duckdb/read_parquet.h"

namespace decant::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string bytes_of(std::string_view hex) {
  std::string bytes(hex.size() / 2, '\0');
  EXPECT_TRUE(from_hex(hex, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()}));
  return bytes;
}

// Of files in hexadecimal digits.
class ParquetFile : public ParquetTest {
 protected:
  std::string write(std::string_view hex) { return ParquetTest::write(bytes_of(hex)); }
  Read read(std::string_view hex, ParquetRequest request = {.columns = {"id", "v"}}) {
    return ParquetTest::read(bytes_of(hex), std::move(request));
  }
};

TEST_F(ParquetFile, ALongDecimalIsNeverFloatingPoint) {
  const auto opened = files_.open(write(k_long_decimal));
  ASSERT_OK(opened);
  EXPECT_EQ(to_string((*opened)->columns().fields[1].type), "decimal(47,2)");
  const Read got = read(k_long_decimal);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kUnsupported);
  EXPECT_THAT(got.error->message, HasSubstr("\"v\" has decimals of 47 digits"));
  EXPECT_EQ(read(k_long_decimal, {.columns = {"id"}}).rows.size(), 2U);
}

TEST_F(ParquetFile, NanosecondsAreCutOnlyWhereTheJobSaysSo) {
  for (const auto& [file, type] :
       {std::pair(k_nanosecond_instants, "timestamp(9) with time zone"),
        std::pair(k_nanosecond_times, "time(9)"), std::pair(k_int96, "timestamp(9)")}) {
    const auto opened = files_.open(write(file));
    ASSERT_OK(opened);
    const Type found = (*opened)->columns().fields[1].type;
    EXPECT_EQ(to_string(found), type);
    Type whole = found;
    whole.scale = 0;
    EXPECT_EQ(declared_fidelity(found, whole, "truncate"), Fidelity::kLossy);
    EXPECT_THAT(fidelity_words(found, whole, "truncate"),
                HasSubstr("digits after the 6th of a second are cut off"));
    const Read refused = read(file);
    ASSERT_TRUE(refused.error) << type;
    EXPECT_EQ(refused.error->code, ErrorCode::kMismatch);
    EXPECT_THAT(refused.error->message, HasSubstr("\"v\" has nanoseconds"));
    const Read cut = read(file, {.columns = {"id", "v"}, .may_be_cut = {"v"}});
    EXPECT_FALSE(cut.error);
    EXPECT_EQ(cut.rows.size(), 2U);
  }
}

TEST_F(ParquetFile, LocalNanosecondsStayAsText) {
  EXPECT_THAT(read(k_local_nanoseconds).rows,
              ElementsAre("1|2024-01-01 00:00:00.123456789", "2|1969-12-31 23:59:59.999999999"));
}

TEST_F(ParquetFile, ATextThatIsNoneIsARejectOfItsRow) {
  const Read got = read(k_text);
  EXPECT_FALSE(got.error);
  EXPECT_THAT(got.rows, ElementsAre("1|a", "3|d"));
  EXPECT_THAT(got.numbers, ElementsAre(1, 3));
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].place.line, 2U);
  EXPECT_EQ(got.faults[0].column, "v");
  EXPECT_THAT(got.faults[0].reason, HasSubstr("v: its text is not UTF-8"));
  EXPECT_EQ(got.faults[1].place.line, 4U);
  EXPECT_EQ(read(k_text, {.columns = {"id"}}).rows.size(), 4U);
}

TEST_F(ParquetFile, InADictionaryTheColumnAndTheRowGroupAreNamed) {
  const Read got = read(k_text_in_dictionary);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr(".parquet: the column \"v\" has a value in row group "
                                            "1 (rows 1 to 4) that cannot be read"));
  EXPECT_TRUE(got.rows.empty());
}

TEST_F(ParquetFile, ATimeBeyondTheTypeIsNamedByItsColumnAndRowGroup) {
  const Read got = read(k_milliseconds);
  ASSERT_TRUE(got.error);
  EXPECT_EQ(got.error->code, ErrorCode::kProtocol);
  EXPECT_THAT(got.error->message, HasSubstr("the column \"v\" has a value in row group 1"));
  EXPECT_TRUE(got.faults.empty());
}

TEST_F(ParquetFile, JsonThatIsNoneIsARejectOfItsRow) {
  const Read json = read(k_json);
  EXPECT_THAT(json.rows, ElementsAre("2|{\"a\":1}"));
  ASSERT_EQ(json.faults.size(), 1U);
  EXPECT_EQ(json.faults[0].place.line, 1U);
  EXPECT_THAT(json.faults[0].reason, HasSubstr("not JSON"));
}

TEST_F(ParquetFile, DigitsBeyondTheDeclaredOnesAreRejects) {
  const Read got = read(k_digits);
  EXPECT_THAT(got.rows, ElementsAre("1|12.34", "3|-99.99"));
  ASSERT_EQ(got.faults.size(), 2U);
  EXPECT_EQ(got.faults[0].place.line, 2U);
  EXPECT_EQ(got.faults[1].place.line, 4U);
}

TEST_F(ParquetFile, ATimeThatIsNoTimeOfDayIsAReject) {
  const Read got = read(k_times);
  EXPECT_THAT(got.rows, ElementsAre("2|00:00:00", "3|24:00:00"));
  EXPECT_EQ(got.faults.size(), 2U);
}

TEST_F(ParquetFile, AColumnThatIsCalledLikeTheRowNumberIsRead) {
  const Read got = read(k_row_numbers, {.columns = {"file_row_number"}});
  EXPECT_THAT(got.rows, ElementsAre("7", "8"));
  EXPECT_TRUE(got.numbers.empty());
  ASSERT_TRUE(read(k_row_numbers, {.columns = {"v"}}).error);
}

}  // namespace
}  // namespace decant::test
