// What the name of a type of a source's or target's own says: "STRUCT(a INTEGER, b UNION(…))".
#pragma once

#include <string_view>

namespace decant {

// Whether the type is a UNION or has one inside, at any depth. What stands in quotes is a name or a
// value.
bool has_union(std::string_view foreign);

// The same of a VARIANT. A field may be called so without quotes: STRUCT(variant INTEGER).
bool has_variant(std::string_view foreign);

// The same of an INTERVAL.
bool has_interval(std::string_view foreign);

// Types of PostgreSQL that are texts, as it names them.
bool is_text_type(std::string_view foreign);

}  // namespace decant
