#include "common/job/slice.h"

#include <algorithm>
#include <charconv>

#include "common/job/local_day.h"

namespace decant {
namespace {

// The months that a name can say; the last one holds infinity.
constexpr std::int64_t k_first_year = -999'999;
constexpr std::int64_t k_last_year = 999'999;

struct Month {
  std::int64_t year;
  int month;
  auto operator<=>(const Month&) const = default;
  Month next() const { return month == 12 ? Month{year + 1, 1} : Month{year, month + 1}; }
  Month previous() const { return month == 1 ? Month{year - 1, 12} : Month{year, month - 1}; }
};

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - ((a % b != 0) && (a < 0)); }

Month month_of_day(std::int64_t day) {
  static const std::int64_t k_first_day = days_from_civil({k_first_year, 1, 1});
  static const std::int64_t k_last_day = days_from_civil({k_last_year, 12, 31});
  const CivilDate date = civil_from_days(std::clamp(day, k_first_day, k_last_day));
  return {date.year, date.month};
}

// The first value of the month, or nothing where it lies beyond what the kind can hold.
std::optional<std::int64_t> first_value(const Month& month, TypeKind kind, const TimeZone& zone) {
  if (month.year > k_last_year || month <= Month{k_first_year, 1}) return std::nullopt;
  const std::int64_t first =
      first_of_day(days_from_civil({month.year, month.month, 1}), kind, zone);
  if (first == k_infinity || first == k_minus_infinity) return std::nullopt;
  return first;
}

std::string escape_part(std::string_view part) {
  static constexpr char k_digits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : part) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/' || c == '%' || byte < 0x20 || byte == 0x7F) {
      out += '%';
      out += k_digits[byte >> 4];
      out += k_digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

bool has_months(TypeKind kind) {
  return kind == TypeKind::kDate || kind == TypeKind::kTimestamp || kind == TypeKind::kTimestampTz;
}

}  // namespace

std::string SliceId::name() const {
  return escape_part(entity) + '/' + escape_part(store) + '/' + escape_part(period);
}

ChunkName ChunkSpec::name() const {
  std::string digits = std::to_string(number);
  if (digits.size() < 3) digits.insert(0, 3 - digits.size(), '0');
  return ChunkName(slice.name() + '/' + digits);
}

bool parse_month(std::string_view text, std::int64_t& year, int& month) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash + 3 != text.size()) return false;
  std::string_view digits = text.substr(0, dash);
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (digits.size() < 4 || digits.size() > 6 || (digits.size() > 4 && digits.front() == '0'))
    return false;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view tail = text.substr(dash + 1);
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  if (!std::all_of(tail.begin(), tail.end(), is_digit)) return false;
  std::int64_t parsed_year = 0;
  int parsed_month = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), parsed_year);
  std::from_chars(tail.data(), tail.data() + tail.size(), parsed_month);
  if (parsed_month < 1 || parsed_month > 12) return false;
  year = negative ? -parsed_year : parsed_year;
  month = parsed_month;
  return true;
}

std::string format_month(std::int64_t year, int month) {
  std::string digits = std::to_string(year < 0 ? -year : year);
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return (year < 0 ? "-" : "") + digits + (month < 10 ? "-0" : "-") + std::to_string(month);
}

Result<ValueRange> month_range(std::int64_t year, int month, TypeKind kind, const TimeZone& zone) {
  if (!has_months(kind)) {
    return fail(ErrorCode::kUsage,
                "Months are ranges of a date or a timestamp column, and this is neither.");
  }
  const Month begin{year, month};
  return ValueRange{first_value(begin, kind, zone), first_value(begin.next(), kind, zone)};
}

std::string month_of(std::int64_t value, TypeKind kind, const TimeZone& zone) {
  Month month = month_of_day(kind == TypeKind::kDate ? value : floor_div(value, k_us_per_day));
  if (kind == TypeKind::kTimestampTz) {
    // The instants of month ends decide, so that a value lies in exactly the month_range that it is
    // named for; a zone is at most a day away from UTC.
    const auto begin = first_value(month, kind, zone);
    const auto end = first_value(month.next(), kind, zone);
    if (begin && value < *begin) {
      month = month.previous();
    } else if (end && value >= *end) {
      month = month.next();
    }
  }
  return format_month(month.year, month.month);
}

ChunkRouter::ChunkRouter(const std::vector<ChunkSpec>& chunks, bool has_ranges) {
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const ChunkSpec& chunk = chunks[i];
    const int index = static_cast<int>(i);
    StoreChunks& store = stores_[chunk.slice.store];
    if (has_ranges ? chunk.is_undated() : chunk.slice.period == k_all) store.valueless = index;
    if (chunk.is_undated()) continue;
    store.limits.push_back({chunk.range.begin.value_or(INT64_MIN),
                            chunk.range.end.value_or(INT64_MAX), !chunk.range.end.has_value(),
                            index});
  }
  for (auto& [name, store] : stores_) {
    std::sort(store.limits.begin(), store.limits.end(),
              [](const Limit& a, const Limit& b) { return a.begin < b.begin; });
  }
}

const ChunkRouter::StoreChunks* ChunkRouter::find(std::string_view store) const {
  // Names mostly differ at their end: tienda_01, tienda_02.
  std::size_t slot = store.size();
  if (store.size() >= 2) {
    slot = static_cast<unsigned char>(store.back()) +
           static_cast<unsigned char>(store[store.size() - 2]) * std::size_t{10} + slot * 7;
  }
  Recent& recent = recent_[slot % k_recent_slots];
  if (recent.name && *recent.name == store) return recent.chunks;
  const auto found = stores_.find(store);
  if (found == stores_.end()) return nullptr;
  recent = {&found->first, &found->second};
  return recent.chunks;
}

int ChunkRouter::route(std::string_view store, std::optional<std::int64_t> value) const {
  const StoreChunks* found = find(store);
  if (!found) return k_no_chunk;
  const StoreChunks& chunks = *found;
  if (!value) return chunks.valueless;
  if (chunks.limits.empty()) return k_no_chunk;
  const auto holds = [&](const Limit& limit) {
    return *value >= limit.begin && (*value < limit.end || limit.end_is_open);
  };
  if (holds(chunks.limits[chunks.last])) return chunks.limits[chunks.last].chunk;
  const auto after =
      std::upper_bound(chunks.limits.begin(), chunks.limits.end(), *value,
                       [](std::int64_t v, const Limit& limit) { return v < limit.begin; });
  if (after == chunks.limits.begin()) return k_no_chunk;
  const auto at = after - 1;
  if (!holds(*at)) return k_no_chunk;
  chunks.last = static_cast<std::size_t>(at - chunks.limits.begin());
  return at->chunk;
}

}  // namespace decant
