#include "common/value/date_format_parts.h"

namespace decant {
namespace {

// What a directive says, by the letter that stands for it.
char part_of(char directive) {
  switch (directive) {
    case 'y':
      return 'Y';
    case 'b':
    case 'B':
      return 'm';
    case 'e':
      return 'd';
    case 'I':
      return 'H';
    default:
      return directive;
  }
}

std::string_view name_of(char part) {
  switch (part) {
    case 'Y':
      return "the year";
    case 'm':
      return "the month";
    case 'd':
    case 'j':
      return "the day";
    case 'H':
      return "the hour";
    case 'M':
      return "the minute";
    case 'S':
      return "the second";
    case 'f':
      return "the fraction of a second";
    case 'p':
      return "the half of the day";
    default:
      return "the offset";
  }
}

}  // namespace

std::string date_format_fault(const std::string& directives, TypeKind to) {
  std::string parts;
  for (const char directive : directives) {
    const char part = part_of(directive);
    if (parts.find(part) != std::string::npos)
      return "has " + std::string(name_of(part)) + " twice";
    parts += part;
  }
  const auto has = [&parts](char part) { return parts.find(part) != std::string::npos; };
  const auto lacks = [](char part) { return "leaves out " + std::string(name_of(part)); };
  if (to == TypeKind::kTime) {
    for (const char part : {'Y', 'm', 'd', 'j', 'z'}) {
      if (has(part))
        return "has " + std::string(name_of(part)) + ", which a time of day cannot keep";
    }
    if (!has('H')) return lacks('H');
  } else {
    if (!has('Y')) return lacks('Y');
    if (has('j') && has('m')) return "has the month beside the day of the year";
    if (has('j') && has('d')) return "has the day twice";
    if (!has('j') && !has('m')) return lacks('m');
    if (!has('j') && !has('d')) return lacks('d');
  }
  if (directives.find('I') != std::string::npos && !has('p')) return lacks('p');
  if (!has('H') && (has('M') || has('p'))) return lacks('H');
  if (!has('M') && has('S')) return lacks('M');
  if (!has('S') && has('f')) return lacks('S');
  return {};
}

}  // namespace decant
