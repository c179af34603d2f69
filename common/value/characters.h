// CharacterSet: which characters the texts of an engine can hold that is not in UTF-8. The engine
// itself is asked, once for each character, and its answers are remembered. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/value/batch.h"
#include "common/value/reject.h"

namespace decant {

// One character as UTF-8.
std::string utf8_of(char32_t character);

class CharacterSet {
 public:
  // Whether the engine holds every one of these characters, and gives them back as they were.
  using HoldsAll = std::function<Result<bool>(std::u32string_view characters)>;

  // `name` is the encoding's, as the engine calls it. ASCII is held by all of them.
  CharacterSet(std::string name, HoldsAll holds_all);

  // Adds a fault for each row with a text that has a character which is not held; in JSON also one
  // that is written as \uXXXX, since jsonb keeps the character itself.
  Status refuse_missing(const RowBatch& batch, RowFaults& faults);
  // `text` with <U+0153> in the place of what is not held, for what is told about a row.
  Result<std::string> held_text(std::string_view text);

 private:
  Status learn(std::u32string& characters);
  Status judge(std::u32string_view characters);

  std::string name_;
  HoldsAll holds_all_;
  std::vector<bool> known_;
  std::vector<bool> held_;
  std::u32string asked_;  // used again for each column
};

}  // namespace decant
