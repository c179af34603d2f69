// The SQL that finds, without a key, which staged rows of a chunk the table holds already, for both
// dialects. Pure: text in, text out.
//
// Rows are told by all that they hold, and as many alike as there are on both sides are the same. A
// chunk of which every row in the table is staged again is left as it is, and only the staged rows
// that are missing enter; one with any other row is loaded as a whole.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/connector/load_sql.h"

namespace decant {

// Chunks among those that are applied which LoadPlan::tried_again names.
std::vector<int> chunks_tried_again(const LoadSqlInput& input);

// Makes the temporary table decant_present: decant_chunk and decant_row of the staged rows that are
// there already, of chunks that are left as they are.
std::vector<std::string> find_present(const LoadSqlInput& input, const std::vector<int>& chunks);

// Conditions, with AND in front; empty where no chunk is tried again. The columns are those of the
// alias (with its dot).
std::string is_not_present(const LoadSqlInput& input, std::string_view alias);
std::string is_of_loaded_chunk(const LoadSqlInput& input, std::string_view alias);

}  // namespace decant
