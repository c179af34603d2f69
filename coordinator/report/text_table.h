// Columns of text that line up on a terminal, whatever alphabet their words are in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace decant {

// Cells of a terminal that UTF-8 text takes; combining marks take none.
int display_width(std::string_view text);
// `text` filled up with blanks, or cut with an ellipsis, to `width` cells.
std::string fit(std::string_view text, int width, bool right = false);
// "1 month", "13 months", "1,200 batches"; `many` where the noun does not just take an s.
std::string counted(std::int64_t count, std::string_view noun, std::string_view many = {});
// An exact decimal with its whole digits in groups of three: -106,704,534.7074.
std::string group_decimal(std::string_view decimal);
// 45.2k, 1.3M, 812.
std::string abbreviate(std::int64_t rows);
std::string format_duration(std::int64_t ms);  // 4.2 s, 3 min 12 s, 2 h 05 min

class TextTable {
 public:
  // A column whose name starts with '>' is aligned to the right.
  explicit TextTable(std::vector<std::string> columns);
  void add(std::vector<std::string> cells);
  std::string text(std::string_view indent = "") const;

 private:
  std::vector<std::string> names_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace decant
