#include "tests/unit/value/convert_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

ConvertOptions with_lossy(const std::string& lossy) {
  ConvertOptions options;
  options.lossy = lossy;
  return options;
}

TEST(ConvertNumber, IntegersWidenAndNarrowWithinTheirRange) {
  EXPECT_EQ(from_value("int64", "70000", "int32"), "70000");
  EXPECT_EQ(from_value("int64", "70000", "int16"),
            "!total: \"70000\" is outside -32,768 to 32,767.");
  EXPECT_EQ(from_value("int64", "2147483648", "int32").substr(0, 1), "!");
  EXPECT_EQ(from_value("int64", "-2147483648", "int32"), "-2147483648");
}

TEST(ConvertNumber, IntegersBecomeDecimalsExactly) {
  EXPECT_EQ(from_value("int64", "-7", "decimal(18,4)"), "-7.0000");
  EXPECT_EQ(from_value("int64", "9223372036854775807", "decimal(19,0)"), "9223372036854775807");
  EXPECT_EQ(from_value("int64", "100", "decimal(4,2)"),
            "!total: \"100\" has more digits than decimal(4,2) can hold.");
  EXPECT_EQ(from_value("int64", "7", "decimal"), "7");
  EXPECT_EQ(from_value("int64", "7", "decimal(60,2)"), "7.00");
}

TEST(ConvertNumber, DecimalsRescaleExactlyOrAreRefused) {
  EXPECT_EQ(from_value("decimal(18,2)", "12.50", "decimal(18,4)"), "12.5000");
  EXPECT_EQ(from_value("decimal(18,4)", "12.5000", "decimal(18,2)"), "12.50");
  EXPECT_EQ(from_value("decimal(18,4)", "12.5001", "decimal(18,2)"),
            "!total: \"12.5001\" has more than 2 digits after the decimal point.");
  EXPECT_EQ(from_value("decimal(18,4)", "12.3450", "decimal(18,2)", with_lossy("round")), "12.34");
  EXPECT_EQ(from_value("decimal(18,4)", "12.3550", "decimal(18,2)", with_lossy("round")), "12.36");
  EXPECT_EQ(from_value("decimal(18,4)", "-12.3551", "decimal(18,2)", with_lossy("round")),
            "-12.36");
  EXPECT_EQ(from_value("decimal(18,4)", "-12.3599", "decimal(18,2)", with_lossy("truncate")),
            "-12.35");
  EXPECT_EQ(
      from_value("decimal(18,4)", "999.9950", "decimal(5,2)", with_lossy("round")).substr(0, 1),
      "!");
  EXPECT_EQ(from_value("decimal(18,4)", "12.5000", "decimal"), "12.5");
  EXPECT_EQ(from_value("decimal", "12.5", "decimal(18,2)"), "12.50");
  EXPECT_EQ(from_value("decimal(38,0)", std::string(38, '9'), "decimal(38,1)").substr(0, 1), "!");
  EXPECT_EQ(from_value("decimal(60,2)", "12.00", "int32"), "12");
  EXPECT_EQ(from_value("decimal(18,2)", "12.50", "int32"),
            "!total: \"12.50\" is not a whole number.");
  EXPECT_EQ(from_value("decimal(20,0)", "9223372036854775808", "int64").substr(0, 1), "!");
  EXPECT_EQ(from_value("decimal", "1200", "decimal(3,-2)"), "1200");
  EXPECT_EQ(from_value("decimal", "1250", "decimal(3,-2)").substr(0, 1), "!");
}

TEST(ConvertNumber, NotANumberStaysOnlyWhereItFits) {
  Column in = column_of("decimal");
  push_view(in, "NaN");
  EXPECT_EQ(convert_one(in, "decimal(60,2)"), "NaN");
  EXPECT_EQ(convert_one(in, "decimal(18,2)"), "!total: \"NaN\" is not a decimal number.");
}

TEST(ConvertNumber, FloatsBecomeExactNumbersOnlyWhenNothingIsLost) {
  EXPECT_EQ(from_value("float64", "0.1", "decimal(18,4)"), "0.1000");
  EXPECT_EQ(from_value("float64", "0.12345", "decimal(18,4)").substr(0, 1), "!");
  EXPECT_EQ(from_value("float64", "0.12345", "decimal(18,4)", with_lossy("round")), "0.1234");
  EXPECT_EQ(from_value("float64", "1e20", "decimal(30,0)"), "100000000000000000000");
  EXPECT_EQ(from_value("float64", "Infinity", "decimal(30,0)").substr(0, 1), "!");
  EXPECT_EQ(from_value("float64", "3", "int32"), "3");
  EXPECT_EQ(from_value("float64", "3.5", "int32").substr(0, 1), "!");
  EXPECT_EQ(from_value("float64", "NaN", "int32").substr(0, 1), "!");
  EXPECT_EQ(from_value("float64", "9.3e18", "int64").substr(0, 1), "!");
}

TEST(ConvertNumber, ExactNumbersBecomeFloatsOnlyWhenTheyReadBack) {
  EXPECT_EQ(from_value("decimal(18,4)", "0.1", "float64"), "0.1");
  EXPECT_EQ(from_value("decimal(30,10)", "12345678901234567.1234567891", "float64").substr(0, 1),
            "!");
  EXPECT_EQ(from_value("int64", "9007199254740993", "float64").substr(0, 1), "!");
  EXPECT_EQ(from_value("int64", "9007199254740992", "float64"), "9.007199254740992e+15");
  EXPECT_EQ(from_value("int64", "9223372036854775807", "float64").substr(0, 1), "!");
}

TEST(ConvertNumber, BooleansAreZeroAndOne) {
  EXPECT_EQ(from_value("bool", "true", "int64"), "1");
  EXPECT_EQ(from_value("bool", "false", "decimal(3,1)"), "0.0");
  EXPECT_EQ(from_value("int64", "1", "bool"), "true");
  EXPECT_EQ(from_value("int64", "2", "bool").substr(0, 1), "!");
}

TEST(ConvertNumber, EveryTypeHasAText) {
  const std::pair<const char*, const char*> k_cases[] = {
      {"bool", "true"},
      {"int64", "-5"},
      {"decimal(18,4)", "12.5000"},
      {"decimal", "12.5"},
      {"float64", "0.1"},
      {"date", "2024-08-31"},
      {"time", "21:05:00"},
      {"timestamp", "2024-08-31 21:05:00.5"},
      {"timestamptz", "2024-08-31 21:05:00+00"},
      {"bytes", "\\x00ff"},
      {"uuid", "123e4567-e89b-12d3-a456-426614174000"},
      {"json", "[1, 2]"}};
  for (const auto& [type, text] : k_cases) EXPECT_EQ(from_value(type, text, "text"), text) << type;
  EXPECT_EQ(from_value("int64", "12345", "varchar(4)").substr(0, 1), "!");
}

TEST(Fidelity, SaysWhatAMappingCosts) {
  const std::tuple<const char*, const char*, Fidelity> k_cases[] = {
      {"int64", "int64", Fidelity::kExact},
      {"text", "date", Fidelity::kExact},
      {"int32", "int64", Fidelity::kWidening},
      {"int64", "int32", Fidelity::kLossy},
      {"int64", "decimal(18,4)", Fidelity::kLossy},
      {"int32", "decimal(18,4)", Fidelity::kWidening},
      {"decimal(18,2)", "decimal(20,4)", Fidelity::kWidening},
      {"decimal(18,2)", "decimal(18,4)", Fidelity::kLossy},
      {"decimal(18,2)", "decimal", Fidelity::kWidening},
      {"decimal", "decimal(38,10)", Fidelity::kLossy},
      {"float64", "decimal(18,2)", Fidelity::kLossy},
      {"varchar(10)", "varchar(20)", Fidelity::kWidening},
      {"text", "varchar(20)", Fidelity::kLossy},
      {"date", "timestamp", Fidelity::kWidening},
      {"timestamp", "date", Fidelity::kLossy},
      {"date", "uuid", Fidelity::kImpossible},
      {"json", "int64", Fidelity::kImpossible},
      {"bytes", "json", Fidelity::kImpossible}};
  for (const auto& [from, to, expected] : k_cases)
    EXPECT_EQ(fidelity_of(type_of(from), type_of(to)), expected) << from << " " << to;
}

TEST(Fidelity, AnImpossibleMappingIsRefusedWithAdvice) {
  const auto made = make_converter(type_of("json"), type_of("int64"), {}, "extra");
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, ErrorCode::kMismatch);
  EXPECT_NE(made.error().message.find("extra"), std::string::npos);
}

// A converter exists exactly where the table says so, and keeps NULL a NULL.
TEST(Fidelity, AgreesWithTheConvertersForEveryPair) {
  const char* const k_types[] = {"bool",  "int64", "decimal(18,4)", "decimal",     "float64",
                                 "date",  "time",  "timestamp",     "timestamptz", "text",
                                 "bytes", "uuid",  "json"};
  for (const char* from : k_types) {
    for (const char* to : k_types) {
      Column in = column_of(from);
      in.push_null();
      const std::string result = convert_one(in, to);
      EXPECT_EQ(result.substr(0, 1) == "?",
                fidelity_of(type_of(from), type_of(to)) == Fidelity::kImpossible)
          << from << " " << to;
      if (result[0] != '?') {
        EXPECT_EQ(result, "NULL") << from << " " << to;
      }
    }
  }
}

}  // namespace
}  // namespace decant
