// BinaryWriter: rows of a batch as the bytes of COPY … FROM STDIN (FORMAT binary). Pure; no
// connection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/byte_buffer.h"
#include "common/base/result.h"
#include "common/connector/postgres/type_map.h"
#include "common/value/batch.h"
#include "common/value/limits.h"

namespace decant::postgres {

// The years of PostgreSQL's dates and timestamps.
const ValueLimits& value_limits();

class BinaryWriter {
 public:
  // `wires[i]` is the form of batch column i in the table. kMismatch where our type has no such
  // form.
  static Result<BinaryWriter> make(const Schema& schema, std::vector<Wire> wires);

  // The database does not say its encoding (SQL_ASCII): jsonb takes no escape beyond ASCII.
  void refuse_wide_escapes() { takes_wide_escapes_ = false; }

  void put_header(ByteBuffer& out) const;
  // Two more columns behind the row: the chunk and the number of the row (INTEGER, BIGINT), for
  // stage tables.
  struct StageColumns {
    std::int32_t chunk = 0;
    std::int64_t row = 0;
  };
  // The column that the last put_row refused a value of.
  const std::string& refused_column() const { return schema_.fields[refused_].name; }
  // Appends one row; nothing is allocated once `out` has grown. kDataRefused, with the column
  // named, for a value that the column cannot hold; `out` is then as it was.
  Status put_row(const RowBatch& batch, std::size_t row, const std::optional<StageColumns>& stage,
                 ByteBuffer& out);
  // Whether the rows of `batch` were sent in this table's form; put_sent_row then appends one as it
  // came.
  bool takes_sent(const RowBatch& batch) const {
    return !form_.empty() && batch.sent_form == form_ && batch.sent_rows.size() == batch.rows;
  }
  void put_sent_row(const RowBatch& batch, std::size_t row,
                    const std::optional<StageColumns>& stage, ByteBuffer& out) const;
  void put_trailer(ByteBuffer& out) const;

 private:
  BinaryWriter(Schema schema, std::vector<Wire> wires);
  bool put_fixed(const Column& column, std::size_t index, std::size_t row, char*& to) const;
  bool put_variable(const Column& column, std::size_t index, std::size_t row, ByteBuffer& out);

  Schema schema_;
  std::vector<Wire> wires_;
  std::string form_;
  std::vector<std::uint8_t>
      fixed_;  // 1: the value's size is bounded, so that it is written without asking for room
  std::size_t fixed_bound_ =
      0;  // most bytes that the fixed values of a row take, with what frames them
  std::size_t refused_ = 0;
  bool takes_wide_escapes_ = true;
  std::string scratch_;
};

}  // namespace decant::postgres
