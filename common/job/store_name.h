// The names of stores as a column of the target holds them. Where that is a number or a UUID, one
// store has one name however the source writes it: 7, 007 and 7.0 are the store "7".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/value/batch.h"
#include "common/value/type.h"

namespace decant {

struct ConvertOptions;

// Types that a store column may have: text, int64, uuid. Their values are told apart exactly, by
// digest, in SQL and as names.
bool can_name_stores(const Type& type);

// The name that the value of a row gives its store, not NULL; `scratch` backs what is no text.
std::string_view store_name(const Column& column, std::size_t row, std::string& scratch);

// The name of the store that a text means in a column of that type; nothing where it is no value of
// it. Of text: the text itself.
std::optional<std::string> store_name_of(const Type& type, std::string_view text);
// The same where the column's options may shorten or mend it (`lossy`, `nulls`, `zero_pad`,
// `replace_nul`).
std::optional<std::string> store_name_of(const Type& type, std::string_view text,
                                         const ConvertOptions& options);

}  // namespace decant
