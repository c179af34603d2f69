#include "common/connector/duckdb/vector_read.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

#include "common/base/text.h"
#include "common/value/calendar.h"
#include "common/value/decimal.h"
#include "common/value/json.h"

namespace decant::duck {
namespace {

constexpr std::int64_t k_us_1970_to_2000 = k_days_1970_to_2000 * k_us_per_day;
constexpr std::int32_t k_duck_date_infinity = INT32_MAX;

using Misfits = std::vector<std::size_t>;  // rows of a slice whose value has no place in our type

struct Slice {
  const void* data;
  const std::uint64_t* validity;  // null: all are valid
  std::size_t rows;
};

// Calls `put(row, value)` for every value of a vector of T; NULLs are passed over.
template <typename T, typename Put>
void each(const Slice& slice, Put put) {
  const T* values = static_cast<const T*>(slice.data);
  for (std::size_t i = 0; i < slice.rows; ++i) {
    if (slice.validity == nullptr || ((slice.validity[i / 64] >> (i % 64)) & 1) != 0)
      put(i, values[i]);
  }
}

template <typename T>
void read_words(const Slice& slice, std::int64_t* out) {
  each<T>(slice, [&](std::size_t i, T value) { out[i] = static_cast<std::int64_t>(value); });
}

template <typename T>
void read_wides(const Slice& slice, Int128* out) {
  each<T>(slice, [&](std::size_t i, T value) { out[i] = static_cast<Int128>(value); });
}

Int128 int128_of(const duckdb_hugeint& value) {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<std::uint64_t>(value.upper)) << 64) |
                             value.lower);
}

void read_dates(const Slice& slice, std::int64_t* out) {
  each<std::int32_t>(slice, [&](std::size_t i, std::int32_t days) {
    out[i] = days == k_duck_date_infinity    ? k_infinity
             : days == -k_duck_date_infinity ? k_minus_infinity
                                             : days - k_days_1970_to_2000;
  });
}

// `unit_us`: microseconds in one unit of the vector. A time beyond what 64 bits hold is a misfit,
// and so is the one that would be our -infinity.
void read_timestamps(const Slice& slice, std::int64_t unit_us, std::int64_t* out,
                     Misfits& misfits) {
  each<std::int64_t>(slice, [&](std::size_t i, std::int64_t value) {
    if (value == INT64_MAX || value == -INT64_MAX) {
      out[i] = value == INT64_MAX ? k_infinity : k_minus_infinity;
      return;
    }
    std::int64_t us = 0;
    if (__builtin_mul_overflow(value, unit_us, &us) ||
        __builtin_sub_overflow(us, k_us_1970_to_2000, &out[i]) || out[i] == k_minus_infinity) {
      misfits.push_back(i);
    }
  });
}

void read_hugeints(const Slice& slice, Int128* out, Misfits& misfits) {
  const Int128 limit = power_of_ten(38);
  each<duckdb_hugeint>(slice, [&](std::size_t i, const duckdb_hugeint& value) {
    out[i] = int128_of(value);
    if (out[i] >= limit || out[i] <= -limit) misfits.push_back(i);
  });
}

void read_uhugeints(const Slice& slice, Int128* out, Misfits& misfits) {
  const auto limit = static_cast<UInt128>(power_of_ten(38));
  each<duckdb_uhugeint>(slice, [&](std::size_t i, const duckdb_uhugeint& value) {
    const UInt128 number = static_cast<UInt128>(value.upper) << 64 | value.lower;
    out[i] = static_cast<Int128>(number);
    if (number >= limit) misfits.push_back(i);
  });
}

// DuckDB flips the first bit of a UUID, so that its signed numbers sort as the text does.
void read_uuids(const Slice& slice, Int128* out) {
  each<duckdb_hugeint>(slice, [&](std::size_t i, const duckdb_hugeint& value) {
    out[i] = static_cast<Int128>(static_cast<UInt128>(int128_of(value)) ^
                                 (static_cast<UInt128>(1) << 127));
  });
}

void read_strings(const Slice& slice, std::string_view* out) {
  duckdb_string_t* strings = static_cast<duckdb_string_t*>(const_cast<void*>(slice.data));
  each<duckdb_string_t>(slice, [&](std::size_t i, const duckdb_string_t& value) {
    const std::uint32_t length = value.value.inlined.length;
    // Short strings lie in the vector itself, so the view must point there and not at a copy.
    out[i] = {length <= 12 ? strings[i].value.inlined.inlined : value.value.pointer.ptr, length};
  });
}

// A number in two's complement. Beyond 128 bits, and without a byte, it is one that no decimal
// holds.
Int128 int128_of(std::string_view bytes) {
  constexpr std::size_t k_size = sizeof(Int128);
  const bool is_negative = !bytes.empty() && (static_cast<unsigned char>(bytes[0]) & 128) != 0;
  const char sign = is_negative ? '\xff' : '\0';
  while (bytes.size() > k_size && bytes[0] == sign) bytes.remove_prefix(1);
  UInt128 number = is_negative ? ~UInt128{0} : UInt128{0};
  for (const char byte : bytes.substr(0, k_size))
    number = number << 8 | static_cast<unsigned char>(byte);
  const auto out = static_cast<Int128>(number);
  const bool is_whole = !bytes.empty() && bytes.size() <= k_size && (out < 0) == is_negative;
  return is_whole ? out : power_of_ten(38);
}

void read_unscaled(const Slice& slice, duckdb_type physical, Int128* out) {
  switch (physical) {
    case DUCKDB_TYPE_SMALLINT:
      return read_wides<std::int16_t>(slice, out);
    case DUCKDB_TYPE_INTEGER:
      return read_wides<std::int32_t>(slice, out);
    case DUCKDB_TYPE_BIGINT:
      return read_wides<std::int64_t>(slice, out);
    case DUCKDB_TYPE_BLOB: {
      std::vector<std::string_view> bytes(slice.rows);
      read_strings(slice, bytes.data());
      for (std::size_t i = 0; i < slice.rows; ++i) out[i] = int128_of(bytes[i]);
      return;
    }
    default:
      each<duckdb_hugeint>(
          slice, [&](std::size_t i, const duckdb_hugeint& value) { out[i] = int128_of(value); });
  }
}

bool is_valid(const Slice& slice, std::size_t row) {
  return slice.validity == nullptr || ((slice.validity[row / 64] >> (row % 64)) & 1) != 0;
}

// DuckDB does not check the digits of a Parquet file's decimals.
void read_decimals(const Slice& slice, const VectorForm& form, Int128* out, Misfits& misfits) {
  read_unscaled(slice, form.physical, out);
  const Int128 limit = power_of_ten(form.digits);
  for (std::size_t i = 0; i < slice.rows; ++i) {
    if ((out[i] >= limit || out[i] <= -limit) && is_valid(slice, i)) misfits.push_back(i);
  }
}

// Nor that a time is one.
void read_times(const Slice& slice, std::int64_t* out, Misfits& misfits) {
  each<std::int64_t>(slice, [&](std::size_t i, std::int64_t us) {
    out[i] = us;
    if (us < 0 || us > k_us_per_day) misfits.push_back(i);
  });
}

// Text as it lies in a file.
void check_texts(const Slice& slice, const Column& column, std::size_t first, Misfits& misfits) {
  std::string scratch;
  for (std::size_t i = 0; i < slice.rows; ++i) {
    if (!is_valid(slice, i)) continue;
    const std::string_view text = column.views[first + i];
    scratch.clear();
    const bool is_one = column.type.kind == TypeKind::kJson
                            ? append_canonical_json(text, scratch)
                            : first_invalid_utf8(text) == std::string_view::npos;
    if (!is_one) misfits.push_back(i);
  }
}

// `first` is the row in the column at which the slice begins.
void read_vector(const Slice& slice, const VectorForm& form, Column& column, std::size_t first,
                 Misfits& misfits) {
  std::int64_t* words = column.words.data() + first;
  Int128* wides = column.wides.data() + first;
  switch (form.type) {
    case DUCKDB_TYPE_BOOLEAN:
      each<bool>(slice,
                 [&](std::size_t i, bool value) { column.bytes[first + i] = value ? 1 : 0; });
      return;
    case DUCKDB_TYPE_TINYINT:
      read_words<std::int8_t>(slice, words);
      return;
    case DUCKDB_TYPE_UTINYINT:
      read_words<std::uint8_t>(slice, words);
      return;
    case DUCKDB_TYPE_SMALLINT:
      read_words<std::int16_t>(slice, words);
      return;
    case DUCKDB_TYPE_USMALLINT:
      read_words<std::uint16_t>(slice, words);
      return;
    case DUCKDB_TYPE_INTEGER:
      read_words<std::int32_t>(slice, words);
      return;
    case DUCKDB_TYPE_UINTEGER:
      read_words<std::uint32_t>(slice, words);
      return;
    case DUCKDB_TYPE_BIGINT:
      read_words<std::int64_t>(slice, words);
      return;
    case DUCKDB_TYPE_TIME:
      return read_times(slice, words, misfits);
    case DUCKDB_TYPE_UBIGINT:
      read_wides<std::uint64_t>(slice, wides);
      return;
    case DUCKDB_TYPE_HUGEINT:
      return read_hugeints(slice, wides, misfits);
    case DUCKDB_TYPE_UHUGEINT:
      return read_uhugeints(slice, wides, misfits);
    case DUCKDB_TYPE_DECIMAL:
      return read_decimals(slice, form, wides, misfits);
    case DUCKDB_TYPE_FLOAT:
      each<float>(slice, [&](std::size_t i, float value) {
        words[i] = std::bit_cast<std::int64_t>(static_cast<double>(value));
      });
      return;
    case DUCKDB_TYPE_DOUBLE:
      each<double>(slice, [&](std::size_t i, double value) {
        words[i] = std::bit_cast<std::int64_t>(value);
      });
      return;
    case DUCKDB_TYPE_DATE:
      read_dates(slice, words);
      return;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return read_timestamps(slice, 1, words, misfits);
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return read_timestamps(slice, 1'000, words, misfits);
    case DUCKDB_TYPE_TIMESTAMP_S:
      return read_timestamps(slice, 1'000'000, words, misfits);
    case DUCKDB_TYPE_UUID:
      read_uuids(slice, wides);
      return;
    default:
      read_strings(slice, column.views.data() + first);
      if (form.type == DUCKDB_TYPE_VARCHAR && form.physical == DUCKDB_TYPE_BLOB)
        check_texts(slice, column, first, misfits);
      return;
  }
}

void read_validity(const Slice& slice, std::uint8_t* out) {
  if (slice.validity == nullptr) {
    std::fill_n(out, slice.rows, std::uint8_t{1});
    return;
  }
  for (std::size_t i = 0; i < slice.rows; ++i) {
    out[i] = static_cast<std::uint8_t>((slice.validity[i / 64] >> (i % 64)) & 1);
  }
}

Reject refusal_of(const Field& field, bool is_of_file) {
  Reject reject;
  reject.column = field.name;
  reject.rule = "type";
  const TypeKind kind = field.type.kind;
  if (kind == TypeKind::kText || kind == TypeKind::kJson) {
    reject.reason =
        field.name +
        (kind == TypeKind::kText ? ": its text is not UTF-8" : ": its value is not JSON") +
        ", though the file says so.";
    return reject;
  }
  reject.reason = field.name + ": its value lies beyond what " + to_string(field.type) + " holds" +
                  (is_of_file ? ", which the file says that it is."
                              : "; cast the column in the query, to text for instance.");
  return reject;
}

template <typename T>
void keep_only(const std::vector<std::uint8_t>& is_refused, std::size_t first,
               std::vector<T>& values) {
  if (values.empty()) return;
  std::size_t to = first;
  for (std::size_t i = 0; i < is_refused.size(); ++i) {
    if (is_refused[i] == 0) values[to++] = values[first + i];
  }
  values.resize(to);
}

// Rows of the last chunk leave the batch.
void take_out(const std::vector<std::uint8_t>& is_refused, std::size_t first, RowBatch& batch) {
  for (Column& column : batch.columns) {
    keep_only(is_refused, first, column.valid);
    keep_only(is_refused, first, column.bytes);
    keep_only(is_refused, first, column.words);
    keep_only(is_refused, first, column.wides);
    keep_only(is_refused, first, column.views);
  }
  batch.rows -= static_cast<std::size_t>(std::count(is_refused.begin(), is_refused.end(), 1));
}

}  // namespace

std::vector<VectorForm> forms_of(duckdb_result* result) {
  std::vector<VectorForm> out(duckdb_column_count(result));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const LogicalType type(duckdb_column_logical_type(result, i));
    out[i].type = duckdb_get_type_id(type.get());
    if (out[i].type != DUCKDB_TYPE_DECIMAL) continue;
    out[i].physical = duckdb_decimal_internal_type(type.get());
    out[i].digits = duckdb_decimal_width(type.get());
  }
  return out;
}

void append_chunk(std::shared_ptr<DataChunk> chunk, const std::vector<VectorForm>& forms,
                  RowBatch& batch, const RowNames& names, std::vector<Reject>& faults) {
  const std::size_t first = batch.rows;
  const std::size_t rows = duckdb_data_chunk_get_size(chunk->get());
  std::vector<std::uint8_t> is_refused;
  std::vector<std::size_t> refused;  // rows, as their faults come
  const std::size_t known = faults.size();
  Misfits misfits;
  for (std::size_t i = 0; i < forms.size(); ++i) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk->get(), i);
    const Slice slice{duckdb_vector_get_data(vector), duckdb_vector_get_validity(vector), rows};
    Column& column = batch.columns[i];
    column.resize(first + rows);
    read_validity(slice, column.valid.data() + first);
    misfits.clear();
    read_vector(slice, forms[i], column, first, misfits);
    if (!misfits.empty()) is_refused.resize(rows);
    for (const std::size_t row : misfits) {
      column.valid[first + row] = 0;
      if (std::exchange(is_refused[row], std::uint8_t{1}) != 0) continue;
      faults.push_back(refusal_of(batch.schema->fields[i], names.by_number));
      refused.push_back(first + row);
    }
  }
  batch.rows = first + rows;
  batch.keep_alive.push_back(std::move(chunk));
  for (std::size_t i = 0; i < refused.size(); ++i) {
    Reject& fault = faults[known + i];
    fault.source = names.key.text(batch, refused[i]);
    if (names.by_number)
      fault.place.line = static_cast<std::uint64_t>(batch.columns.back().words[refused[i]]) + 1;
  }
  if (!is_refused.empty()) take_out(is_refused, first, batch);
}

}  // namespace decant::duck
