#include "common/value/characters.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "common/base/text.h"
#include "common/value/canonical.h"
#include "common/value/convert_parts.h"

namespace decant {
namespace {

constexpr std::size_t k_code_points = 0x110000;
constexpr char32_t k_none = 0xFFFFFFFF;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The character of UTF-8 at `at`, which goes behind it; k_none for a byte that begins none.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80) return lead;
  const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0 || lead >= 0xF8 || text.size() - at < more) return k_none;
  char32_t character = lead & (0x3Fu >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0) != 0x80) return k_none;
    character = character << 6 | (byte & 0x3F);
  }
  at += more;
  return character < k_code_points ? character : k_none;
}

// The number of four digits behind \u at `at`, which goes behind them.
char32_t next_unit(std::string_view json, std::size_t& at) {
  unsigned unit = 0;
  if (json.size() - at < 6 || json[at] != '\\' || json[at + 1] != 'u') return k_none;
  const char* const digits = json.data() + at + 2;
  const auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
  if (error != std::errc() || end != digits + 4) return k_none;
  at += 6;
  return unit;
}

// The same of JSON, where a character may be written as an escape.
char32_t next_of_json(std::string_view json, std::size_t& at) {
  if (json[at] != '\\') return next_character(json, at);
  const char32_t unit = next_unit(json, at);
  if (unit == k_none) {
    at = std::min(at + 2, json.size());  // \\ and its like
    return k_none;
  }
  if (unit < 0xD800 || unit >= 0xDC00) return unit;
  std::size_t behind = at;
  if (behind >= json.size()) return k_none;
  const char32_t low = next_unit(json, behind);
  if (low < 0xDC00 || low >= 0xE000) return k_none;
  at = behind;
  return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

// Calls each(character) for those beyond ASCII, until it says false.
template <typename Each>
void each_character(std::string_view text, bool is_json, const Each& each) {
  if (is_ascii(text) && (!is_json || text.find('\\') == std::string_view::npos)) return;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t character = is_json ? next_of_json(text, at) : next_character(text, at);
    const bool is_half = character >= 0xD800 && character < 0xE000;
    if (character == k_none || character < 0x80 || is_half) continue;
    if (!each(character)) return;
  }
}

std::string number_of(char32_t character) {
  char text[16];
  std::snprintf(text, sizeof text, "U+%04X", static_cast<unsigned>(character));
  return text;
}

}  // namespace

std::string utf8_of(char32_t character) {
  std::string text;
  const auto put = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (character >= 0x10000) {
    put(0xF0 | character >> 18);
    put(0x80 | (character >> 12 & 0x3F));
  } else if (character >= 0x800) {
    put(0xE0 | character >> 12);
  }
  if (character < 0x800) {
    put(0xC0 | character >> 6);
  } else {
    put(0x80 | (character >> 6 & 0x3F));
  }
  put(0x80 | (character & 0x3F));
  return text;
}

CharacterSet::CharacterSet(std::string name, HoldsAll holds_all)
    : name_(std::move(name)),
      holds_all_(std::move(holds_all)),
      known_(k_code_points),
      held_(k_code_points) {}

// Asks for those of `characters` that nobody has asked for yet.
Status CharacterSet::learn(std::u32string& characters) {
  std::sort(characters.begin(), characters.end());
  characters.erase(std::unique(characters.begin(), characters.end()), characters.end());
  Status judged = judge(characters);
  characters.clear();
  return judged;
}

// All at once, and where not all are held, by halves: those that are not are few.
Status CharacterSet::judge(std::u32string_view characters) {
  if (characters.empty()) return {};
  DECANT_TRY_ASSIGN(const bool all_held, holds_all_(characters));
  if (all_held || characters.size() == 1) {
    for (const char32_t character : characters) {
      known_[character] = true;
      held_[character] = all_held;
    }
    return {};
  }
  const std::size_t half = characters.size() / 2;
  DECANT_TRY(judge(characters.substr(0, half)));
  return judge(characters.substr(half));
}

Status CharacterSet::refuse_missing(const RowBatch& batch, RowFaults& faults) {
  for (std::size_t i = 0; i < batch.columns.size(); ++i) {
    const Column& column = batch.columns[i];
    const Field& field = batch.schema->fields[i];
    const bool is_json = field.type.kind == TypeKind::kJson;
    if (!is_json && field.type.kind != TypeKind::kText) continue;
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (column.valid[row] == 0) continue;
      each_character(column.views[row], is_json, [&](char32_t character) {
        if (!known_[character]) asked_ += character;
        return true;
      });
    }
    DECANT_TRY(learn(asked_));
    for (std::size_t row = 0; row < batch.rows; ++row) {
      if (column.valid[row] == 0 || faults.has(row)) continue;
      char32_t missing = k_none;
      each_character(column.views[row], is_json, [&](char32_t character) {
        if (!held_[character]) missing = character;
        return missing == k_none;
      });
      if (missing == k_none) continue;
      conversion::add_reason(field.name,
                             "has a character that the target database cannot hold: it is in " +
                                 name_ + ", which has no \"" + utf8_of(missing) + "\" (" +
                                 number_of(missing) + ").",
                             row, column.views[row], faults);
    }
  }
  return {};
}

Result<std::string> CharacterSet::held_text(std::string_view text) {
  if (is_ascii(text)) return std::string(text);
  each_character(text, false, [&](char32_t character) {
    if (!known_[character]) asked_ += character;
    return true;
  });
  DECANT_TRY(learn(asked_));
  std::string held;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t first = at;
    const char32_t character = next_character(text, at);
    const bool is_missing = character != k_none && character >= 0x80 && !held_[character];
    held +=
        is_missing ? "<" + number_of(character) + ">" : std::string(text.substr(first, at - first));
  }
  return held;
}

}  // namespace decant
