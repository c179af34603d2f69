#include "tests/unit/duckdb/parquet_maker.h"

namespace decant::test::parquet {
namespace {

// A struct in Thrift's compact protocol; fields come in the order of their numbers.
class Struct {
 public:
  enum Kind : std::uint8_t {
    kTrue = 1,
    kFalse = 2,
    kByte = 3,
    kI32 = 5,
    kI64 = 6,
    kBytes = 8,
    kList = 9,
    kStruct = 12
  };

  static std::string varint(std::uint64_t number) {
    std::string out;
    for (; number >= 128; number >>= 7) out += static_cast<char>(number | 128);
    return out + static_cast<char>(number);
  }
  static std::string zigzag(std::int64_t number) {
    return varint(static_cast<std::uint64_t>(number) << 1 ^
                  static_cast<std::uint64_t>(number >> 63));
  }

  Struct& field(int id, Kind kind, const std::string& bytes = {}) {
    body_ += static_cast<char>((id - last_) << 4 | kind);
    last_ = id;
    body_ += bytes;
    return *this;
  }
  Struct& number(int id, std::int64_t value, Kind kind = kI32) {
    return field(id, kind, zigzag(value));
  }
  Struct& text(int id, const std::string& value) {
    return field(id, kBytes, varint(value.size()) + value);
  }
  Struct& list(int id, Kind of, const std::vector<std::string>& items) {
    std::string bytes(1, static_cast<char>(items.size() << 4 | of));  // fewer than 15
    for (const std::string& item : items) bytes += item;
    return field(id, kList, bytes);
  }
  std::string done() const { return body_ + '\0'; }

 private:
  std::string body_;
  int last_ = 0;
};

std::string logical(int number, const Struct& value = {}) {
  return Struct().field(number, Struct::kStruct, value.done()).done();
}

void add_elements(const Element& element, std::vector<std::string>& out) {
  Struct one;
  if (element.physical) one.number(1, *element.physical);
  if (element.length > 0) one.number(2, element.length);
  one.number(3, element.is_repeated ? 2 : 1).text(4, element.name);
  if (!element.members.empty()) one.number(5, static_cast<std::int64_t>(element.members.size()));
  if (element.converted != kNone) one.number(6, element.converted);
  if (element.digits > 0) one.number(7, element.scale).number(8, element.digits);
  if (!element.logical.empty()) one.field(10, Struct::kStruct, element.logical);
  out.push_back(one.done());
  for (const Element& member : element.members) add_elements(member, out);
}

// A column's only page.
std::string page_of(const Element& column, const std::vector<std::optional<std::string>>& values) {
  std::string levels;
  std::string plain;
  for (const auto& value : values) {
    levels += Struct::varint(2) + (value ? '\1' : '\0');  // a run of one
    if (!value) continue;
    if (column.physical == kByteArray)
      plain += low_first(static_cast<std::int64_t>(value->size()), 4);
    plain += *value;
  }
  const std::string body = low_first(static_cast<std::int64_t>(levels.size()), 4) + levels + plain;
  const auto size = static_cast<std::int64_t>(body.size());
  const Struct data = Struct()
                          .number(1, static_cast<std::int64_t>(values.size()))
                          .number(2, 0)
                          .number(3, 3)
                          .number(4, 3);
  return Struct()
             .number(1, 0)
             .number(2, size)
             .number(3, size)
             .field(5, Struct::kStruct, data.done())
             .done() +
         body;
}

std::string chunk_of(const Element& column, std::size_t rows, std::size_t at, std::size_t size) {
  const auto bytes = static_cast<std::int64_t>(size);
  const auto offset = static_cast<std::int64_t>(at);
  const Struct meta =
      Struct()
          .number(1, *column.physical)
          .list(2, Struct::kI32, {Struct::zigzag(0), Struct::zigzag(3)})
          .list(3, Struct::kBytes, {Struct::varint(column.name.size()) + column.name})
          .number(4, 0)
          .number(5, static_cast<std::int64_t>(rows), Struct::kI64)
          .number(6, bytes, Struct::kI64)
          .number(7, bytes, Struct::kI64)
          .number(9, offset, Struct::kI64);
  return Struct().number(2, offset, Struct::kI64).field(3, Struct::kStruct, meta.done()).done();
}

}  // namespace

std::string string_type() { return logical(1); }
std::string map_type() { return logical(2); }
std::string list_type() { return logical(3); }
std::string enum_type() { return logical(4); }
std::string date_type() { return logical(6); }
std::string json_type() { return logical(12); }
std::string uuid_type() { return logical(14); }
std::string decimal_type(std::int32_t digits, std::int32_t scale) {
  return logical(5, Struct().number(1, scale).number(2, digits));
}
std::string integer_type(std::int8_t bits, bool is_signed) {
  return logical(10, Struct()
                         .field(1, Struct::kByte, std::string(1, static_cast<char>(bits)))
                         .field(2, is_signed ? Struct::kTrue : Struct::kFalse));
}
std::string time_type(Unit unit) {
  return logical(
      7,
      Struct().field(1, Struct::kFalse).field(2, Struct::kStruct, logical(static_cast<int>(unit))));
}

std::string low_first(std::int64_t number, std::size_t bytes) {
  std::string out;
  for (; bytes > 0; --bytes, number >>= 8) out += static_cast<char>(number & 255);
  return out;
}

std::string high_first(std::int64_t number, std::size_t bytes) {
  std::string out(bytes, number < 0 ? '\xff' : '\0');
  for (std::size_t i = 0; i < bytes && i < 8; ++i, number >>= 8)
    out[bytes - 1 - i] = static_cast<char>(number & 255);
  return out;
}

std::string file_of(const Element& v, const std::vector<std::optional<std::string>>& values) {
  const Element id{.name = "id", .physical = kInt32};
  std::vector<std::optional<std::string>> ids;
  for (std::size_t row = 1; row <= values.size(); ++row)
    ids.push_back(low_first(static_cast<std::int64_t>(row), 4));

  std::string out = "PAR1";
  std::vector<std::string> groups;
  if (!values.empty()) {
    std::vector<std::string> chunks;
    const std::size_t begin = out.size();
    const auto add = [&](const Element& column, const std::vector<std::optional<std::string>>& of) {
      const std::string page = page_of(column, of);
      chunks.push_back(chunk_of(column, of.size(), out.size(), page.size()));
      out += page;
    };
    add(id, ids);
    add(v, values);
    groups.push_back(Struct()
                         .list(1, Struct::kStruct, chunks)
                         .number(2, static_cast<std::int64_t>(out.size() - begin), Struct::kI64)
                         .number(3, static_cast<std::int64_t>(values.size()), Struct::kI64)
                         .done());
  }
  std::vector<std::string> schema = {Struct().text(4, "root").number(5, 2).done()};
  add_elements(id, schema);
  add_elements(v, schema);
  const std::string footer = Struct()
                                 .number(1, 1)
                                 .list(2, Struct::kStruct, schema)
                                 .number(3, static_cast<std::int64_t>(values.size()), Struct::kI64)
                                 .list(4, Struct::kStruct, groups)
                                 .done();
  return out + footer + low_first(static_cast<std::int64_t>(footer.size()), 4) + "PAR1";
}

}  // namespace decant::test::parquet
