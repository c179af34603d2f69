#include "tests/unit/value/convert_fixtures.h"

namespace decant {
namespace {

using namespace testing_support;

ConvertOptions with_lossy(const std::string& lossy) {
  ConvertOptions options;
  options.lossy = lossy;
  return options;
}

TEST(ConvertText, ReadsDecimalsExactlyOrSaysWhyNot) {
  EXPECT_EQ(from_text("12.5", "decimal(18,4)"), "12.5000");
  EXPECT_EQ(from_text("1.23456", "decimal(18,4)"),
            "!total: \"1.23456\" has more than 4 digits after the decimal point.");
  EXPECT_EQ(from_text("12,3x", "decimal(18,4)"), "!total: \"12,3x\" is not a decimal number.");
  EXPECT_EQ(from_text("123456.78", "decimal(5,2)"),
            "!total: \"123456.78\" has more digits than decimal(5,2) can hold.");
  EXPECT_EQ(from_text("012.500", "decimal"), "12.5");
  EXPECT_EQ(from_text("12.5", "decimal(60,4)"), "12.5000");
  EXPECT_EQ(
      from_text("1" + std::string(57, '0') + ".5", "decimal(60,4)"),
      "!total: \"1" + std::string(57, '0') + ".5\" has more digits than decimal(60,4) can hold.");
}

TEST(ConvertText, RoundsOnlyWhereTheJobSaysSo) {
  const std::tuple<const char*, const char*, const char*> k_cases[] = {
      {"1.23455", "1.2346", "1.2345"},    {"1.23445", "1.2344", "1.2344"},
      {"-1.23455", "-1.2346", "-1.2345"}, {"1.234450001", "1.2345", "1.2344"},
      {"9.99995", "10.0000", "9.9999"},   {"0.00005", "0.0000", "0.0000"},
      {"-0.00005", "0.0000", "0.0000"},   {"0.00015", "0.0002", "0.0001"}};
  for (const auto& [text, rounded, cut] : k_cases) {
    EXPECT_EQ(from_text(text, "decimal(18,4)", with_lossy("round")), rounded) << text;
    EXPECT_EQ(from_text(text, "decimal(18,4)", with_lossy("truncate")), cut) << text;
    EXPECT_EQ(from_text(text, "decimal(60,4)", with_lossy("round")), rounded) << text;
    EXPECT_EQ(from_text(text, "decimal(60,4)", with_lossy("truncate")), cut) << text;
  }
  EXPECT_EQ(from_text("99999.5", "decimal(5,0)", with_lossy("round")).substr(0, 1), "!");
}

TEST(ConvertText, ReadsLocalNumbersButNeverGuessesAtSeparators) {
  ConvertOptions local;
  local.decimal_point = ',';
  local.group_separator = '.';
  EXPECT_EQ(from_text("1.234.567,89", "decimal(18,2)", local), "1234567.89");
  EXPECT_EQ(from_text("-1.234", "int64", local), "-1234");
  EXPECT_EQ(from_text("1234,5", "decimal(18,2)", local), "1234.50");
  EXPECT_EQ(from_text("1.5", "float64", local).substr(0, 1), "!");
  EXPECT_EQ(from_text("0,5", "decimal(18,2)", local), "0.50");
  EXPECT_EQ(from_text("0123", "decimal(18,2)", local), "123.00");
  EXPECT_EQ(from_text("1.234e3", "decimal(18,2)", local), "1234000.00");
  EXPECT_EQ(from_text("1.234,5e-1", "decimal(18,2)", local), "123.45");
  for (const char* text :
       {"1.23",    "1234.567",  ".123",       "1.234.56", "1,2,3",     "1..234", "1.23,5",
        "0.001",   "0.500",     "-0.500",     "000.001",  "01.234",    "1.23e4", "1.23E+4",
        "-1.23e4", "1.2345e-4", "1.234.5e67", "1e1.234",  "1,5e1.234", "1e1,5"}) {
    for (const char* type : {"decimal(18,2)", "decimal", "int64", "float64", "float32"})
      EXPECT_EQ(from_text(text, type, local).substr(0, 1), "!") << text << " " << type;
  }
  EXPECT_EQ(from_text("1,234.5", "decimal(18,2)").substr(0, 1), "!");
}

TEST(ConvertText, ReadsWholeNumbersWithinTheirBits) {
  EXPECT_EQ(from_text("-42", "int64"), "-42");
  EXPECT_EQ(from_text("+42", "int16"), "42");
  EXPECT_EQ(from_text("12.00", "int32"), "12");
  EXPECT_EQ(from_text("1e3", "int32"), "1000");
  EXPECT_EQ(from_text("-9223372036854775808", "int64"), "-9223372036854775808");
  EXPECT_EQ(from_text("12.5", "int64"), "!total: \"12.5\" is not a whole number.");
  EXPECT_EQ(from_text("abc", "int64"), "!total: \"abc\" is not a whole number.");
  EXPECT_EQ(from_text("32768", "int16"), "!total: \"32768\" is outside -32,768 to 32,767.");
  EXPECT_EQ(from_text("-32768", "int16"), "-32768");
  EXPECT_EQ(from_text("9223372036854775808", "int64"),
            "!total: \"9223372036854775808\" is too large for a whole number of 64 bits.");
}

TEST(ConvertText, ReadsFloats) {
  EXPECT_EQ(from_text("0.1", "float64"), "0.1");
  EXPECT_EQ(from_text("+1e10", "float64"), "10000000000");
  EXPECT_EQ(from_text("-Infinity", "float64"), "-Infinity");
  EXPECT_EQ(from_text("NaN", "float64"), "NaN");
  for (const char* text : {"1e999", "1.2.3", "x", "+-1", "0x10"})
    EXPECT_EQ(from_text(text, "float64").substr(0, 1), "!") << text;
}

// 9007199254740993 lies between two floating-point numbers, 16777217 between two of float32.
TEST(ConvertText, AFloatIsKeptWhereItGivesTheTextBack) {
  for (const char* text : {"9007199254740992", "-9007199254740994", "0.30000000000000004", "1e23",
                           "1.7976931348623157e308", "4.9e-324", "5e-324", "0.10000000000000000000",
                           "0.1000000000000000055511151231257827", "2.2250738585072014e-308",
                           "18446744073709551616", "000000000000000000000.5", "-0.0", "1e-320"}) {
    EXPECT_NE(from_text(text, "float64").substr(0, 1), "!") << text;
  }
  for (const char* text :
       {"9007199254740993", "9007199254740993e0", "90071992547409930e-1", "123456789012345678",
        "3.14159265358979323846", "100000000000000000000000", "0.1000000000000000000001", "3e-324",
        "1.7976931348623158e308", "1.23456789012345678e-310"}) {
    EXPECT_EQ(from_text(text, "float64"), "!total: \"" + std::string(text) +
                                              "\" has more digits than float64 keeps; `lossy: "
                                              "round` takes the nearest number.");
    EXPECT_NE(from_text(text, "float64", with_lossy("round")).substr(0, 1), "!") << text;
  }
  for (const char* text : {"16777216", "0.1", "0.30000001192092896", "3.4028235e38", "1e-45"})
    EXPECT_NE(from_text(text, "float32").substr(0, 1), "!") << text;
  for (const char* text : {"16777217", "33554433", "0.123456789", "2e-45"})
    EXPECT_EQ(from_text(text, "float32").substr(0, 1), "!") << text;
  // Rounded once: by way of a float64 it would be half of the way, and go to the even neighbour.
  EXPECT_EQ(from_text("1.00000005960464478", "float32", with_lossy("round")), "1.0000001");
}

TEST(ConvertText, ReadsBooleansInTwoLanguages) {
  for (const char* text : {"true", "T", "1", "Yes", "si", "sí", "Sí", "SÍ", "S\xC3\x8D", "y"})
    EXPECT_EQ(from_text(text, "bool"), "true") << text;
  for (const char* text : {"false", "F", "0", "no", "NO", "n"})
    EXPECT_EQ(from_text(text, "bool"), "false") << text;
  EXPECT_EQ(from_text("2", "bool"), "!total: \"2\" is neither true nor false.");
}

// Every word of up to three small letters.
TEST(ConvertText, TakesNoOtherWordForABoolean) {
  std::vector<std::string> words = {""}, taken;
  for (std::size_t i = 0; i < words.size() && words[i].size() < 3; ++i) {
    for (char c = 'a'; c <= 'z'; ++c) words.push_back(words[i] + c);
  }
  for (const std::string& word : words) {
    const std::string read = from_text(word, "bool");
    if (read == "true" || read == "false") taken.push_back(word);
  }
  EXPECT_EQ(taken, (std::vector<std::string>{"f", "n", "t", "y", "no", "on", "si", "off", "yes"}));
}

TEST(ConvertText, AnEmptyTextIsNullUnlessTheTargetIsText) {
  EXPECT_EQ(from_text("", "text"), "");
  for (const char* type : {"bool", "int64", "decimal(18,4)", "float64", "date", "timestamp",
                           "bytes", "uuid", "json"}) {
    EXPECT_EQ(from_text("", type), "NULL") << type;
  }
  ConvertOptions trim;
  trim.trim = true;
  EXPECT_EQ(from_text("  ", "int64", trim), "NULL");
  EXPECT_EQ(from_text(" 7\t", "int64", trim), "7");
  EXPECT_EQ(from_text(" a ", "text", trim), "a");
  EXPECT_EQ(from_text(" 7", "int64").substr(0, 1), "!");
  // A quoted NULL is text: which unquoted texts are NULL has been decided by the reader.
  ConvertOptions nulls;
  nulls.null_texts = {"NULL"};
  EXPECT_EQ(from_text("NULL", "text", nulls), "NULL");
  EXPECT_EQ(from_text("NULL", "int64", nulls).substr(0, 1), "!");
}

TEST(ConvertText, CountsCharactersNotBytes) {
  EXPECT_EQ(from_text("ññññ", "varchar(4)"), "ññññ");
  EXPECT_EQ(from_text("ñññññ", "varchar(4)"), "!total: \"ñññññ\" is longer than 4 characters.");
  EXPECT_EQ(from_text("ñññññ", "varchar(4)", with_lossy("truncate")), "ññññ");
}

TEST(ConvertText, RefusesWhatNoDatabaseTakesAsText) {
  const std::string broken = from_text("caf\xE9", "text");
  EXPECT_EQ(broken,
            "!total: \"caf\\xE9\" has bytes that are not readable text; check the encoding of the "
            "source.");
  EXPECT_EQ(from_text(std::string_view("a\0b", 3), "text").substr(0, 1), "!");
}

TEST(ConvertText, ReadsUuidsBytesAndJson) {
  const std::string uuid = "123e4567-e89b-12d3-a456-426614174000";
  EXPECT_EQ(from_text(uuid, "uuid"), uuid);
  EXPECT_EQ(from_text("{123E4567-E89B-12D3-A456-426614174000}", "uuid"), uuid);
  EXPECT_EQ(from_text("123e4567e89b12d3a456426614174000", "uuid"), uuid);
  EXPECT_EQ(from_text("123e4567-e89b-12d3-a456-42661417400", "uuid").substr(0, 1), "!");
  EXPECT_EQ(from_text("123e4567e-89b-12d3-a456-426614174000", "uuid").substr(0, 1), "!");
  for (const char* spelling :
       {"{123e4567e89b12d3a456426614174000}", "123e-4567-e89b-12d3-a456-4266-1417-4000",
        "123E4567E89B-12D3a4564266-14174000", "{123e4567-e89b12d3-a4564266-14174000}"}) {
    EXPECT_EQ(from_text(spelling, "uuid"), uuid);
  }
  for (const char* broken :
       {"-123e4567e89b12d3a456426614174000", "123e4567e89b12d3a456426614174000-",
        "123e4567--e89b12d3a456426614174000", "{123e4567e89b12d3a456426614174000", "{}", "{-}"}) {
    EXPECT_EQ(from_text(broken, "uuid").substr(0, 1), "!") << broken;
  }
  EXPECT_EQ(from_text("\\x00fF", "bytes"), "\\x00ff");
  EXPECT_EQ(from_text("00ff", "bytes").substr(0, 1), "!");
  EXPECT_EQ(from_text("\\x0", "bytes").substr(0, 1), "!");
  EXPECT_EQ(from_text("{\"a\": 1}", "json"), "{\"a\": 1}");
  EXPECT_EQ(from_text("{a: 1}", "json"), "!total: \"{a: 1}\" is not valid JSON.");
}

TEST(ConvertText, TextThatPassesThroughIsNotCopied) {
  Column in = column_of("text");
  const std::string text = "PERIFERICO";
  push_view(in, text);
  const auto converter = make_converter(in.type, type_of("varchar(40)"), {}, "shop").value();
  Column out = column_of("varchar(40)");
  Arena arena;
  RowFaults faults;
  faults.reset(1);
  converter->convert(in, 1, out, arena, faults);
  EXPECT_EQ(out.views[0].data(), text.data());
  EXPECT_EQ(arena.used_bytes(), 0U);
}

TEST(ConvertText, ALongOriginalIsCutAtACharacter) {
  Column in = column_of("text");
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "ñ";
  push_view(in, text);
  const auto converter = make_converter(in.type, type_of("int64"), {}, "total").value();
  Column out = column_of("int64");
  Arena arena;
  RowFaults faults;
  faults.reset(1);
  converter->convert(in, 1, out, arena, faults);
  const Reject& reject = faults.entries().at(0).reject;
  EXPECT_LE(reject.original.size(), 1000U);
  EXPECT_GT(reject.original.size(), 900U);
  EXPECT_EQ(reject.original.substr(reject.original.size() - 5), "ñ...");
  EXPECT_LT(reject.reason.size(), 200U);
  EXPECT_EQ(out.valid[0], 0);
}

TEST(ConvertText, OnlyTheFirstFaultOfARowIsKept) {
  RowFaults faults;
  faults.reset(2);
  faults.add(1, {{}, {}, "a", "type", "first", {}});
  faults.add(1, {{}, {}, "b", "type", "second", {}});
  ASSERT_EQ(faults.count(), 1U);
  EXPECT_EQ(faults.entries()[0].reject.reason, "first");
  EXPECT_EQ(faults.mask(), (std::vector<std::uint8_t>{0, 1}));
}

TEST(ConvertText, TextsThatMeanNullInAColumnAreNullWhateverItsType) {
  ConvertOptions options;
  options.column_nulls = {"19000101", "-"};
  options.date_format = "%Y%m%d";
  EXPECT_EQ(from_text("19000101", "date", options), "NULL");
  EXPECT_EQ(from_text("19000102", "date", options), "1900-01-02");
  EXPECT_EQ(from_text("-", "text", options), "NULL");
  EXPECT_EQ(from_text(" - ", "text", options), " - ");
  options.trim = true;
  EXPECT_EQ(from_text(" - ", "text", options), "NULL");
  EXPECT_EQ(from_value("date", "1900-01-01", "date", options).substr(0, 1), "?");
}

TEST(ConvertText, LostZerosComeBackInFrontOfDigitsAlone) {
  ConvertOptions options;
  options.zero_pad = 6;
  EXPECT_EQ(from_text("1", "text", options), "000001");
  EXPECT_EQ(from_text("1234567", "text", options), "1234567");
  for (const char* text : {"", "12a", "-12", "1 2"})
    EXPECT_EQ(from_text(text, "text", options), text);
  options.date_format = "%H%M%S";
  EXPECT_EQ(from_text("91205", "time", options), "09:12:05");
  EXPECT_EQ(from_text("101205", "time", options), "10:12:05");
  EXPECT_EQ(from_text("5", "time", options), "00:00:05");
  EXPECT_EQ(from_text("961205", "time", options).substr(0, 1), "!");
}

}  // namespace
}  // namespace decant
