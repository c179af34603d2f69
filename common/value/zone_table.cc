#include "common/value/zone_table.h"

#include <algorithm>
#include <cstddef>

#include "common/value/calendar.h"
#include "common/value/zone_rule.h"

namespace decant {
namespace {

constexpr std::size_t k_header_bytes = 44;
constexpr std::int64_t k_seconds_a_day = 86'400;
constexpr std::int32_t k_most_offset = 26 * 3600;  // RFC 9636 allows a little less
// Far behind every real list; a rule from there on would be lost in the arithmetic.
constexpr std::int64_t k_last_year = 100'000;

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  const auto unused = static_cast<int>(64 - 8 * bytes.size());
  return static_cast<std::int64_t>(value << unused) >> unused;
}

// One of the two blocks of a file: the first has times of 4 bytes, the second of 8.
struct Block {
  std::size_t ut_flags, standard_flags, leap_seconds, transitions, types, name_bytes;
  std::size_t time_bytes;

  std::size_t size() const {
    return transitions * (time_bytes + 1) + types * 6 + name_bytes +
           leap_seconds * (time_bytes + 4) + standard_flags + ut_flags;
  }
};

std::optional<Block> take_header(std::string_view& file, std::size_t time_bytes) {
  if (file.size() < k_header_bytes || !file.starts_with("TZif")) return std::nullopt;
  std::size_t counts[6];
  for (std::size_t i = 0; i < 6; ++i) {
    const std::int64_t count = big_endian(file.substr(20 + 4 * i, 4));
    if (count < 0) return std::nullopt;
    counts[i] = static_cast<std::size_t>(count);
  }
  file.remove_prefix(k_header_bytes);
  const Block block{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], time_bytes};
  if (file.size() < block.size()) return std::nullopt;
  return block;
}

// The spans of the list, the first of them before all transitions.
bool read_spans(const Block& block, std::string_view file, std::vector<ZoneSpan>& spans) {
  const std::string_view times = file.substr(0, block.transitions * block.time_bytes);
  const std::string_view of_times = file.substr(times.size(), block.transitions);
  const std::string_view types = file.substr(times.size() + of_times.size(), block.types * 6);
  const auto offset_of = [&types](std::size_t type) {
    return static_cast<std::int32_t>(big_endian(types.substr(type * 6, 4)));
  };
  if (block.types == 0 || block.leap_seconds > 0) return false;
  for (std::size_t type = 0; type < block.types; ++type) {
    if (std::abs(std::int64_t{offset_of(type)}) > k_most_offset) return false;
  }
  spans.push_back({.offset = offset_of(0)});
  for (std::size_t i = 0; i < block.transitions; ++i) {
    const auto type = static_cast<std::size_t>(static_cast<unsigned char>(of_times[i]));
    const std::int64_t begin = big_endian(times.substr(i * block.time_bytes, block.time_bytes));
    if (type >= block.types || begin <= spans.back().begin) return false;
    spans.push_back({begin, offset_of(type)});
  }
  return true;
}

std::int64_t year_of(std::int64_t second) {
  const std::int64_t days = second / k_seconds_a_day - (second % k_seconds_a_day < 0 ? 1 : 0);
  return civil_from_days(days - k_days_1970_to_2000).year;
}

// A span may last no time: in a rule whose summer ends as the next begins, what comes later holds.
void add_span(ZoneTable& table, std::int64_t after, ZoneSpan span) {
  if (span.begin <= after) return;
  if (table.spans.back().begin == span.begin) table.spans.pop_back();
  table.spans.push_back(span);
}

// What the rule makes of the years behind the last transition.
bool append_rule(const ZoneRule& rule, ZoneTable& table) {
  const bool is_all = table.spans.size() == 1;
  if (!rule.changes()) {
    if (is_all) table.spans[0].offset = rule.standard_offset();
    return true;
  }
  const std::int64_t after = table.spans.back().begin;
  const std::int64_t year = is_all ? 1970 : year_of(after);
  if (year > k_last_year) return false;
  for (std::int64_t y = year; y <= year + 403; ++y) {
    const ZoneSpan summer{rule.summer_begins(y), rule.summer_offset()};
    const ZoneSpan standard{rule.summer_ends(y), rule.standard_offset()};
    add_span(table, after, summer.begin < standard.begin ? summer : standard);
    add_span(table, after, summer.begin < standard.begin ? standard : summer);
  }
  table.repeats_from = (days_from_civil({year + 2, 1, 1}) + k_days_1970_to_2000) * k_seconds_a_day;
  table.repeats_before = is_all;
  return true;
}

}  // namespace

std::optional<ZoneTable> read_zone(std::string_view file) {
  // The first block is for readers that know 32 bits alone, and a file of version 1 has no other:
  // it says nothing of the years after 2037.
  const std::optional<Block> first = take_header(file, 4);
  if (!first) return std::nullopt;
  file.remove_prefix(first->size());
  const std::optional<Block> block = take_header(file, 8);
  if (!block) return std::nullopt;
  ZoneTable table;
  if (!read_spans(*block, file, table.spans)) return std::nullopt;
  std::string_view footer = file.substr(block->size());
  const std::size_t end = footer.find('\n', 1);
  if (!footer.starts_with('\n') || end == std::string_view::npos) return std::nullopt;
  footer = footer.substr(1, end - 1);
  if (footer.empty()) return table;
  const std::optional<ZoneRule> rule = ZoneRule::parse(footer);
  if (!rule || !append_rule(*rule, table)) return std::nullopt;
  return table;
}

}  // namespace decant
