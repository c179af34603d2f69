// What the text of a query's plan, as an engine explains it, and of the query itself say of whether
// the query answers the same each time it is asked. Pure.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace decant {

// Words that stand before an opening parenthesis, in lower case and without quotes.
std::set<std::string> functions_in(std::string_view plan);

// Of `functions` those that number rows, or look at their neighbours: where the order that they
// are asked for has ties, they answer by how rows happen to lie.
std::set<std::string> ordered_functions(const std::set<std::string>& functions);

// Whether the text says the name, which is in lower case, in any case.
bool mentions(std::string_view sql, std::string_view name);

// Whether the query takes the first row of each group, in any spelling of white space and case.
bool says_distinct_on(std::string_view sql);

}  // namespace decant
