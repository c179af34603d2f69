#include "common/connector/postgres/binary_reader.h"

#include <bit>
#include <optional>

#include "common/base/text.h"
#include "common/connector/postgres/numeric.h"
#include "common/connector/postgres/wire_bytes.h"
#include "common/value/calendar.h"
#include "common/value/decimal.h"
#include "common/value/display.h"

namespace decant::postgres {
namespace {

constexpr std::string_view k_signature("PGCOPY\n\377\r\n\0", 11);

tl::unexpected<Error> broken(std::string_view what) {
  return fail(ErrorCode::kProtocol,
              "PostgreSQL sent a COPY stream that cannot be read: " + std::string(what) + ".");
}

constexpr std::string_view k_no_text =
    "has bytes that are not readable text, and its database does not say the encoding (SQL_ASCII); "
    "convert it in `read: sql`, as with convert_from(COLUMN::bytea, 'LATIN1').";

// PostgreSQL's date infinities are those of 32 bits.
std::int64_t widen_date(std::int32_t days) {
  if (days == INT32_MAX) return k_infinity;
  if (days == INT32_MIN) return k_minus_infinity;
  return days;
}

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Int128 load_uuid(std::string_view bytes) {
  const auto high = static_cast<UInt128>(load_big<std::uint64_t>(bytes.data()));
  return static_cast<Int128>(high << 64 | load_big<std::uint64_t>(bytes.data() + 8));
}

}  // namespace

BinaryReader::BinaryReader(std::shared_ptr<const Schema> schema, std::vector<Wire> wires,
                           SourceKey key)
    : schema_(std::move(schema)), wires_(std::move(wires)), key_(std::move(key)) {
  form_ = copy_form(wires_);
  keeps_message_ = !form_.empty();
  for (const auto& field : schema_->fields)
    keeps_message_ |= storage_of(field.type) == Storage::kView;
}

void BinaryReader::begin(RowBatch& batch, std::size_t capacity) {
  batch.reset(schema_);
  batch.sent_form = form_;
  batch.has_sound_texts = true;
  capacity_ = capacity;
  for (Column& column : batch.columns) column.resize(capacity);
}

void BinaryReader::end(RowBatch& batch) {
  for (Column& column : batch.columns) column.resize(batch.rows);
}

bool BinaryReader::skip_header(std::string_view& bytes) {
  constexpr std::size_t k_fixed = k_signature.size() + 8;
  if (bytes.size() < k_fixed || bytes.substr(0, k_signature.size()) != k_signature) return false;
  const auto extension = load_big<std::uint32_t>(bytes.data() + k_signature.size() + 4);
  if (bytes.size() - k_fixed < extension) return false;
  bytes.remove_prefix(k_fixed + extension);
  header_seen_ = true;
  return true;
}

Status BinaryReader::add(std::string_view message, RowBatch& batch, std::vector<Reject>& faults) {
  if (!header_seen_ && !skip_header(message)) return broken("it has no header");
  if (at_end_ && !message.empty()) return broken("something follows its end");
  if (keeps_message_ && !message.empty()) message = batch.arena.copy(message);
  while (!message.empty() && !at_end_) {
    if (batch.rows == capacity_) {
      capacity_ *= 2;
      for (Column& column : batch.columns) column.resize(capacity_);
    }
    const char* const begin = message.data();
    DECANT_TRY_ASSIGN(const bool kept, read_row(message, batch, faults));
    if (!kept) continue;
    ++batch.rows;
    if (!form_.empty())
      batch.sent_rows.emplace_back(begin, static_cast<std::size_t>(message.data() - begin));
  }
  return {};
}

// True when the row at batch.rows is now filled; false at the end of the stream and for a row that
// is refused.
Result<bool> BinaryReader::read_row(std::string_view& bytes, RowBatch& batch,
                                    std::vector<Reject>& faults) {
  if (bytes.size() < 2) return broken("a row is cut off");
  const auto fields = load_big<std::int16_t>(bytes.data());
  bytes.remove_prefix(2);
  if (fields == -1) {
    at_end_ = true;
    return false;
  }
  if (fields < 0 || static_cast<std::size_t>(fields) != wires_.size())
    return broken("a row has another number of columns");
  std::optional<Reject> refused;
  std::string reason;
  for (std::size_t i = 0; i < wires_.size(); ++i) {
    if (bytes.size() < 4) return broken("a row is cut off");
    const auto length = load_big<std::int32_t>(bytes.data());
    bytes.remove_prefix(4);
    Column& column = batch.columns[i];
    if (length == -1) {
      column.valid[batch.rows] = 0;
      continue;
    }
    if (length < 0 || static_cast<std::size_t>(length) > bytes.size())
      return broken("a value is cut off");
    const std::string_view value = bytes.substr(0, static_cast<std::size_t>(length));
    bytes.remove_prefix(value.size());
    column.valid[batch.rows] = 1;
    const Field read = read_value(i, value, batch, reason);
    if (read == Field::kBroken)
      return broken("column \"" + schema_->fields[i].name + "\" has another form");
    if (read == Field::kValue) continue;
    column.valid[batch.rows] = 0;
    if (!refused) {
      refused = read == Field::kFault
                    ? fault(i, reason)
                    : value_reject(schema_->fields[i].name, std::string(k_no_text), value);
    }
  }
  if (!refused) return true;
  refused->source = key_.text(batch, batch.rows);
  faults.push_back(std::move(*refused));
  return false;
}

BinaryReader::Field BinaryReader::read_value(std::size_t index, std::string_view bytes,
                                             RowBatch& batch, std::string& reason) {
  Column& column = batch.columns[index];
  const std::size_t row = batch.rows;
  const auto fixed = [&](std::size_t size) { return bytes.size() == size; };
  switch (wires_[index]) {
    case Wire::kBool:
      if (!fixed(1)) return Field::kBroken;
      column.bytes[row] = bytes[0] != 0;
      return Field::kValue;
    case Wire::kInt2:
      if (!fixed(2)) return Field::kBroken;
      column.words[row] = load_big<std::int16_t>(bytes.data());
      return Field::kValue;
    case Wire::kInt4:
      if (!fixed(4)) return Field::kBroken;
      column.words[row] = load_big<std::int32_t>(bytes.data());
      return Field::kValue;
    case Wire::kDate:
      if (!fixed(4)) return Field::kBroken;
      column.words[row] = widen_date(load_big<std::int32_t>(bytes.data()));
      return Field::kValue;
    case Wire::kFloat4:
      if (!fixed(4)) return Field::kBroken;
      column.words[row] = std::bit_cast<std::int64_t>(
          static_cast<double>(std::bit_cast<float>(load_big<std::uint32_t>(bytes.data()))));
      return Field::kValue;
    case Wire::kTime:
      if (!fixed(8)) return Field::kBroken;
      column.words[row] = load_big<std::int64_t>(bytes.data());
      return column.words[row] >= 0 && column.words[row] <= k_us_per_day ? Field::kValue
                                                                         : Field::kBroken;
    case Wire::kInt8:
    case Wire::kFloat8:
    case Wire::kTimestamp:
    case Wire::kTimestampTz:
      if (!fixed(8)) return Field::kBroken;
      column.words[row] = load_big<std::int64_t>(bytes.data());
      return Field::kValue;
    case Wire::kUuid:
      if (!fixed(16)) return Field::kBroken;
      column.wides[row] = load_uuid(bytes);
      return Field::kValue;
    case Wire::kNumeric:
    case Wire::kMoney:
      return read_decimal(index, bytes, batch, reason);
    case Wire::kBpchar:
      return take_text(index, without_padding(bytes), batch);
    case Wire::kJsonb:
      if (bytes.empty() || bytes[0] != 1) return Field::kBroken;
      return take_text(index, bytes.substr(1), batch);
    case Wire::kText:
    case Wire::kName:
    case Wire::kJson:
    case Wire::kCast:
      return take_text(index, bytes, batch);
    case Wire::kBytea:
      column.views[row] = bytes;
      return Field::kValue;
  }
  return Field::kBroken;
}

BinaryReader::Field BinaryReader::take_text(std::size_t index, std::string_view text,
                                            RowBatch& batch) const {
  Column& column = batch.columns[index];
  column.views[batch.rows] = text;
  if (is_plain_ascii(text)) return Field::kValue;
  const bool is_utf8 = first_invalid_utf8(text) == std::string_view::npos;
  if (!is_utf8 || text.find('\0') != std::string_view::npos) batch.has_sound_texts = false;
  return is_utf8 || !checks_texts_ ? Field::kValue : Field::kNoText;
}

BinaryReader::Field BinaryReader::read_decimal(std::size_t index, std::string_view bytes,
                                               RowBatch& batch, std::string& reason) {
  Column& column = batch.columns[index];
  NumericRead read = NumericRead::kOk;
  if (column.storage == Storage::kWide) {
    Int128& value = column.wides[batch.rows];
    read = read_numeric(bytes, column.type.scale, value);
    const Int128 limit = power_of_ten(column.type.precision);
    if (read == NumericRead::kOk && (value >= limit || value <= -limit))
      read = NumericRead::kTooManyDigits;
  } else if (column.storage == Storage::kWord) {
    Int128 value = 0;
    read = read_numeric(bytes, 0, value);
    column.words[batch.rows] = static_cast<std::int64_t>(value);
    if (read == NumericRead::kOk && value != column.words[batch.rows])
      read = NumericRead::kTooManyDigits;
  } else {
    const std::int32_t scale = column.type.precision > 0 ? column.type.scale : -1;
    const std::size_t bound = numeric_text_bound(bytes, scale);
    std::size_t size = 0;
    char* text = bound > 0 ? batch.arena.allocate(bound) : nullptr;
    read = read_numeric_text(bytes, scale, text, size);
    if (read == NumericRead::kOk) column.views[batch.rows] = {text, size};
    // As text a decimal may be all that PostgreSQL's numeric can be.
    if (const std::string_view name = name_of_special(bytes); !name.empty()) {
      column.views[batch.rows] = name;
      return Field::kValue;
    }
  }
  switch (read) {
    case NumericRead::kOk:
      return Field::kValue;
    case NumericRead::kNotANumber:
      reason = "NaN";
      return Field::kFault;
    case NumericRead::kInfinite:
      reason = "Infinity";
      return Field::kFault;
    case NumericRead::kTooManyDigits:
      reason = "a number with more digits";
      return Field::kFault;
    case NumericRead::kBroken:
      return Field::kBroken;
  }
  return Field::kBroken;
}

Reject BinaryReader::fault(std::size_t column, const std::string& reason) const {
  const auto& field = schema_->fields[column];
  Reject reject;
  reject.column = field.name;
  reject.rule = "type";
  reject.reason = field.name + ": " + reason + " has no place in " + to_string(field.type) + ".";
  reject.original = reason;
  return reject;
}

}  // namespace decant::postgres
