// Rows to measure with: a column of each type, and sales lines like those of DESIGN 13.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/value/batch.h"

namespace decant::bench {

inline constexpr std::size_t k_batch_rows = 4096;

// The types of DESIGN 6, narrow and declared ones where they take another way.
const std::vector<std::string>& type_names();

// Texts that are values of the type, different from row to row.
std::vector<std::string> sample_texts(const std::string& type_name, std::size_t rows);

// Columns of these types with the sample values, converted from text as a CSV's would be. Every
// `null_every`-th value is NULL; 0: none. Ends the program where a sample is not of its type: a
// benchmark of nothing would be fast.
RowBatch sample_batch(const std::vector<std::string>& type_names, std::size_t null_every = 0);

// The 14 columns of generated sales: 7 text, 4 decimals, 2 integers, a timestamp.
const std::vector<std::string>& sales_types();

// `wanted` has a value, or the program ends with its error.
template <typename T>
T must(Result<T> wanted);

[[noreturn]] void give_up(const std::string& why);

template <typename T>
T must(Result<T> wanted) {
  if (!wanted) give_up(wanted.error().to_string());
  return std::move(*wanted);
}

}  // namespace decant::bench
