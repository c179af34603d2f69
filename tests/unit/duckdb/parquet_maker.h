// Makes small Parquet files whose columns say what a test wants them to: a logical type without the
// converted one, or one that contradicts it. Values are plain and not compressed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace decant::test::parquet {

// Numbers as parquet.thrift has them.
enum Physical { kInt32 = 1, kInt64 = 2, kByteArray = 6, kFixed = 7 };
enum Converted {
  kNone = -1,
  kUtf8 = 0,
  kMap = 1,
  kList = 3,
  kDecimal = 5,
  kDate = 6,
  kInt64Signed = 18
};
enum class Unit { kMilliseconds = 1, kMicroseconds = 2 };

struct Element {
  std::string name;
  std::optional<Physical> physical;  // none: a group
  std::string logical;               // one of those below; empty: none
  Converted converted = kNone;
  std::int32_t digits = 0;  // of the converted decimal
  std::int32_t scale = 0;
  std::int32_t length = 0;  // of kFixed
  bool is_repeated = false;
  std::vector<Element> members;
};

std::string decimal_type(std::int32_t digits, std::int32_t scale);
std::string integer_type(std::int8_t bits, bool is_signed);
std::string time_type(Unit unit);
std::string string_type();
std::string map_type();
std::string list_type();
std::string enum_type();
std::string date_type();
std::string json_type();
std::string uuid_type();

// A file with a column `id` (1, 2, …) and the column `v`, whose values are bytes as they lie in the
// file, but for the length before those of kByteArray. Columns that are groups have no rows.
std::string file_of(const Element& v, const std::vector<std::optional<std::string>>& values = {});

// A number in as many bytes, the lowest first as INT32 and INT64 have it, or the highest first as
// decimals in bytes have it.
std::string low_first(std::int64_t number, std::size_t bytes);
std::string high_first(std::int64_t number, std::size_t bytes);

}  // namespace decant::test::parquet
