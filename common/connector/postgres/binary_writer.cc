#include "common/connector/postgres/binary_writer.h"

#include <bit>
#include <limits>

#include "common/connector/engine_times.h"
#include "common/connector/postgres/jsonb_limits.h"
#include "common/connector/postgres/numeric.h"
#include "common/connector/postgres/wire_bytes.h"

namespace decant::postgres {
namespace {

constexpr std::string_view k_header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::int32_t k_null = -1;
constexpr std::size_t k_max_name_bytes = 63;  // NAMEDATALEN of every server that is not built anew

template <typename T>
bool narrow(std::int64_t value, T& out) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) return false;
  out = static_cast<T>(value);
  return true;
}

template <typename T>
char* put_sized(char* to, T value) {
  to = store_big(to, static_cast<std::int32_t>(sizeof value));
  return store_big(to, value);
}

char* put_numeric(char* to, Int128 value, std::int32_t scale) {
  char* const end = write_numeric(value, scale, to + 4);
  store_big(to, static_cast<std::int32_t>(end - to - 4));
  return end;
}

constexpr const EngineTimes& k_times = k_postgres_times;

bool is_infinite(std::int64_t value) { return value == k_infinity || value == k_minus_infinity; }

bool put_date(std::int64_t days, char*& to) {
  if (!is_infinite(days) && (days < k_times.first_day || days > k_times.last_day)) return false;
  const std::int32_t infinity = days == k_infinity ? INT32_MAX : INT32_MIN;
  to = put_sized(to, is_infinite(days) ? infinity : static_cast<std::int32_t>(days));
  return true;
}

bool put_timestamp(std::int64_t us, char*& to) {
  if (!is_infinite(us) && (us < k_times.first_us || us > k_times.last_us)) return false;
  to = put_sized(to, us);
  return true;
}

constexpr std::string_view k_loose_json =
    ": PostgreSQL's JSON has no NaN, no Infinity and no comma behind the last element.";

bool has_loose_json(const Column& column, std::size_t row) {
  return column.type.kind == TypeKind::kJson && is_loose_json(column.views[row]);
}

// Why a value of a column of that form has no place there, as the end of a sentence.
std::string_view why_unfit(Wire wire) {
  switch (wire) {
    case Wire::kBpchar:
      return ": it ends with a blank, which char(n) does not keep. Trim such values (`trim: true`, "
             "or in the query), or make the column a varchar.";
    case Wire::kName:
      return ": it has more than the 63 bytes of a name. Make the column a text.";
    case Wire::kJsonb:
      return ": jsonb takes no \\u0000, no half of a surrogate pair, no number beyond PostgreSQL's "
             "numeric, of two members with one name only the last, and where the database does not "
             "say its encoding (SQL_ASCII) no escape beyond ASCII.";
    case Wire::kDate:
    case Wire::kTimestamp:
    case Wire::kTimestampTz:
      return ": it lies outside the years that PostgreSQL can hold.";
    default:
      return ".";
  }
}

}  // namespace

const ValueLimits& value_limits() {
  static const ValueLimits limits{"PostgreSQL", k_times.first_day, k_times.last_day,
                                  k_times.first_us, k_times.last_us};
  return limits;
}

BinaryWriter::BinaryWriter(Schema schema, std::vector<Wire> wires)
    : schema_(std::move(schema)), wires_(std::move(wires)) {
  constexpr std::size_t k_frame_bytes =
      2 + 8 + 12;  // the count of columns and the two stage columns
  fixed_bound_ = k_frame_bytes + schema_.fields.size() * (4 + k_max_wide_numeric_bytes);
  form_ = copy_form(wires_);
  for (const Field& field : schema_.fields)
    fixed_.push_back(storage_of(field.type) != Storage::kView ? 1 : 0);
}

Result<BinaryWriter> BinaryWriter::make(const Schema& schema, std::vector<Wire> wires) {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    if (fits(schema.fields[i].type, wires[i])) continue;
    return fail(ErrorCode::kMismatch,
                "Column \"" + schema.fields[i].name + "\" of the table is no place for " +
                    to_string(schema.fields[i].type) + ".",
                "Change the column's type in the job or in the table.");
  }
  return BinaryWriter(schema, std::move(wires));
}

void BinaryWriter::put_header(ByteBuffer& out) const { out.append(k_header); }

void BinaryWriter::put_sent_row(const RowBatch& batch, std::size_t row,
                                const std::optional<StageColumns>& stage, ByteBuffer& out) const {
  const std::string_view sent = batch.sent_rows[row];
  if (!stage) return out.append(sent);
  constexpr std::size_t k_count_bytes = 2;
  char* to = out.room(sent.size() + 8 + 12);
  to = store_big(to, static_cast<std::int16_t>(wires_.size() + 2));
  to = put_bytes(to, sent.substr(k_count_bytes));
  to = put_sized(to, stage->chunk);
  out.set_end(put_sized(to, stage->row));
}

void BinaryWriter::put_trailer(ByteBuffer& out) const {
  out.append(std::string_view("\377\377", 2));
}

Status BinaryWriter::put_row(const RowBatch& batch, std::size_t row,
                             const std::optional<StageColumns>& stage, ByteBuffer& out) {
  const std::size_t start = out.size();
  char* to = out.room(fixed_bound_);
  to = store_big(to, static_cast<std::int16_t>(wires_.size() + (stage ? 2 : 0)));
  for (std::size_t i = 0; i < wires_.size(); ++i) {
    const Column& column = batch.columns[i];
    bool put = true;
    if (column.valid[row] == 0) {
      to = store_big(to, k_null);
    } else if (fixed_[i] != 0) {
      put = put_fixed(column, i, row, to);
    } else {
      out.set_end(to);
      put = put_variable(column, i, row, out);
      to = out.room(fixed_bound_);
    }
    if (!put) {
      refused_ = i;
      out.resize_down(start);
      return fail(
          ErrorCode::kDataRefused,
          "Column \"" + schema_.fields[i].name + "\" of the table cannot hold a value of its rows" +
              std::string(has_loose_json(column, row) ? k_loose_json : why_unfit(wires_[i])),
          "Widen the column, or add a rule that rejects such rows.");
    }
  }
  if (stage) {
    to = put_sized(to, stage->chunk);
    to = put_sized(to, stage->row);
  }
  out.set_end(to);
  return {};
}

bool BinaryWriter::put_fixed(const Column& column, std::size_t index, std::size_t row,
                             char*& to) const {
  std::int16_t small = 0;
  std::int32_t medium = 0;
  switch (wires_[index]) {
    case Wire::kBool:
      to = store_big(to, std::int32_t{1});
      *to++ = column.bytes[row] != 0 ? 1 : 0;
      return true;
    case Wire::kInt2:
      if (!narrow(column.words[row], small)) return false;
      to = put_sized(to, small);
      return true;
    case Wire::kInt4:
      if (!narrow(column.words[row], medium)) return false;
      to = put_sized(to, medium);
      return true;
    case Wire::kDate:
      return put_date(column.words[row], to);
    case Wire::kFloat4:
      to = put_sized(to, std::bit_cast<std::int32_t>(
                             static_cast<float>(std::bit_cast<double>(column.words[row]))));
      return true;
    case Wire::kNumeric:
    case Wire::kMoney:
      to = column.storage == Storage::kWide ? put_numeric(to, column.wides[row], column.type.scale)
                                            : put_numeric(to, column.words[row], 0);
      return true;
    case Wire::kUuid: {
      const auto value = static_cast<UInt128>(column.wides[row]);
      to = store_big(to, std::int32_t{16});
      to = store_big(to, static_cast<std::uint64_t>(value >> 64));
      to = store_big(to, static_cast<std::uint64_t>(value));
      return true;
    }
    case Wire::kTimestamp:
    case Wire::kTimestampTz:
      return put_timestamp(column.words[row], to);
    case Wire::kInt8:
    case Wire::kFloat8:
    case Wire::kTime:
      to = put_sized(to, column.words[row]);
      return true;
    default:
      return false;
  }
}

bool BinaryWriter::put_variable(const Column& column, std::size_t index, std::size_t row,
                                ByteBuffer& out) {
  std::string_view value = column.views[row];
  if (wires_[index] == Wire::kNumeric || wires_[index] == Wire::kMoney) {
    scratch_.clear();
    if (!append_numeric_text(value, scratch_)) return false;
    value = scratch_;
  }
  if (has_loose_json(column, row)) return false;
  if (wires_[index] == Wire::kJsonb &&
      (!fits_jsonb(value) || (!takes_wide_escapes_ && has_wide_escape(value)))) {
    return false;
  }
  if (wires_[index] == Wire::kBpchar && !value.empty() && value.back() == ' ') return false;
  if (wires_[index] == Wire::kName && value.size() > k_max_name_bytes) return false;
  const std::size_t version_byte = wires_[index] == Wire::kJsonb ? 1 : 0;
  if (value.size() > static_cast<std::size_t>(INT32_MAX) - version_byte) return false;
  char* to = out.room(4 + version_byte + value.size());
  to = store_big(to, static_cast<std::int32_t>(value.size() + version_byte));
  if (version_byte != 0) *to++ = 1;
  out.set_end(put_bytes(to, value));
  return true;
}

}  // namespace decant::postgres
