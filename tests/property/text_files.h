// A table as a person's export would have it: CSV and JSON lines, written by hand.
#pragma once

#include <string>
#include <vector>

#include "tests/property/model.h"

namespace decant::property {

struct TextFile {
  std::string text;
  std::vector<std::int64_t> lines;  // of each row: the line on which it begins, from 1
};

// Fields are quoted where they must be, and now and then where they need not be.
TextFile csv_of(const Table& table);
// Numbers stand with and without quotes, texts with and without escapes.
TextFile json_lines_of(const Table& table);

}  // namespace decant::property
