// Which texts a floating-point number holds.
//
// Nearly no decimal number has an equal in binary, and everybody writes 0.1 for the number that is
// nearest to it. So a text is held where the number gives it back: written with as many digits as
// the text has (zeros at the end behind the point aside), it is the text again. 0.1 and
// 0.30000000000000004 are; 9007199254740993 is not, nor are digits that nobody could read back.
#pragma once

#include <string_view>

namespace decant {

// `number` is the one nearest to `text`, which is a decimal number as std::from_chars reads it.
bool float_holds(std::string_view text, double number);
bool float_holds(std::string_view text, float number);

}  // namespace decant
