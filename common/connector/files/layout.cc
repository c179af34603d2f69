#include "common/connector/files/layout.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include "common/base/text.h"
#include "common/connector/files/name_captures.h"
#include "common/connector/files/path_pattern.h"
#include "common/job/slice.h"
#include "common/value/calendar.h"

namespace decant {
namespace {

namespace fs = std::filesystem;

// What the segments of one path have said so far. Two that contradict each other are no match.
struct NameFacts {
  std::optional<std::string> store;
  std::optional<int> year, month, day;

  bool take(Capture capture, const std::string& text) {
    switch (capture) {
      case Capture::kStore:
        if (store && *store != text) return false;
        store = text;
        return true;
      case Capture::kMonth:
        return take_number(year, text.substr(0, 4)) && take_number(month, text.substr(5, 2));
      case Capture::kYear:
        return take_number(year, text);
      case Capture::kMonthNumber:
        return take_number(month, text);
      case Capture::kDayNumber:
        return take_number(day, text);
      case Capture::kDate:
        return take_number(year, text.substr(0, 4)) && take_number(month, text.substr(5, 2)) &&
               take_number(day, text.substr(8, 2));
    }
    return false;
  }

  // A real month and day, as far as they are known.
  bool is_date() const {
    if (month && (*month < 1 || *month > 12)) return false;
    if (!day) return true;
    if (*day < 1 || *day > 31) return false;
    if (!year || !month) return true;
    const CivilDate date{*year, *month, *day};
    return civil_from_days(days_from_civil(date)) == date;
  }

  // The days that the file may hold rows of.
  DayRange days() const {
    if (!year) return {};
    if (!month) return {days_from_civil({*year, 1, 1}), days_from_civil({*year + 1, 1, 1})};
    if (!day) {
      const CivilDate next =
          *month == 12 ? CivilDate{*year + 1, 1, 1} : CivilDate{*year, *month + 1, 1};
      return {days_from_civil({*year, *month, 1}), days_from_civil(next)};
    }
    const std::int64_t first = days_from_civil({*year, *month, *day});
    return {first, first + 1};
  }

 private:
  static bool take_number(std::optional<int>& slot, std::string_view text) {
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (slot && *slot != number) return false;
    slot = number;
    return true;
  }
};

class Walk {
 public:
  Walk(const PathPattern& pattern, const DayRange& days) : pattern_(pattern), days_(days) {}

  Status visit(const fs::path& folder, std::size_t depth, const NameFacts& facts) {
    const PathSegment& segment = pattern_.segments[depth];
    if (!segment.pattern) return enter(folder / segment.literal, depth, facts);
    std::error_code error;
    fs::directory_iterator entries(folder, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory)
      return {};
    if (error) return cannot_list(folder, error);
    // A listing that breaks off (EIO of a disk, ESTALE of a share) ends like one that is whole.
    for (; entries != fs::directory_iterator(); entries.increment(error)) {
      const std::string name = entries->path().filename().string();
      if (name.starts_with('.') && !segment.matches_hidden) continue;
      NameFacts more = facts;
      switch (match(segment, name, more)) {
        case Match::kNo:
          break;
        case Match::kYes:
          DECANT_TRY(enter(entries->path(), depth, more));
          break;
        case Match::kNoDate:
          return cannot_read(entries->path(),
                             "names a date that does not exist, or two months, days or stores");
        case Match::kUnclear:
          return cannot_read(entries->path(), "does not say where its month or day begins");
        case Match::kNoText:
          return cannot_read(folder / shown(name), "has a name that is not UTF-8");
      }
    }
    if (error) return cannot_list(folder, error);
    return {};
  }

  std::vector<FoundFile> found;
  fs::path missing;  // that leads to no file; the only one where the path is plain

 private:
  // A file that is left out without a word would be rows that are missing without a word.
  static Status cannot_read(const fs::path& path, const std::string& why) {
    return fail(ErrorCode::kNotFound, path.string() + " " + why + ".",
                "Mend or remove it, or make `files:` match other names.");
  }
  static Status cannot_list(const fs::path& folder, const std::error_code& error) {
    const bool is_permission = error == std::errc::permission_denied;
    return fail(is_permission ? ErrorCode::kPermission : ErrorCode::kUnreachable,
                "The folder " + folder.string() + " cannot be listed: " + error.message() + ".");
  }

  // A name that fits but for what it says is not passed over.
  enum class Match { kNo, kYes, kNoDate, kUnclear, kNoText };

  // "*.csv" means files, and "*" what is there.
  static bool names_files(const PathSegment& segment) {
    return !segment.pattern || segment.pattern->pattern().find("\\.") != std::string::npos;
  }

  static std::string shown(const std::string& name) {
    std::string out;
    for (const char c : name) {
      if (static_cast<unsigned char>(c) < 0x80) {
        out += c;
      } else {
        constexpr std::string_view k_digits = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        out += std::string("\\x") + k_digits[byte >> 4] + k_digits[byte & 15];
      }
    }
    return out;
  }

  static Match match(const PathSegment& segment, const std::string& name, NameFacts& facts) {
    if (first_invalid_utf8(name) != std::string::npos) {
      re2::RE2::Options bytes;
      bytes.set_encoding(re2::RE2::Options::EncodingLatin1);
      const re2::RE2 pattern(segment.pattern->pattern(), bytes);
      return re2::RE2::FullMatch(name, pattern) ? Match::kNoText : Match::kNo;
    }
    const std::optional<NameCaptures> captures = captures_in(segment, name);
    if (!captures) return Match::kNo;
    if (captures->is_unclear) return Match::kUnclear;
    for (std::size_t i = 0; i < captures->texts.size(); ++i) {
      if (!facts.take(segment.captures[i], captures->texts[i])) return Match::kNoDate;
    }
    return facts.is_date() ? Match::kYes : Match::kNoDate;
  }

  Status enter(const fs::path& path, std::size_t depth, const NameFacts& facts) {
    if (!overlaps(facts.days(), days_)) return {};
    std::error_code error;
    if (depth + 1 < pattern_.segments.size()) {
      if (fs::is_symlink(path, error) && !fs::exists(path, error))
        return cannot_read(path, "is a link to a folder that is not there");
      return visit(path, depth + 1, facts);
    }
    const fs::file_type type = fs::status(path, error).type();
    if (type != fs::file_type::regular) missing = path;
    if (type == fs::file_type::not_found) {
      // A name that a folder lists is a link to nothing; a plain path is missed later.
      return fs::is_symlink(path, error)
                 ? cannot_read(path, "is a link to a file that is not there")
                 : Status{};
    }
    if (error) return cannot_read(path, "cannot be read: " + error.message());
    if (type == fs::file_type::directory && !names_files(pattern_.segments.back())) return {};
    if (type != fs::file_type::regular)
      return cannot_read(
          path, type == fs::file_type::directory ? "is a folder and no file" : "is no plain file");
    FoundFile file;
    file.path = path.string();
    file.store = facts.store.value_or("");
    if (facts.year && facts.month) file.period = format_month(*facts.year, *facts.month);
    file.days = facts.days();
    found.push_back(std::move(file));
    return {};
  }

  const PathPattern& pattern_;
  const DayRange& days_;
};

}  // namespace

std::string base_folder(std::string_view connection, const std::string& directory) {
  for (const std::string_view scheme : {"file://", "file:"}) {
    if (!connection.starts_with(scheme)) continue;
    connection.remove_prefix(scheme.size());
    break;
  }
  const fs::path base =
      fs::path(directory) / fs::path(connection);  // an absolute connection stands alone
  std::error_code error;
  const fs::path absolute = fs::absolute(base, error);
  std::string text = (error ? base : absolute).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

Result<std::vector<FoundFile>> find_files(const std::string& path_template, const std::string& base,
                                          const StoreSpec* store, const DayRange& days) {
  DECANT_TRY_ASSIGN(const PathPattern pattern, parse_path_pattern(path_template, store));
  Walk walk(pattern, days);
  DECANT_TRY(walk.visit(pattern.root.empty() ? fs::path(base) : fs::path(pattern.root), 0, {}));
  if (walk.found.empty() && pattern.is_plain) {
    return fail(ErrorCode::kNotFound,
                "There is no file " + walk.missing.lexically_normal().string() +
                    (store != nullptr ? " for store " + store->name : "") + ".",
                "Check `files:` of the entity; paths start at the job file's folder.");
  }
  std::sort(walk.found.begin(), walk.found.end(),
            [](const FoundFile& a, const FoundFile& b) { return a.path < b.path; });
  return std::move(walk.found);
}

}  // namespace decant
