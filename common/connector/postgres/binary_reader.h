// BinaryReader: the bytes of COPY … TO STDOUT (FORMAT binary) into the columns of a batch. Pure; no
// connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/connector/postgres/type_map.h"
#include "common/connector/row_text.h"
#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant::postgres {

class BinaryReader {
 public:
  // `wires` says how each field of `schema` looks on the wire. Rejects are told by `key`.
  BinaryReader(std::shared_ptr<const Schema> schema, std::vector<Wire> wires, SourceKey key);

  // Text may come that is not UTF-8 (SQL_ASCII): its rows are rejects, too. Without it such a text
  // is handed on in a batch that has no sound texts.
  void check_texts() { checks_texts_ = true; }

  // Starts a batch: resets it and makes room for `capacity` rows.
  void begin(RowBatch& batch, std::size_t capacity);
  // Reads one message: the header and any number of whole rows. They are copied into the batch's
  // arena, and where copy_form() has a name for them the batch gets them as sent too. A row with a
  // value that our types cannot hold (NaN in a decimal) goes to `faults` and not into the batch.
  // kProtocol when the bytes are not what COPY would send.
  Status add(std::string_view message, RowBatch& batch, std::vector<Reject>& faults);
  // Cuts the batch to the rows that were read.
  void end(RowBatch& batch);
  bool at_end() const { return at_end_; }

 private:
  enum class Field { kValue, kFault, kNoText, kBroken };
  Result<bool> read_row(std::string_view& bytes, RowBatch& batch, std::vector<Reject>& faults);
  Field read_value(std::size_t column, std::string_view bytes, RowBatch& batch,
                   std::string& reason);
  Field read_decimal(std::size_t column, std::string_view bytes, RowBatch& batch,
                     std::string& reason);
  bool skip_header(std::string_view& bytes);
  Field take_text(std::size_t column, std::string_view text, RowBatch& batch) const;
  Reject fault(std::size_t column, const std::string& reason) const;

  std::shared_ptr<const Schema> schema_;
  std::vector<Wire> wires_;
  SourceKey key_;
  std::string form_;
  bool keeps_message_ = false;
  bool checks_texts_ = false;
  bool header_seen_ = false;
  bool at_end_ = false;
  std::size_t capacity_ = 0;
};

}  // namespace decant::postgres
