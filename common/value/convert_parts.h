// What the converters of this folder share: how a column is walked, and how a fault becomes a
// sentence.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/value/calendar.h"
#include "common/value/convert.h"

namespace decant::conversion {

// Why a value has no equal in the target type.
enum class Fault {
  kNone,
  kNotThis,       // not a value of that type at all
  kOutOfRange,    // too large, too small, or more digits than the type holds
  kInexact,       // something would have to be cut off
  kTooLong,       // more characters than the type holds
  kSkippedTime,   // a local time that the zone's clocks passed over
  kBadUtf8,       // bytes that are not UTF-8
  kRepeatedTime,  // the later of two instants with one local time
  kOtherOffset,   // an offset that is not the zone's, and a type without a place for it
  kNoZone,        // a local time of a zone that nobody can tell, or its instant
  kNul,           // a NUL character, which no text of PostgreSQL can hold
};

inline bool is_infinite(std::int64_t time) {
  return time == k_infinity || time == k_minus_infinity;
}

inline std::int64_t day_of(std::int64_t us) {
  return us / k_us_per_day - (us % k_us_per_day < 0 ? 1 : 0);
}

// The instant of a local time. kSkippedTime where clocks were put forward over it: then two
// different times would become one instant.
inline Fault instant_of(std::int64_t local_us, const TimeZone& zone, std::int64_t& us) {
  us = zone.to_utc(local_us);
  if (is_infinite(us)) return Fault::kOutOfRange;
  return zone.to_local(us) == local_us ? Fault::kNone : Fault::kSkippedTime;
}

struct Context {
  Type from;
  Type to;
  ConvertOptions options;
  std::string column;
};

// Buffers of one convert() call, used again for every row.
struct Scratch {
  Arena& arena;
  std::string text;
  std::string more;
};

// Adds the reject of one value, with its sentence; `original` is the value as text.
void add_fault(const Context& context, Fault fault, std::size_t row, std::string_view original,
               RowFaults& faults);
void add_value_fault(const Context& context, Fault fault, const Column& in, std::size_t row,
                     RowFaults& faults);
// The same for a reason of its own: `sentence` goes on from the value.
void add_reason(const std::string& column, const std::string& sentence, std::size_t row,
                std::string_view original, RowFaults& faults);

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A column of text, value by value. `One` is called as one(text, row, out, scratch) and fills out's
// row. Which other texts than an empty one are NULL is the reader's decision (it knows the quotes).
template <typename One>
class FromText final : public ColumnConverter {
 public:
  FromText(Context context, One one) : context_(std::move(context)), one_(std::move(one)) {}

  void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
               RowFaults& faults) const override {
    const bool empty_is_null =
        context_.options.empty_is_null && context_.to.kind != TypeKind::kText;
    Scratch scratch{arena, {}, {}};
    out.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      if (in.valid[row] == 0) continue;
      std::string_view text = in.views[row];
      if (context_.options.trim) text = trimmed(text);
      if (empty_is_null && text.empty()) continue;
      const Fault fault = one_(text, row, out, scratch);
      if (fault == Fault::kNone) {
        out.valid[row] = 1;
      } else {
        add_fault(context_, fault, row, text, faults);
      }
    }
  }

 private:
  Context context_;
  One one_;
};

// A column of any other type. `One` is called as one(in, row, out, scratch).
template <typename One>
class FromValue final : public ColumnConverter {
 public:
  FromValue(Context context, One one) : context_(std::move(context)), one_(std::move(one)) {}

  void convert(const Column& in, std::size_t rows, Column& out, Arena& arena,
               RowFaults& faults) const override {
    Scratch scratch{arena, {}, {}};
    out.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      if (in.valid[row] == 0) continue;
      const Fault fault = one_(in, row, out, scratch);
      if (fault == Fault::kNone) {
        out.valid[row] = 1;
      } else {
        add_value_fault(context_, fault, in, row, faults);
      }
    }
  }

 private:
  Context context_;
  One one_;
};

template <typename One>
std::unique_ptr<ColumnConverter> from_text(const Context& context, One one) {
  return std::make_unique<FromText<One>>(context, std::move(one));
}

template <typename One>
std::unique_ptr<ColumnConverter> from_value(const Context& context, One one) {
  return std::make_unique<FromValue<One>>(context, std::move(one));
}

// Writes numbers into a decimal column, whichever way that column holds them.
class DecimalSink {
 public:
  DecimalSink(const Type& to, const std::string& lossy);
  // `unscaled` at `scale`.
  Fault put(Int128 unscaled, std::int32_t scale, std::size_t row, Column& out,
            Scratch& scratch) const;
  // Decimal text, or NaN where the column can hold it. `text` may lie in scratch.more, not in
  // scratch.text.
  Fault put_text(std::string_view text, std::size_t row, Column& out, Scratch& scratch) const;

  // The same for a type of at most 38 digits, without the column.
  Fault rescale(Int128 unscaled, std::int32_t scale, Int128& value) const;
  Fault read(std::string_view text, Int128& value, Scratch& scratch) const;

 private:
  Fault put_long(std::string_view text, std::size_t row, Column& out, Scratch& scratch) const;
  Fault pad_to_scale(std::string& plain, std::string& spare) const;

  Type to_;
  Storage storage_;
  bool round_;
  bool truncate_;
};

// `text` cut to `scale` digits after the point, half to even or towards zero; plain decimal text in
// `out`. False when `text` is no decimal number.
bool cut_decimal(std::string_view text, std::int32_t scale, bool round, std::string& out);

// Whether an integer of that many bits holds `value`.
inline bool fits_bits(std::int64_t value, std::int32_t bits) {
  if (bits >= 64) return true;
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  return value >= -limit && value < limit;
}

// Texts as `next` shall see them: ConvertOptions::column_nulls and zero_pad are done with.
std::unique_ptr<ColumnConverter> make_mended(const ConvertOptions& options,
                                             std::unique_ptr<ColumnConverter> next);

// What `json` makes, with `replacement` as a text where an escape \u0000 stands in it.
std::unique_ptr<ColumnConverter> make_json_without_nul(std::string_view replacement,
                                                       std::unique_ptr<ColumnConverter> json);

// One family of conversions each; kMismatch for a pair that is impossible.
using Made = Result<std::unique_ptr<ColumnConverter>>;
Made make_from_text(const Context& context);  // text -> anything but text
Made make_from_text_to_time(const Context& context);
Made make_to_text(const Context& context);   // anything -> text
Made make_numeric(const Context& context);   // bool, int64, decimal, float64 among each other
Made make_temporal(const Context& context);  // date, time, timestamps among each other
Made make_identity(const Context& context);  // one storage, no check

// timestamp of a timestamp(3); every other type is its own.
Type whole_kind(const Type& type);
// What `whole` makes, looked at once more: a value that context.to does not hold is a fault.
std::unique_ptr<ColumnConverter> make_narrowing(const Context& context,
                                                std::unique_ptr<ColumnConverter> whole);

}  // namespace decant::conversion
