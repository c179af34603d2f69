#include "common/connector/files/name_captures.h"

#include <re2/re2.h>

namespace decant {
namespace {

using Pieces = std::vector<re2::StringPiece>;

std::optional<Pieces> match(const re2::RE2& pattern, const std::string& name, std::size_t count) {
  Pieces pieces(count);
  std::vector<re2::RE2::Arg> args(count);
  std::vector<const re2::RE2::Arg*> pointers(count);
  for (std::size_t i = 0; i < count; ++i) {
    args[i] = &pieces[i];
    pointers[i] = &args[i];
  }
  if (!re2::RE2::FullMatchN(name, pattern, pointers.data(), static_cast<int>(count)))
    return std::nullopt;
  return pieces;
}

// A digit that stands right behind another one, which a wildcard may have taken from it.
bool is_cut(const re2::StringPiece& piece, const std::string& name) {
  if (piece.size() != 1 || piece.data() == name.data()) return false;
  const char before = piece.data()[-1];
  return before >= '0' && before <= '9';
}

// The segment's pattern with those of its short numbers at two digits that are to have two.
std::string with_two_digits(const PathSegment& segment, const std::vector<bool>& has_two) {
  std::string regex = segment.pattern->pattern();
  for (std::size_t i = segment.short_numbers.size(); i-- > 0;) {
    if (has_two[i])
      regex.replace(segment.short_numbers[i].offset, k_one_or_two_digits.size(), k_two_digits);
  }
  return regex;
}

// Whether one of two numbers that nothing parts has one digit, so that it could have the other's.
bool is_unclear(const PathSegment& segment, const Pieces& pieces) {
  for (std::size_t i = 1; i < segment.short_numbers.size(); ++i) {
    const re2::StringPiece& first = pieces[segment.short_numbers[i - 1].capture];
    const re2::StringPiece& second = pieces[segment.short_numbers[i].capture];
    const bool is_parted = first.data() + first.size() != second.data();
    if (!is_parted && first.size() + second.size() < 4) return true;
  }
  return false;
}

}  // namespace

std::optional<NameCaptures> captures_in(const PathSegment& segment, const std::string& name) {
  const std::size_t count = segment.captures.size();
  std::optional<Pieces> best = match(*segment.pattern, name, count);
  if (!best) return std::nullopt;
  std::vector<bool> has_two(segment.short_numbers.size());
  for (std::size_t round = 0; round < segment.short_numbers.size(); ++round) {
    bool is_more = false;
    for (std::size_t i = 0; i < segment.short_numbers.size(); ++i) {
      if (!is_cut((*best)[segment.short_numbers[i].capture], name)) continue;
      is_more = has_two[i] = true;
    }
    if (!is_more) break;
    const re2::RE2 pattern(with_two_digits(segment, has_two));
    auto longer = match(pattern, name, count);
    if (!longer) break;  // the pattern says itself that a digit stands before it
    best = std::move(longer);
  }
  NameCaptures out;
  out.is_unclear = is_unclear(segment, *best);
  for (const re2::StringPiece& piece : *best) out.texts.emplace_back(piece.data(), piece.size());
  return out;
}

}  // namespace decant
