// JsonWalker: a JSON text into rows, with simdjson. Private to this folder: it shows simdjson's
// types.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/value/batch.h"

namespace decant {

// What a walk tells of the rows that it finds. An error ends the walk.
class JsonVisitor {
 public:
  using Value = simdjson::ondemand::value;
  virtual ~JsonVisitor() = default;
  // A field of an object around the rows to come; `level` is 1 for the innermost.
  virtual simdjson::error_code outer_field(std::size_t level, std::string_view key,
                                           Value& value) = 0;
  // The key that leads to the rows comes once more in one object.
  virtual void rows_again(std::string_view key) = 0;
  // An object lacks the key.
  virtual void rows_missing(std::string_view key) = 0;
  // The rows of the object at `level` are over.
  virtual void leave(std::size_t level) = 0;
  virtual void begin_row(std::string_view text) = 0;
  virtual simdjson::error_code field(std::string_view key, Value& value) = 0;
  virtual void end_row() = 0;
};

class JsonWalker {
 public:
  // `path`: the keys that lead from a record to the objects that are its rows; empty: the record is
  // the row. Arrays on the way are gone through. A record with null there has no rows.
  explicit JsonWalker(std::vector<std::string> path) : path_(std::move(path)) {}

  // `text` must have 64 readable bytes behind it (k_block_padding).
  simdjson::error_code walk(std::string_view text, JsonVisitor& visitor) {
    return walk(text, 0, 0, visitor);
  }

 private:
  simdjson::error_code walk(std::string_view text, std::size_t depth, std::size_t level,
                            JsonVisitor& visitor);
  simdjson::error_code walk_array(simdjson::ondemand::document& document, std::size_t depth,
                                  std::size_t level, JsonVisitor& visitor);
  simdjson::error_code walk_row(simdjson::ondemand::object& object, std::string_view text,
                                JsonVisitor& visitor);
  simdjson::error_code walk_outer(simdjson::ondemand::object& object, std::size_t depth,
                                  std::size_t level, JsonVisitor& visitor);

  std::vector<std::string> path_;
  std::vector<std::unique_ptr<simdjson::ondemand::parser>> parsers_;  // one per level of nesting
};

// The value as a reader gives it: a view into the text where that is possible, else into `arena`.
// Numbers are checked and stay text; objects and arrays are their JSON text, checked to the last
// byte, for which `scratch` is used.
simdjson::error_code json_value_text(simdjson::ondemand::value& value, Arena& arena,
                                     std::string& scratch, std::string_view& out, bool& is_null);

// A text as it stands in the JSON, quotes included, and as it is meant, which the next value read
// takes the place of; checked.
simdjson::error_code json_text_as_written(simdjson::ondemand::value& value, std::string_view& out,
                                          std::string_view& unescaped);

}  // namespace decant
