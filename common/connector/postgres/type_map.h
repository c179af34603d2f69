// Which PostgreSQL type is which of ours, and how its values look in binary COPY: one table for
// reading and writing.
//
// - char(n) is text without its padding: trailing blanks are dropped on reading, as PostgreSQL
// itself ignores them when it
//   compares, so that a row has one digest whether it is read from char(10) or from text. bpchar
//   without a length has no padding, and is text as it is.
// - numeric without a scale is a decimal without declared scale.
// - money is decimal(21,2): all of its 64 bits, at cents.
// - numeric(3,5) is decimal(5,5), of whose values it holds some.
// - float4 is read as float64, exactly; real columns of a target round what they get.
// - Types without a counterpart (arrays, intervals, inet, xml, composites …) travel as the
// text that
//   PostgreSQL writes and reads for them (`::text` on the way out, a cast on the way in). Enums are
//   text.
#pragma once

#include <string>

#include "common/value/type.h"

namespace decant::postgres {

enum class Wire : unsigned char {
  kBool,
  kInt2,
  kInt4,
  kInt8,
  kFloat4,
  kFloat8,
  kNumeric,
  kDate,
  kTime,
  kTimestamp,
  kTimestampTz,
  kText,  // text, varchar, enums: the bytes as they are
  kBpchar,
  kBytea,
  kUuid,
  kJson,
  kJsonb,  // a version byte stands before the text
  kCast,   // through ::text
  // Through ::numeric: money, as text, would be in the money of the server's locale; numeric(3,5)
  // holds fewer values than decimal(5,5), and the cast is what refuses the others.
  kMoney,
  kName,  // text of at most 63 bytes; a cast would cut it
};

struct ServerType {
  Wire wire = Wire::kCast;
  Type type;
};

// By the type's OID and modifier, as a row description gives them (domains are already their base
// types there).
ServerType server_type(unsigned oid, int modifier);

// bpchar without a length, which keeps the blanks at the end of its values: only a cast to text
// drops them.
bool is_unpadded(unsigned oid, int modifier);

// Whether values of `type` can be read from and written to a column of that form.
bool fits(const Type& type, Wire wire);

// Names what COPY sends and takes for such columns (RowBatch::sent_form); empty where what is sent
// is not what is written: padded, or cast on the way.
std::string copy_form(const std::vector<Wire>& wires);

// How a column of this type is declared in a table that Decant creates.
std::string sql_type(const Type& type);

}  // namespace decant::postgres
