// What valid JSON may hold and jsonb may not. Private to this folder.
#pragma once

#include <string_view>

namespace decant::postgres {

// False for \u0000, for half of a surrogate pair, and for a number of more digits than numeric has:
// jsonb refuses them, and inside a COPY that would cost the rows around them too. False for two
// members of one name, of which it would keep one without a word. `json` is valid.
bool fits_jsonb(std::string_view json);

// Whether a value that another engine calls JSON is none for json and jsonb: DuckDB takes NaN,
// Infinity and a comma behind the last element. False says that it has nothing of these, not that
// it is valid.
bool is_loose_json(std::string_view json);

// Whether a character beyond ASCII is written as an escape, which jsonb would make the character
// of: it does not where the database does not say its encoding. `json` is valid.
bool has_wide_escape(std::string_view json);

}  // namespace decant::postgres
