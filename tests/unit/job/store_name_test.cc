#include "common/job/store_name.h"

#include <gtest/gtest.h>

namespace decant {
namespace {

constexpr const char* k_uuid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

TEST(StoreName, OfTextIsTheTextItself) {
  EXPECT_EQ(store_name_of(Type{}, "tienda_01"), "tienda_01");
  EXPECT_EQ(store_name_of(Type{}, "007"), "007");
  EXPECT_EQ(store_name_of(Type{}, ""), "");
}

TEST(StoreName, OfANumberIsOneHoweverItIsWritten) {
  const Type type = *parse_type("int64");
  for (const char* text : {"7", "07", "007", "7.0", "7.00"})
    EXPECT_EQ(store_name_of(type, text), "7") << text;
  EXPECT_EQ(store_name_of(type, "-12"), "-12");
  EXPECT_EQ(store_name_of(type, "0"), "0");
  for (const char* text : {"", "tienda_07", "7.5", "7a", "99999999999999999999"})
    EXPECT_EQ(store_name_of(type, text), std::nullopt) << text;
}

TEST(StoreName, ThatANarrowNumberCannotHoldIsNone) {
  const Type type = *parse_type("int16");
  EXPECT_EQ(store_name_of(type, "32767"), "32767");
  EXPECT_EQ(store_name_of(type, "32768"), std::nullopt);
}

TEST(StoreName, OfAUuidIsInSmallLetters) {
  const Type type = *parse_type("uuid");
  EXPECT_EQ(store_name_of(type, k_uuid), k_uuid);
  EXPECT_EQ(store_name_of(type, "6F9619FF-8B86-D011-B42D-00C04FC964FF"), k_uuid);
  EXPECT_EQ(store_name_of(type, "norte"), std::nullopt);
}

TEST(StoreName, IsReadFromAColumnAsItIsMadeOfText) {
  Column numbers;
  numbers.reset(*parse_type("int32"));
  numbers.resize(2);
  numbers.words = {7, -2'000'000'000};
  std::string scratch;
  EXPECT_EQ(store_name(numbers, 0, scratch), "7");
  EXPECT_EQ(store_name(numbers, 1, scratch), "-2000000000");
}

TEST(StoreName, NeedsATypeWhoseValuesAreToldApartExactly) {
  for (const char* type : {"text", "int64", "int16", "uuid"})
    EXPECT_TRUE(can_name_stores(*parse_type(type))) << type;
  for (const char* type : {"float64", "decimal(10,0)", "date", "timestamptz", "bool", "json"})
    EXPECT_FALSE(can_name_stores(*parse_type(type))) << type;
}

}  // namespace
}  // namespace decant
