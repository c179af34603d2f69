#include "common/value/batch.h"

#include <algorithm>

namespace decant {
namespace {

constexpr std::size_t k_first_block_bytes = 64 * 1024;
constexpr std::size_t k_max_block_bytes = 1024 * 1024;

}  // namespace

void Column::reset(const Type& new_type) {
  type = new_type;
  storage = storage_of(new_type);
  valid.clear();
  bytes.clear();
  words.clear();
  wides.clear();
  views.clear();
}

void Column::resize(std::size_t rows) {
  valid.resize(rows, 0);
  switch (storage) {
    case Storage::kByte:
      bytes.resize(rows, 0);
      break;
    case Storage::kWord:
      words.resize(rows, 0);
      break;
    case Storage::kWide:
      wides.resize(rows, 0);
      break;
    case Storage::kView:
      views.resize(rows);
      break;
  }
}

void Column::push_null() { resize(size() + 1); }

char* Arena::allocate(std::size_t size) {
  if (blocks_.empty() || blocks_.back().size - current_ < size) {
    const std::size_t last = blocks_.empty() ? k_first_block_bytes / 2 : blocks_.back().size;
    const std::size_t next = std::max(std::min(last * 2, k_max_block_bytes), size);
    blocks_.push_back({std::unique_ptr<char[]>(new char[next]), next});
    current_ = 0;
  }
  char* place = blocks_.back().data.get() + current_;
  current_ += size;
  used_ += size;
  return place;
}

std::string_view Arena::copy(std::string_view text) {
  if (text.empty()) return {"", 0};
  char* place = allocate(text.size());
  std::memcpy(place, text.data(), text.size());
  return {place, text.size()};
}

void Arena::clear() {
  if (blocks_.size() > 1) blocks_.resize(1);
  current_ = 0;
  used_ = 0;
}

void RowBatch::reset(std::shared_ptr<const Schema> new_schema) {
  schema = std::move(new_schema);
  columns.resize(schema->fields.size());
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i].reset(schema->fields[i].type);
  rows = 0;
  has_sound_texts = false;
  places.clear();
  arena.clear();
  keep_alive.clear();
  sent_form.clear();
  sent_rows.clear();
}

std::size_t RowBatch::size_bytes() const {
  std::size_t total =
      places.size() * sizeof(RowPlace) + sent_rows.size() * sizeof(std::string_view);
  for (const Column& column : columns) {
    total += column.valid.size() + column.bytes.size() +
             column.words.size() * sizeof(std::int64_t) + column.wides.size() * sizeof(Int128) +
             column.views.size() * sizeof(std::string_view);
    // Views may point outside the arena (into a reader's block), so their own lengths are what
    // counts.
    for (const std::string_view& view : column.views) total += view.size();
  }
  return total;
}

}  // namespace decant
