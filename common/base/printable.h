// Text of others (names of stores, columns and files) as a terminal may be given it.
#pragma once

#include <string>
#include <string_view>

namespace decant {

// Control characters and those that turn the direction of writing become \x1B or \u202E: a name
// cannot move the cursor, forge a line or write over what was said.
std::string printable(std::string_view text);

// The same for text of several lines that may be coloured: line ends, tabs and colours stay.
std::string printable_lines(std::string_view text);

}  // namespace decant
