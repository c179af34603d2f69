#include "common/connector/duckdb/vector_write.h"

#include <cstring>

#include "common/connector/engine_times.h"
#include "common/value/calendar.h"

namespace decant::duck {
namespace {

using Rows = std::span<const std::uint32_t>;

constexpr std::int64_t k_us_1970_to_2000 = k_days_1970_to_2000 * k_us_per_day;

template <typename T, typename Values>
void copy_as(const Values& values, Rows rows, void* data) {
  T* out = static_cast<T*>(data);
  for (std::size_t i = 0; i < rows.size(); ++i) out[i] = static_cast<T>(values[rows[i]]);
}

// DuckDB's hugeint is a number of 128 bits, its lower half first.
void write_decimals(const Column& column, Rows rows, void* data) {
  if (column.type.precision <= 4) return copy_as<std::int16_t>(column.wides, rows, data);
  if (column.type.precision <= 9) return copy_as<std::int32_t>(column.wides, rows, data);
  if (column.type.precision <= 18) return copy_as<std::int64_t>(column.wides, rows, data);
  copy_as<Int128>(column.wides, rows, data);
}

void write_uuids(const Column& column, Rows rows, void* data) {
  UInt128* out = static_cast<UInt128*>(data);
  const UInt128 first_bit = static_cast<UInt128>(1) << 127;
  for (std::size_t i = 0; i < rows.size(); ++i)
    out[i] = static_cast<UInt128>(column.wides[rows[i]]) ^ first_bit;
}

bool is_infinite(std::int64_t value) { return value == k_infinity || value == k_minus_infinity; }

// The ends of 32 bits are its infinities, the lowest number of all is none.
bool holds_date(std::int64_t days) {
  const std::int64_t since_1970 = days + k_days_1970_to_2000;
  return since_1970 > -INT32_MAX && since_1970 < INT32_MAX;
}

// Its first timestamp is the first midnight that 64 bits hold.
bool holds_timestamp(std::int64_t us) {
  constexpr std::int64_t k_first = (INT64_MIN / k_us_per_day) * k_us_per_day;
  std::int64_t value = 0;
  return !__builtin_add_overflow(us, k_us_1970_to_2000, &value) && value >= k_first &&
         value < INT64_MAX;
}

bool write_dates(const Column& column, Rows rows, void* data) {
  std::int32_t* out = static_cast<std::int32_t*>(data);
  bool fits = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t days = column.words[rows[i]];
    if (is_infinite(days)) {
      out[i] = days == k_infinity ? INT32_MAX : -INT32_MAX;
      continue;
    }
    fits = fits && (column.valid[rows[i]] == 0 || holds_date(days));
    out[i] = static_cast<std::int32_t>(days + k_days_1970_to_2000);
  }
  return fits;
}

bool write_timestamps(const Column& column, Rows rows, void* data) {
  std::int64_t* out = static_cast<std::int64_t*>(data);
  bool fits = true;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::int64_t us = column.words[rows[i]];
    if (is_infinite(us)) {
      out[i] = us == k_infinity ? INT64_MAX : -INT64_MAX;
      continue;
    }
    fits = fits && (column.valid[rows[i]] == 0 || holds_timestamp(us));
    out[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(us) +
                                       static_cast<std::uint64_t>(k_us_1970_to_2000));
  }
  return fits;
}

bool write_words(const Column& column, Rows rows, void* data) {
  switch (column.type.kind) {
    case TypeKind::kInt64:
      if (column.type.bits == 16) {
        copy_as<std::int16_t>(column.words, rows, data);
      } else if (column.type.bits == 32) {
        copy_as<std::int32_t>(column.words, rows, data);
      } else {
        copy_as<std::int64_t>(column.words, rows, data);
      }
      return true;
    case TypeKind::kDate:
      return write_dates(column, rows, data);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return write_timestamps(column, rows, data);
    default:
      // Times are microseconds since midnight on both sides, and doubles are held as their bits.
      copy_as<std::int64_t>(column.words, rows, data);
      return true;
  }
}

// False: a value is none that DuckDB holds.
bool write_values(const Column& column, Rows rows, void* data) {
  switch (column.storage) {
    case Storage::kByte:
      copy_as<bool>(column.bytes, rows, data);
      return true;
    case Storage::kWord:
      return write_words(column, rows, data);
    case Storage::kWide:
      if (column.type.kind == TypeKind::kUuid) {
        write_uuids(column, rows, data);
      } else {
        write_decimals(column, rows, data);
      }
      return true;
    case Storage::kView:
      break;
  }
  return false;
}

template <typename T>
std::string_view bytes_of(const T* numbers, std::size_t count) {
  return {reinterpret_cast<const char*>(numbers), count * sizeof(T)};
}

}  // namespace

const ValueLimits& value_limits() {
  constexpr const EngineTimes& k_times = k_duckdb_times;
  static const ValueLimits limits{"DuckDB", k_times.first_day, k_times.last_day, k_times.first_us,
                                  k_times.last_us};
  return limits;
}

bool holds_value(const Column& column, std::size_t row) {
  if (column.valid[row] == 0) return true;
  switch (column.type.kind) {
    case TypeKind::kDate:
      return is_infinite(column.words[row]) || holds_date(column.words[row]);
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampTz:
      return is_infinite(column.words[row]) || holds_timestamp(column.words[row]);
    default:
      return true;
  }
}

void SectionBytes::clear() {
  rows_ = 0;
  flags_and_mask_.fill(~std::uint64_t{0});
  flags_and_mask_[0] = 0;
  values_.clear();
  texts_.clear();
}

Status SectionBytes::append(const Column& column, Rows rows, const std::string& name) {
  append_mask(column, rows);
  if (column.storage == Storage::kView) return append_texts(column, rows, name);
  const std::size_t size_bytes = rows.size() * value_bytes(column.type);
  char* const data = values_.room(size_bytes);
  if (!write_values(column, rows, data)) {
    return fail(
        ErrorCode::kDataRefused,
        "A value of " + name + " lies outside the years that DuckDB can hold.",
        "Refuse such rows with a rule on the column, such as range: [0001-01-01, 9999-12-31].");
  }
  values_.set_end(data + size_bytes);
  return {};
}

void SectionBytes::append_mask(const Column& column, Rows rows) {
  for (const std::uint32_t row : rows) {
    if (column.valid[row] == 0) {
      flags_and_mask_[0] = k_has_mask;
      flags_and_mask_[1 + rows_ / 64] &= ~(std::uint64_t{1} << (rows_ % 64));
    }
    ++rows_;
  }
}

Status SectionBytes::append_texts(const Column& column, Rows rows, const std::string& name) {
  char* const lengths = values_.room(rows.size() * sizeof(std::uint32_t));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool is_value = column.valid[rows[i]] != 0;
    const std::string_view text = is_value ? column.views[rows[i]] : std::string_view();
    if (text.size() > UINT32_MAX) {
      return fail(ErrorCode::kDataRefused,
                  "A value of " + name + " is longer than the 4 GiB that DuckDB can hold.");
    }
    const auto length = static_cast<std::uint32_t>(text.size());
    std::memcpy(lengths + i * sizeof length, &length, sizeof length);
    texts_.append(text);
  }
  values_.set_end(lengths + rows.size() * sizeof(std::uint32_t));
  return {};
}

std::array<std::string_view, 3> SectionBytes::pieces() const {
  const bool has_mask = flags_and_mask_[0] != 0;
  return {bytes_of(flags_and_mask_.data(), 1 + (has_mask ? mask_bytes(rows_) / 8 : 0)),
          values_.view(), texts_.view()};
}

}  // namespace decant::duck
