// Lists of names on the command line: a,b or, for names with commas or blanks at their ends,
// "a, b",c.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace decant {

// The parts between commas, without the blanks around them; empty parts are left out. A part in
// double quotes is the text between them as it stands, in which "" is one double quote.
std::vector<std::string> split_names(std::string_view text);

}  // namespace decant
